"""A liquid lies level: one height for a whole well, read off the part that is seen well.

Glare cuts holes into a soup and its edge is film; the level in the known well is the median of
what the other pixels say, and the well's own shape gives the volume.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Mask

#: A level is believed when this share of the well that it would cover reads as food; less is
#: a pool or film, whose height stays as it was read.
_LEAST_COVERED = 0.5


def level_liquid(
    height_mm: NDArray[np.float64], empty_mm: NDArray[np.floating], well: Mask
) -> NDArray[np.float64]:
    """Heights with one well's food put level.

    Args:
        height_mm: ``(H, W)``, above the empty tray.
        empty_mm: ``(H, W)``, height of the empty tray over the rim plane.
        well: ``(H, W)``, the well's opening.

    Returns:
        ``(H, W)``; changed in the well alone, and there only when the level is believed.
    """
    seen = well & (height_mm > 0)
    if not seen.any():
        return height_mm
    level = float(np.median((empty_mm + height_mm)[seen]))
    filled = well & (empty_mm < level)
    if not filled.any() or (seen & filled).sum() < _LEAST_COVERED * filled.sum():
        return height_mm
    levelled = height_mm.copy()
    levelled[well] = np.maximum(level - empty_mm, 0.0)[well]
    return levelled
