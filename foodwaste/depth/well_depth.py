"""Depth of the empty tray, sampled from its polygons without rounding to pixels.

``Frame.depth_mm`` measures distances between pixels; its wells come out half a pixel wide of
their polygons, which makes 1.5 % of their volume. Here every pixel centre's distance to the
rim's and the floor's outline is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.tray.frame import Frame

Field = NDArray[np.float64]

_TABLE = 255
_SAME_MM = 1e-3


@dataclass(frozen=True)
class TrayField:
    """The empty tray and the table around it, sampled in a frame.

    Attributes:
        depth_mm: ``(H, W) float32``, depth below the rim plane.
        flat: ``(H, W) uint8``, the flat around each pixel: 1 + the index of the well whose
            floor it is, 255 for the table.
        flat_mm: ``(H, W) float32``, that flat's depth.
        inner_flat: ``(H, W) uint8``, ``flat`` where a pixel and all beside it lie on their
            flat, 0 elsewhere.
    """

    depth_mm: NDArray[np.float32]
    flat: NDArray[np.uint8]
    flat_mm: NDArray[np.float32]
    inner_flat: NDArray[np.uint8]


def depth_field_mm(frame: Frame) -> NDArray[np.float32]:
    """``(H, W) float32``: depth below the rim plane, of the tray and of the table around it.

    Walls slope straight: the well's depth times (distance to the rim) / (distance to the rim +
    distance to the floor).
    """
    return tray_field(frame).depth_mm


def tray_field(frame: Frame) -> TrayField:
    """The frame's empty tray. Cached by layout and sampling; 0.1 s the first time."""
    key = frame.layout.model_dump_json()
    return _cached(key, frame.mm_per_px, frame.offset_px, frame.shape)


@lru_cache(maxsize=8)
def _cached(
    layout_json: str, mm_per_px: float, offset_px: tuple[float, float], shape: tuple[int, int]
) -> TrayField:
    layout = Layout.model_validate_json(layout_json)
    frame = Frame(layout, mm_per_px, offset_px)
    depth = _sampled(layout, mm_per_px, offset_px, shape)
    flat = np.where(frame.tray_mask, frame.nearest_wells[0], _TABLE).astype(np.uint8)
    depths = np.full(256, layout.rim_height_mm, np.float32)
    for index, well in enumerate(layout.compartments.values(), start=1):
        depths[index] = well.depth_mm
    flat_mm = depths[flat]
    lies = (np.abs(depth - flat_mm) < _SAME_MM).astype(np.uint8)
    inner = np.asarray(cv2.erode(lies, np.ones((3, 3), np.uint8)), np.uint8) * flat
    for each in (depth, flat, flat_mm, inner):
        each.setflags(write=False)
    return TrayField(depth, flat, flat_mm, inner)


def _sampled(
    layout: Layout, mm_per_px: float, offset_px: tuple[float, float], shape: tuple[int, int]
) -> NDArray[np.float32]:
    x = (np.arange(shape[1]) - offset_px[0]) * mm_per_px
    y = (np.arange(shape[0]) - offset_px[1]) * mm_per_px
    depth = np.full(shape, layout.rim_height_mm, np.float32)
    grid_x, grid_y = np.meshgrid(x, y)
    depth[_outline_distance(grid_x, grid_y, layout.outline_mm())[1]] = 0.0
    for well in layout.compartments.values():
        rim = np.asarray(well.rim_outline_mm())
        columns = np.flatnonzero((x >= rim[:, 0].min()) & (x <= rim[:, 0].max()))
        rows = np.flatnonzero((y >= rim[:, 1].min()) & (y <= rim[:, 1].max()))
        if not len(columns) or not len(rows):
            continue
        box = np.ix_(rows, columns)
        to_rim, inside = _outline_distance(grid_x[box], grid_y[box], well.rim_outline_mm())
        to_floor, floor = _outline_distance(grid_x[box], grid_y[box], well.floor_outline_mm())
        share = np.where(floor, 1.0, to_rim / np.maximum(to_rim + to_floor, 1e-9))
        depth[box] = np.where(inside, well.depth_mm * share, depth[box])
    return depth


def _outline_distance(
    x: Field, y: Field, outline: list[tuple[float, float]]
) -> tuple[Field, NDArray[np.bool_]]:
    """Distance of points to a closed outline, and whether they lie inside (even-odd rule)."""
    nearest = np.full(x.shape, np.inf)
    inside = np.zeros(x.shape, np.bool_)
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        dx, dy = x1 - x0, y1 - y0
        squared = dx * dx + dy * dy
        if squared == 0.0:
            continue
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / squared, 0.0, 1.0)
        nearest = np.minimum(nearest, (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2)
        if dy != 0.0:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * dx / dy)
    return np.sqrt(nearest), inside
