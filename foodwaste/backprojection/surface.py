"""What the empty tray looks like in this photograph's light.

Three sources, mixed: what the material can look like at all, the bare ridges between the wells
of the same photograph (the tray is its own grey card), and the profile's empty picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.histogram import ColourSpace, Density, bare_steel, to_hsv
from foodwaste.tray.frame import Mask
from foodwaste.tray.types import RectifiedTray

#: How far below and above its ridge a tray's surface is lit inside the wells: white plastic
#: shades softly, steel mirrors anything.
_LIGHT_RANGE = {"white": (0.55, 1.10), "steel": (0.35, 1.60)}
_SHARES = {"material": 0.7, "ridge": 0.3}
_PICTURE_SHARE = 0.4


def ridge_pixels(tray: RectifiedTray) -> NDArray[np.uint8]:
    """``(N, 3) uint8`` RGB of the rim and the ridges between wells, without what lies on them.

    Food, chopsticks and stickers are left out by taking only what is near the median colour
    (2.5 median absolute deviations in each of R-G and G-B, which brightness hardly moves).
    """
    pixels = tray.rgb[tray.frame.ridge_mask & tray.valid]
    if len(pixels) == 0:
        return pixels
    signed = pixels.astype(np.int16)
    chroma = np.stack([signed[:, 0] - signed[:, 1], signed[:, 1] - signed[:, 2]], axis=1)
    distance = np.abs(chroma - np.median(chroma, axis=0))
    limit = np.maximum(2.5 * np.median(distance, axis=0), 6.0)
    return pixels[(distance <= limit).all(axis=1)]


def empty_density(
    space: ColourSpace, tray: RectifiedTray, empty_rgb: NDArray[np.uint8] | None, well: Mask
) -> Density:
    """Density of the bare tray's colours in one well, under this photograph's light."""
    material = tray.frame.layout.material
    own = _ridge_density(space, ridge_pixels(tray), *_LIGHT_RANGE[material])
    if material == "steel":
        density = _SHARES["material"] * bare_steel(space) + _SHARES["ridge"] * own
    else:
        density = own
    if empty_rgb is not None:
        seen = space.density(to_hsv(empty_rgb)[well])
        density = (1 - _PICTURE_SHARE) * density + _PICTURE_SHARE * seen
    return np.asarray(density, np.float32)


def _ridge_density(
    space: ColourSpace, pixels: NDArray[np.uint8], darkest: float, brightest: float
) -> Density:
    if len(pixels) == 0:
        return bare_steel(space)
    sample = pixels[:: max(1, len(pixels) // 3000)].astype(np.float32)
    # A deterministic spread of light levels: golden-ratio steps fill the range evenly.
    phase = (np.arange(len(sample), dtype=np.float32) * 0.618034) % 1.0
    gain = darkest + (brightest - darkest) * phase
    lit = np.clip(sample * gain[:, None], 0, 255).astype(np.uint8)
    hsv = cv2.cvtColor(np.concatenate([pixels, lit])[None], cv2.COLOR_RGB2HSV)
    return space.density(np.asarray(hsv, np.uint8))
