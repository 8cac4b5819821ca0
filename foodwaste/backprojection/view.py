"""What the colour estimator sees of a tray before any parameter comes in.

A parameter search looks at the same trays hundreds of times: what does not depend on the
parameters is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.histogram import Hsv, Map, to_hsv
from foodwaste.backprojection.quantile import median
from foodwaste.backprojection.texture import roughness
from foodwaste.backprojection.wall import Wall, seen_wall
from foodwaste.tray.frame import Mask
from foodwaste.tray.types import RectifiedTray

_MOST_RIDGE_PIXELS = 3000
#: How far below and above its ridge a tray's surface is lit inside the wells: white plastic
#: shades softly, steel mirrors anything; plates are taken for white plastic, unmeasured.
_LIGHT_RANGE = {"white": (0.55, 1.10), "canteen": (0.55, 1.10), "steel": (0.35, 1.60)}


@dataclass(frozen=True)
class ColourView:
    """One rectified tray, its roughness, its bare ridges, and what follows from them.

    Attributes:
        rough: ``(H, W) float32``, see :mod:`foodwaste.backprojection.texture`.
        ridge: ``(N, 3) uint8`` RGB of bare rim and ridge, a few thousand pixels at most
            (:attr:`foodwaste.tray.frame.Frame.bare_mask`).
    """

    tray: RectifiedTray
    rough: Map
    ridge: NDArray[np.uint8]
    _walls: dict[str, Wall] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def hsv(self) -> Hsv:
        """``(H, W, 3) uint8``, OpenCV's 8-bit HSV, lightly blurred."""
        return to_hsv(self.tray.rgb)

    @cached_property
    def ridge_hsv(self) -> Hsv:
        """``(1, 2 N, 3) uint8``: the ridge as it is, and as it would look lit less and more."""
        darkest, brightest = _LIGHT_RANGE[self.tray.frame.layout.material]
        # A deterministic spread of light levels: golden-ratio steps fill the range evenly.
        phase = (np.arange(len(self.ridge), dtype=np.float32) * 0.618034) % 1.0
        gain = darkest + (brightest - darkest) * phase
        lit = np.clip(self.ridge.astype(np.float32) * gain[:, None], 0, 255).astype(np.uint8)
        both = np.concatenate([self.ridge, lit])[None]
        return np.asarray(cv2.cvtColor(both, cv2.COLOR_RGB2HSV), np.uint8)

    def wall(self, compartment_id: str) -> Wall:
        """What of a well's wall each of its pixels shows (kept)."""
        if compartment_id not in self._walls:
            surface = self.tray.empty_surface()
            self._walls[compartment_id] = seen_wall(self.tray.frame, compartment_id, surface)
        return self._walls[compartment_id]


def lit_like(
    view: ColourView, ridge: NDArray[np.uint8], *, colour: float, level: float
) -> ColourView:
    """The view as it would look in another photograph's light, known by its bare ``ridge``.

    Args:
        view: what is brought into that light.
        ridge: ``(N, 3) uint8`` RGB of the other photograph's bare ridges.
        colour: 0..1, how far the white balance is matched.
        level: 0..1, how far the brightness is.
    """
    if (colour <= 0 and level <= 0) or not len(ridge) or not len(view.ridge):
        return view
    gain = np.log((median(ridge) + 1.0) / (median(view.ridge) + 1.0))
    common = gain.mean()
    factor = np.exp(colour * (gain - common) + level * common)
    table = np.clip(np.arange(256)[:, None] * factor, 0, 255).astype(np.uint8)
    rgb = np.asarray(cv2.LUT(view.tray.rgb, table[None]), np.uint8)
    lit = np.stack([table[view.ridge[:, k], k] for k in range(3)], axis=1)
    return ColourView(view.tray.recoloured(rgb), view.rough, lit, view._walls)


def view_of(tray: RectifiedTray) -> ColourView:
    """Works out everything about a tray that no parameter changes."""
    return ColourView(tray, roughness(tray.rgb), _ridge_pixels(tray))


def window_of(mask: Mask, *, margin_px: int = 0) -> tuple[slice, slice]:
    """Rows and columns that hold ``mask`` (not empty), and a margin where there is room."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    top, left = max(0, y - margin_px), max(0, x - margin_px)
    return slice(top, y + height + margin_px), slice(left, x + width + margin_px)


def _ridge_pixels(tray: RectifiedTray) -> NDArray[np.uint8]:
    """RGB of the rim and the ridges between wells (of plates' rims), without what lies on them.

    Food, chopsticks and stickers are left out by taking only what is near the median colour
    (2.5 median absolute deviations in each of R-G and G-B, which brightness hardly moves).
    """
    bare = np.flatnonzero(tray.frame.bare_mask & tray.valid)
    pixels = tray.rgb.reshape(-1, 3)[bare[:: max(1, len(bare) // _MOST_RIDGE_PIXELS)]]
    if len(pixels) == 0:
        return pixels
    signed = pixels.astype(np.int16)
    chroma = np.stack([signed[:, 0] - signed[:, 1], signed[:, 1] - signed[:, 2]], axis=1)
    distance = np.abs(chroma - median(chroma))
    limit = np.maximum(2.5 * median(distance), 6.0)
    plain: NDArray[np.uint8] = pixels[(distance <= limit).all(axis=1)]
    return plain
