"""Depth of the empty tray, sampled from its polygons without rounding to pixels.

``Frame.depth_mm`` measures distances between pixels; its wells come out half a pixel wide of
their polygons, which makes 1.5 % of their volume. Here every pixel centre's distance to the
rim's and the floor's outline is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.profile.content_key import content_key
from foodwaste.profile.polygon import Point
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
    """The frame's empty tray. Cached by layout and sampling; 20 ms the first time."""
    key = content_key(frame.layout)
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
    x = np.asarray((np.arange(shape[1]) - offset_px[0]) * mm_per_px, np.float64)
    y = np.asarray((np.arange(shape[0]) - offset_px[1]) * mm_per_px, np.float64)
    depth = np.full(shape, layout.rim_height_mm, np.float32)
    depth[_inside(x, y, layout.outline_mm())] = 0.0
    for well in layout.compartments.values():
        rim, floor = well.rim_outline_mm(), well.floor_outline_mm()
        in_well = _inside(x, y, rim)
        on_floor = in_well & _inside(x, y, floor)
        depth[on_floor] = well.depth_mm
        rows, columns = np.nonzero(in_well & ~on_floor)
        to_rim = _distance(x[columns], y[rows], rim)
        to_floor = _distance(x[columns], y[rows], floor)
        depth[rows, columns] = (
            well.depth_mm * to_rim / np.maximum(to_rim + to_floor, np.float32(1e-9))
        )
    return depth


def _inside(x: Field, y: Field, outline: Sequence[Point]) -> NDArray[np.bool_]:
    """``(len(y), len(x))``: grid points inside a closed outline (even-odd rule)."""
    start = np.asarray(outline, np.float64)
    end = np.roll(start, -1, axis=0)
    inside = np.zeros((len(y), len(x)), np.bool_)
    (left, top), (right, bottom) = start.min(axis=0), start.max(axis=0)
    rows = slice(*np.searchsorted(y, (top, bottom)).tolist())
    columns = slice(*np.searchsorted(x, (left, right)).tolist())
    x, y, part = x[columns], y[rows], inside[rows, columns]
    side, row = np.nonzero((start[:, 1:] > y) != (end[:, 1:] > y))
    (x0, y0), (dx, dy) = start[side].T, (end - start)[side].T
    # Whatever lies in the row to the left of where a side crosses it is on its other side.
    column = np.searchsorted(x, x0 + (y[row] - y0) * dx / dy)
    wide = len(x) + 1
    crossed = np.bincount(row * wide + column, minlength=len(y) * wide).reshape(-1, wide)
    part[:] = np.cumsum(crossed[:, ::-1], axis=1)[:, -2::-1] % 2 == 1
    return inside


def _distance(x: Field, y: Field, outline: Sequence[Point]) -> NDArray[np.float32]:
    """``(N,)``: distance of points to a closed outline."""
    px, py = x.astype(np.float32), y.astype(np.float32)
    nearest = np.full(px.shape, np.inf, np.float32)
    # Side by side in place: all sides at once leave the cache and take three times as long.
    away_x, away_y, along, part = np.empty((4, len(px)), np.float32)
    start = np.asarray(outline, np.float32)
    for (x0, y0), (dx, dy) in zip(start, np.roll(start, -1, axis=0) - start, strict=True):
        squared = dx * dx + dy * dy
        if squared == 0:
            continue
        np.subtract(px, x0, out=away_x)
        np.subtract(py, y0, out=away_y)
        np.multiply(away_x, dx / squared, out=along)
        np.multiply(away_y, dy / squared, out=part)
        along += part
        np.clip(along, 0.0, 1.0, out=along)
        away_x -= np.multiply(along, dx, out=part)
        away_y -= np.multiply(along, dy, out=part)
        away_x *= away_x
        away_y *= away_y
        away_x += away_y
        np.minimum(nearest, away_x, out=nearest)
    return np.sqrt(nearest)
