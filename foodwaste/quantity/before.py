"""What the quantity network is told of the same wells before the meal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foodwaste.evidence import Finding
from foodwaste.models.card import FEATURES


def known_before(names: Sequence[str], served: Finding | None, width: int) -> NDArray[np.float32]:
    """The input ``before`` of a batch.

    Args:
        names: the compartments, in the batch's order.
        served: what the quantity estimator found on the served tray, if there is one.
        width: of the network's features.

    Returns:
        ``(N, width + 1) float32``; zeros for compartments that the served tray does not show.
    """
    known = np.zeros((len(names), width + 1), np.float32)
    features = {} if served is None else served.extra.get(FEATURES, {})
    for row, name in zip(known, names, strict=True):
        if name in features:
            row[:-1], row[-1] = features[name], 1.0
    return known
