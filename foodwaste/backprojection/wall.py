"""The sloping wall of one well as a photograph shows it, by level.

A level is a height above the well's floor as a share of its depth: 0 on the floor, 1 at the
rim. What lies deeper looks smaller and farther from the camera's foot point (4 % at 20 mm below
the rim and 45 cm), so the wall is followed along every pixel's ray.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.empty_surface import EmptySurface
from foodwaste.tray.frame import Frame, Mask, WellPixels

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Wall:
    """One well's pixels, each with the level of the wall that is seen there.

    Attributes:
        well: ``(H, W) bool``; the arrays below have one entry per True pixel, in order.
        pixels: these pixels.
        level: ``(N,) float32``, 0..1.
        depth_mm: ``(N,) float32``, the well's depth below each pixel of the rim plane.
        deepest_mm: the floor's depth.
        area_mm2: area of one pixel.
    """

    well: Mask
    pixels: WellPixels
    level: Map
    depth_mm: Map
    deepest_mm: float
    area_mm2: float

    def volume_ml(self, level: float) -> float:
        """Volume of the well below a level."""
        below = np.maximum(self.depth_mm - self.deepest_mm * (1.0 - level), 0.0)
        return float(below.sum(dtype=np.float64)) * self.area_mm2 / 1000.0

    def covered(self, level: float) -> Mask:
        """``(H, W) bool``: the surface of a liquid at this level as the photograph shows it."""
        mask = np.zeros_like(self.well)
        mask[self.well] = self.level <= level
        return mask if level > 0 else np.zeros_like(self.well)


def seen_wall(frame: Frame, compartment_id: str, surface: EmptySurface) -> Wall:
    """What of a well's wall the pixels within its rim show, from the place of ``surface``."""
    well = frame.rim_masks[compartment_id]
    deepest = frame.layout.compartments[compartment_id].depth_mm
    pixels = frame.well_pixels[compartment_id]
    met = np.clip(-surface.height_mm.ravel()[pixels.index], 0.0, deepest)
    level = 1 - met / np.float32(deepest)
    depth_mm = frame.depth_mm.ravel()[pixels.index]
    return Wall(well, pixels, level, depth_mm, deepest, frame.mm_per_px**2)
