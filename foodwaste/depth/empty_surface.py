"""The empty tray as a camera sees it: the height of its surface along every pixel's ray.

In the tray's frame a pixel is a ray through one point of the rim plane. Deeper than that plane
the ray goes on away from the camera's nadir, so that a floor is seen shifted outwards and
smaller, and a near wall can hide part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.well_depth import depth_field_mm
from foodwaste.tray.camera import Camera
from foodwaste.tray.frame import Frame, Mask

#: Depth steps along a ray; between two the surface is interpolated. 26 mm in 20 steps put the
#: meeting point within 0.03 mm of its place on a wall of 45 degrees.
_STEPS = 20


@dataclass(frozen=True)
class EmptySurface:
    """What an empty tray would look like from one camera.

    Attributes:
        height_mm: ``(H, W) float32``, height over the rim plane of the first surface along
            each pixel's ray: 0 on the rim, negative in wells and beside the tray.
        owner: ``(H, W) int32``, 1 + the index (in the layout's order) of the nearest well.
        distance_mm: ``(H, W) float32``, distance to that well's rim, 0 inside.
        nadir_px: ``(x, y)`` of the camera's nadir in the frame's pixels.
        beside: ``(H, W) bool``, rays that meet the table.
    """

    height_mm: NDArray[np.float32]
    owner: NDArray[np.int32]
    distance_mm: NDArray[np.float32]
    nadir_px: tuple[float, float]
    beside: Mask


def empty_surface(frame: Frame, camera: Camera) -> EmptySurface:
    """Casts a ray through every pixel of the frame onto the empty tray and the table."""
    nadir = frame.points_px([camera.nadir_mm])[0]
    depth = depth_field_mm(frame)
    deepest = float(depth.max())
    rows, columns = np.indices(frame.shape, dtype=np.float32)
    away_x, away_y = columns - nadir[0], rows - nadir[1]

    met = np.full(frame.shape, deepest, np.float32)
    open_ = np.ones(frame.shape, np.bool_)
    before_gap = np.zeros(frame.shape, np.float32)
    step = deepest / _STEPS
    for index in range(_STEPS + 1):
        down = index * step
        shift = np.float32(down / camera.height_mm)
        field = cv2.remap(
            depth,
            columns + away_x * shift,
            rows + away_y * shift,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        gap = field - np.float32(down)
        meets = open_ & (gap <= 0)
        if index == 0:
            met[meets] = 0.0
        else:
            share = before_gap / np.maximum(before_gap - gap, 1e-6)
            met[meets] = (np.float32(down - step) + share * np.float32(step))[meets]
        open_ &= ~meets
        before_gap = gap
    owner, distance = _nearest_wells(frame)
    beside = ~frame.tray_mask & (met > 0.9 * frame.layout.rim_height_mm)
    return EmptySurface(-met, owner, distance, (float(nadir[0]), float(nadir[1])), beside)


def _nearest_wells(frame: Frame) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    best = np.full(frame.shape, np.inf, np.float32)
    owner = np.zeros(frame.shape, np.int32)
    for index, mask in enumerate(frame.rim_masks.values(), start=1):
        distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        nearer = distance < best
        best[nearer] = distance[nearer]
        owner[nearer] = index
    return owner, best * np.float32(frame.mm_per_px)
