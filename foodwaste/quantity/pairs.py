"""Crops after and before side by side: the input of a Siamese quantity network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Crops = Mapping[str, NDArray[np.uint8]]


def side_by_side(after: Crops, before: Crops | None = None) -> NDArray[np.uint8]:
    """One row per compartment of ``after``, in its order.

    Args:
        after: crops by compartment, ``(side, side, 3) uint8``, RGB.
        before: the same of the served tray; black stands for what is not there.

    Returns:
        ``(N, side, 2 * side, 3) uint8``, after on the left.
    """
    rows = []
    for name, crop in after.items():
        served = None if before is None else before.get(name)
        rows.append(np.concatenate([crop, np.zeros_like(crop) if served is None else served], 1))
    return np.stack(rows)
