"""A liquid lies level: one height for a whole well, read off the part that is seen well.

Glare cuts holes into a soup and its edge is film. Two things tell the level all the same: where
the liquid ends on the well's known walls, and the median of the heights that are seen. The well's
own shape gives the volume.
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
#: Weight of the waterline beside the median of heights, by ``benchmarks/liquid_levels.py``;
#: docs/height-history.md has the figures.
_WATERLINE_SHARE = 0.7
#: Levels that are tried lie this far apart, mm.
_STEP_MM = 0.1


def level_liquid(
    height_mm: NDArray[Real],
    empty_mm: NDArray[Real],
    well: Mask,
    *,
    waterline_share: float = _WATERLINE_SHARE,
) -> NDArray[Real]:
    """Heights with one well's food put level.

    Args:
        height_mm: ``(H, W)``, above the empty tray.
        empty_mm: ``(H, W)``, height of the empty tray over the rim plane.
        well: ``(H, W)``, the well's opening.
        waterline_share: weight of the waterline, the median of heights has the rest.

    Returns:
        ``(H, W)``; changed in the well alone, and there only when the level is believed.
    """
    height, empty = height_mm[well], empty_mm[well]
    seen = height > 0
    if not seen.any():
        return height_mm
    by_height = _median((empty + height)[seen])
    by_outline = waterline_mm(seen, empty)
    between = by_height + waterline_share * (by_outline - by_height)
    level = height_mm.dtype.type(between)
    filled = empty < level
    if not filled.any() or (seen & filled).sum() < _LEAST_COVERED * filled.sum():
        return height_mm
    levelled = height_mm.copy()
    levelled[well] = np.maximum(level - empty, 0.0)
    return levelled


def waterline_mm(seen: NDArray[np.bool_], empty_mm: NDArray[Real]) -> float:
    """The level whose outline on a well's walls best agrees with where food is seen.

    What lies lower is under it and should read as food, the rest should not: glare, pieces that
    stick out and film on one wall are outvoted by the rest of the outline.

    Args:
        seen: ``(N,)``, whether a pixel of the well reads as food.
        empty_mm: ``(N,)``, height of the empty well at these.

    Returns:
        Height over what ``empty_mm`` counts from; the lowest floor where hardly any food is seen.
    """
    lowest = float(empty_mm.min())
    steps = ((empty_mm - lowest) / _STEP_MM).astype(np.intp)
    agreement = np.cumsum(np.bincount(steps, weights=np.where(seen, 1.0, -1.0)))
    best = int(agreement.argmax())
    if agreement[best] <= 0:
        return lowest
    # Between the highest pixel that is covered and the lowest that is not.
    higher = np.flatnonzero(np.bincount(steps)[best + 1 :])
    gap = int(higher[0]) if len(higher) else 0
    return lowest + _STEP_MM * (best + 1 + gap / 2)


def _median(values: NDArray[np.floating]) -> float:
    """NumPy's own imports ``numpy.ma`` at its first call: 10 ms of a start."""
    low, high = (len(values) - 1) // 2, len(values) // 2
    ordered = np.partition(values, (low, high))
    return (float(ordered[low]) + float(ordered[high])) / 2
