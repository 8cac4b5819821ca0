"""What the colour estimator sees of a tray before any parameter comes in.

A parameter search looks at the same trays hundreds of times: what does not depend on the
parameters is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.histogram import Hsv, Map, to_hsv
from foodwaste.backprojection.texture import roughness
from foodwaste.tray.frame import Mask
from foodwaste.tray.types import RectifiedTray

_MOST_RIDGE_PIXELS = 3000


@dataclass(frozen=True)
class ColourView:
    """One rectified tray, its HSV, its roughness, and its bare ridges.

    Attributes:
        hsv: ``(H, W, 3) uint8``, OpenCV's 8-bit HSV, lightly blurred.
        rough: ``(H, W) float32``, see :mod:`foodwaste.backprojection.texture`.
        ridge: ``(N, 3) uint8`` RGB of bare rim and ridge, a few thousand pixels at most.
    """

    tray: RectifiedTray
    hsv: Hsv
    rough: Map
    ridge: NDArray[np.uint8]


def view_of(tray: RectifiedTray) -> ColourView:
    """Works out everything about a tray that no parameter changes."""
    return ColourView(tray, to_hsv(tray.rgb), roughness(tray.rgb), _ridge_pixels(tray))


def window_of(mask: Mask, *, margin_px: int = 0) -> tuple[slice, slice]:
    """Rows and columns that hold ``mask`` (not empty), and a margin where there is room."""
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    top, left = max(0, int(rows[0]) - margin_px), max(0, int(columns[0]) - margin_px)
    return (
        slice(top, int(rows[-1]) + 1 + margin_px),
        slice(left, int(columns[-1]) + 1 + margin_px),
    )


def _ridge_pixels(tray: RectifiedTray) -> NDArray[np.uint8]:
    """RGB of the rim and the ridges between wells, without what lies on them.

    Food, chopsticks and stickers are left out by taking only what is near the median colour
    (2.5 median absolute deviations in each of R-G and G-B, which brightness hardly moves).
    """
    pixels = tray.rgb[tray.frame.ridge_mask & tray.valid]
    if len(pixels) == 0:
        return pixels
    pixels = pixels[:: max(1, len(pixels) // _MOST_RIDGE_PIXELS)]
    signed = pixels.astype(np.int16)
    chroma = np.stack([signed[:, 0] - signed[:, 1], signed[:, 1] - signed[:, 2]], axis=1)
    distance = np.abs(chroma - np.median(chroma, axis=0))
    limit = np.maximum(2.5 * np.median(distance, axis=0), 6.0)
    plain: NDArray[np.uint8] = pixels[(distance <= limit).all(axis=1)]
    return plain
