"""What the empty tray looks like in this photograph's light.

Three sources, mixed: what the material can look like at all, the bare ridges between the wells
of the same photograph (the tray is its own grey card), and the profile's empty picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.histogram import ColourSpace, Density, Hsv, bare_steel, to_hsv
from foodwaste.backprojection.view import ColourView
from foodwaste.tray.frame import Mask

#: How far below and above its ridge a tray's surface is lit inside the wells: white plastic
#: shades softly, steel mirrors anything; plates are taken for white plastic, unmeasured.
_LIGHT_RANGE = {"white": (0.55, 1.10), "canteen": (0.55, 1.10), "steel": (0.35, 1.60)}
_PICTURE_SHARE = 0.4


@dataclass(frozen=True)
class BareSurface:
    """The empty tray as one photograph shows it.

    Attributes:
        ridge: ``(N, 3) uint8`` RGB of bare rim and ridge, a few thousand pixels at most.
        anywhere: density of the tray's colours wherever nothing more is known.
        empty_hsv: the profile's empty picture, ``(H, W, 3) uint8`` HSV, when it has one.
    """

    ridge: NDArray[np.uint8]
    anywhere: Density
    empty_hsv: Hsv | None

    def in_well(self, space: ColourSpace, well: Mask) -> Density:
        """Density of the bare tray's colours in one well."""
        if self.empty_hsv is None:
            return self.anywhere
        seen = space.density(self.empty_hsv[well])
        mixed = (1 - _PICTURE_SHARE) * self.anywhere + _PICTURE_SHARE * seen
        return np.asarray(mixed, np.float32)


def bare_surface(
    space: ColourSpace,
    view: ColourView,
    empty_rgb: NDArray[np.uint8] | None,
    ridge_share: float,
) -> BareSurface:
    """Learns what bare tray looks like under this photograph's light."""
    material = view.tray.frame.layout.material
    anywhere = _ridge_density(space, view.ridge, *_LIGHT_RANGE[material])
    if material == "steel":
        known = (1 - ridge_share) * bare_steel(space)
        anywhere = np.asarray(known + ridge_share * anywhere, np.float32)
    return BareSurface(view.ridge, anywhere, None if empty_rgb is None else to_hsv(empty_rgb))


def _ridge_density(
    space: ColourSpace, pixels: NDArray[np.uint8], darkest: float, brightest: float
) -> Density:
    if len(pixels) == 0:
        return bare_steel(space)
    sample = pixels.astype(np.float32)
    # A deterministic spread of light levels: golden-ratio steps fill the range evenly.
    phase = (np.arange(len(sample), dtype=np.float32) * 0.618034) % 1.0
    gain = darkest + (brightest - darkest) * phase
    lit = np.clip(sample * gain[:, None], 0, 255).astype(np.uint8)
    hsv = cv2.cvtColor(np.concatenate([pixels, lit])[None], cv2.COLOR_RGB2HSV)
    return space.density(np.asarray(hsv, np.uint8))
