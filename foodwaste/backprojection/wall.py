"""The sloping wall of one well as a photograph shows it, by level.

A level is a height above the well's floor as a share of its depth: 0 on the floor, 1 at the
rim. What lies deeper looks smaller and farther from the camera's foot point (4 % at 20 mm below
the rim and 45 cm), so the wall is followed along every pixel's ray.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.camera import Camera
from foodwaste.tray.frame import Frame, Mask, WellPixels

#: Halvings of the ray below the rim: 26 mm / 2^7 = 0.2 mm, half a level step.
_HALVINGS = 7
#: Rays looked up side by side.
_ROW = 256

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


def seen_wall(frame: Frame, compartment_id: str, camera: Camera) -> Wall:
    """Follows the ray of every pixel of a well down to the empty well's surface."""
    well = frame.rim_masks[compartment_id]
    deepest = frame.layout.compartments[compartment_id].depth_mm
    pixels = frame.well_pixels[compartment_id]
    count = len(pixels.index)
    # Filled up to whole rows: OpenCV takes no picture wider than 32,767 pixels.
    x, y = np.zeros((2, -(-count // _ROW), _ROW), np.float32)
    x.ravel()[:count], y.ravel()[:count] = pixels.columns, pixels.rows
    foot = frame.points_px([camera.nadir_mm])[0]
    scale = np.float32(1.0 / camera.height_mm)
    away_x, away_y = (x - foot[0]) * scale, (y - foot[1]) * scale
    above, under = np.zeros_like(x), np.full_like(x, deepest)
    for _ in range(_HALVINGS):
        middle = (above + under) * np.float32(0.5)
        field = cv2.remap(
            frame.depth_mm,
            x + away_x * middle,
            y + away_y * middle,
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_REPLICATE,
        )
        free = field > middle
        above, under = np.where(free, middle, above), np.where(free, under, middle)
    level = 1 - (above + under).ravel()[:count] / np.float32(2 * deepest)
    depth_mm = frame.depth_mm.ravel()[pixels.index]
    return Wall(well, pixels, level, depth_mm, deepest, frame.mm_per_px**2)
