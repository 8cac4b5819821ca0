"""A liquid lies level: one height for a whole well, read off the part that is seen well.

Glare cuts holes into a soup and its edge is film; the level in the known well is the median of
what the other pixels say, and the well's own shape gives the volume.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Mask

Real = TypeVar("Real", np.float32, np.float64)

#: A level is believed when this share of the well that it would cover reads as food; less is
#: a pool or film, whose height stays as it was read.
_LEAST_COVERED = 0.5


def level_liquid(height_mm: NDArray[Real], empty_mm: NDArray[Real], well: Mask) -> NDArray[Real]:
    """Heights with one well's food put level.

    Args:
        height_mm: ``(H, W)``, above the empty tray.
        empty_mm: ``(H, W)``, height of the empty tray over the rim plane.
        well: ``(H, W)``, the well's opening.

    Returns:
        ``(H, W)``; changed in the well alone, and there only when the level is believed.
    """
    height, empty = height_mm[well], empty_mm[well]
    seen = height > 0
    if not seen.any():
        return height_mm
    level = height_mm.dtype.type(_median((empty + height)[seen]))
    filled = empty < level
    if not filled.any() or (seen & filled).sum() < _LEAST_COVERED * filled.sum():
        return height_mm
    levelled = height_mm.copy()
    levelled[well] = np.maximum(level - empty, 0.0)
    return levelled


def _median(values: NDArray[np.floating]) -> float:
    """NumPy's own imports ``numpy.ma`` at its first call: 10 ms of a start."""
    low, high = (len(values) - 1) // 2, len(values) // 2
    ordered = np.partition(values, (low, high))
    return (float(ordered[low]) + float(ordered[high])) / 2
