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

from foodwaste.tray.camera import Camera
from foodwaste.tray.frame import Frame, Mask
from foodwaste.tray.well_depth import TrayField, tray_field

#: Depth steps along a ray; between two the surface is interpolated. 26 mm in 20 steps put the
#: meeting point within 0.03 mm of its place on a wall of 45 degrees.
_STEPS = 20
#: Every so many of them are looked at first: a ray moves 3 px meanwhile, and ridges between
#: wells are 6 px wide, so none is stepped over.
_STRIDE = 4
#: Rays are looked up in rows of this many: OpenCV takes no picture wider than 32,767 pixels.
_ROW = 256

Field = NDArray[np.float32]


@dataclass(frozen=True)
class EmptySurface:
    """What an empty tray would look like from one camera.

    Attributes:
        height_mm: ``(H, W) float32``, height over the rim plane of the first surface along
            each pixel's ray: 0 on the rim, negative in wells and beside the tray.
        owner: ``(H, W) uint8``, 1 + the index (in the layout's order) of the nearest well.
        distance_mm: ``(H, W) float32``, distance to that well's rim, 0 inside.
        nadir_px: ``(x, y)`` of the camera's nadir in the frame's pixels.
        beside: ``(H, W) bool``, rays that meet the table.
    """

    height_mm: NDArray[np.float32]
    owner: NDArray[np.uint8]
    distance_mm: NDArray[np.float32]
    nadir_px: tuple[float, float]
    beside: Mask


def empty_surface(frame: Frame, camera: Camera) -> EmptySurface:
    """Casts a ray through every pixel of the frame onto the empty tray and the table.

    On the rim a ray has met it already, and most others end on their own well's floor or on the
    table, which one look tells. The rest, near walls, is followed down: 2 ms in all, where
    taking every ray down step by step took 15.
    """
    nadir = frame.points_px([camera.nadir_mm])[0]
    field = tray_field(frame)
    met = np.where(_ends_flat(field, nadir, camera.height_mm), field.flat_mm, np.float32(0))
    rows, columns = np.nonzero((field.depth_mm > 0) & (met == 0))
    if len(rows):
        met[rows, columns] = _followed(field.depth_mm, rows, columns, nadir, camera.height_mm)
    owner, distance = frame.nearest_wells
    beside = ~frame.tray_mask & (met > 0.9 * frame.layout.rim_height_mm)
    return EmptySurface(-met, owner, distance, (float(nadir[0]), float(nadir[1])), beside)


def _ends_flat(field: TrayField, nadir_px: Field, camera_height_mm: float) -> Mask:
    """``(H, W)``: whether a ray ends on the flat around its pixel, a pixel from its edge or more.

    Wells are convex: a ray that reaches its own well's floor has met nothing before.
    """
    outwards = field.flat_mm * np.float32(1.0 / camera_height_mm)
    height, width = outwards.shape
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    reached = cv2.remap(
        field.inner_flat,
        x + (x - nadir_px[0]) * outwards,
        y + (y - nadir_px[1]) * outwards,
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(reached == field.flat, np.bool_)


def _followed(
    depth_mm: Field,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    nadir_px: Field,
    camera_height_mm: float,
) -> Field:
    """``(N,)``: how deep the rays through pixels below the rim meet the surface, mm."""
    # Filled up to whole rows.
    count, size = len(rows), -(-len(rows) // _ROW) * _ROW
    x, y = np.zeros((2, size // _ROW, _ROW), np.float32)
    x.ravel()[:count], y.ravel()[:count] = columns, rows
    step = np.float32(float(depth_mm.max()) / _STEPS)
    per_step = step / np.float32(camera_height_mm)
    away_x, away_y = (x - nadir_px[0]) * per_step, (y - nadir_px[1]) * per_step

    def gap_at(steps: Field | np.float32) -> Field:
        """How far above the surface the rays are after so many steps, mm."""
        found = cv2.remap(
            depth_mm,
            x + away_x * steps,
            y + away_y * steps,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(found - steps * step, np.float32)

    # The last step above the surface, and the gaps there and at the first one below.
    above = np.zeros_like(x)
    gap_above, gap_under = gap_at(np.float32(0)), np.zeros_like(x)
    open_ = np.ones(x.shape, np.bool_)
    for index in range(_STRIDE, _STEPS + 1, _STRIDE):
        gap = gap_at(np.float32(index))
        passes = open_ & (gap > 0)
        np.copyto(above, np.float32(index), where=passes)
        np.copyto(gap_above, gap, where=passes)
        np.copyto(gap_under, gap, where=open_ & ~passes)
        open_ = passes
    reach = _STRIDE
    while reach > 1:
        reach //= 2
        middle = above + np.float32(reach)
        gap = gap_at(middle)
        passes = gap > 0
        np.copyto(above, middle, where=passes)
        np.copyto(gap_above, gap, where=passes)
        np.copyto(gap_under, gap, where=~passes)
    share = gap_above / np.maximum(gap_above - gap_under, np.float32(1e-6))
    return np.asarray(((above + share) * step).ravel()[:count], np.float32)
