"""Looks for a contour's edge along its normals, in the edge map and in the picture itself."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import EdgeMap, layer_of
from foodwaste.tray.refine import EdgeSearch

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


def search_edge_map(edges: EdgeMap) -> EdgeSearch:
    """Search for the nearest edge of the right direction along a normal, in whole pixels."""

    def search(points: Floats, normals: Floats, reach_px: float) -> tuple[Floats, Floats]:
        steps = np.arange(-int(reach_px), int(reach_px) + 1)
        order = steps[np.argsort(np.abs(steps), kind="stable")]
        x, y = _along(points, normals, order)
        height, width = edges.shape
        inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
        y += layer_of(normals).astype(np.float32) * np.float32(height)
        if not inside.all():
            y = np.where(inside, y, np.float32(-9))
        flat = (len(order), -1)
        hit = cv2.remap(
            edges.thin,
            x.reshape(flat),
            y.reshape(flat),
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
        ).reshape(x.shape)
        offset: Floats = order[hit.argmax(axis=0)].astype(np.float64)
        return offset, (hit.max(axis=0) > 0).astype(np.float64)

    return search


def search_picture(rgb: NDArray[np.uint8]) -> EdgeSearch:
    """Search for the steepest change along a normal, to part of a pixel."""
    height, width = rgb.shape[:2]

    def search(points: Floats, normals: Floats, reach_px: float) -> tuple[Floats, Floats]:
        half = int(np.ceil(reach_px)) + 1
        steps = np.arange(-half, half + 1.0)
        change = _changes(rgb, points, normals, steps)
        where = steps[1:-1]
        # Near edges are preferred: the same step twice as far away counts for less.
        preferred = np.exp(-0.5 * (where / (0.7 * reach_px)) ** 2).astype(np.float32)
        best = (change * preferred[:, None, None]).argmax(axis=0)
        inner = np.clip(best, 1, len(where) - 2)
        left, middle, right = (_pick(change, inner + shift) for shift in (-1, 0, 1))
        bend = left - 2 * middle + right
        peaked = (bend < -1e-3) & (inner == best)
        part = np.where(peaked, 0.5 * (left - right) / np.where(peaked, bend, -1.0), 0.0)
        offset = where[best] + np.clip(part, -0.5, 0.5)
        x, y = points[..., 0], points[..., 1]
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        peak = _pick(change, best)
        return offset, inside * peak / (peak + change.mean(axis=0, dtype=np.float64) + _FAINT)

    return search


#: A step of this many grey levels over 2 px counts half as much as a strong one.
_FAINT = 12.0


def _changes(rgb: NDArray[np.uint8], points: Floats, normals: Floats, steps: Floats) -> Singles:
    """``(len(steps) - 2, B, N)``: change over two steps of the channel that changes most.

    Averaged over 3 px along the contour, so that grain and noise cancel. Steps come first, and
    grey levels are summed as whole numbers: five times as fast as points first in doubles.
    """
    x, y = _along(points, normals, steps)
    # A contour's tangent is its normal turned by 90 degrees.
    beside_x = np.float32(-1.5) * normals[..., 1].astype(np.float32)
    beside_y = np.float32(1.5) * normals[..., 0].astype(np.float32)
    flat = (len(steps), -1)
    total = np.zeros((*x.reshape(flat).shape, 3), np.int16)
    for column, row in ((x - beside_x, y - beside_y), (x, y), (x + beside_x, y + beside_y)):
        total += cv2.remap(
            rgb,
            column.reshape(flat),
            row.reshape(flat),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    difference = cv2.absdiff(total[2:], total[:-2])
    strongest = np.maximum(difference[..., 0], difference[..., 1])
    np.maximum(strongest, difference[..., 2], out=strongest)
    change: Singles = strongest.reshape(-1, *x.shape[1:]).astype(np.float32)
    change /= np.float32(3)
    return change


def _along(points: Floats, normals: Floats, steps: NDArray[np.number]) -> tuple[Singles, Singles]:
    """``(S, B, N)`` twice: x and y so many steps along each point's normal."""
    out = steps.astype(np.float32)[:, None, None]
    x, y = (
        points[..., axis].astype(np.float32) + normals[..., axis].astype(np.float32) * out
        for axis in (0, 1)
    )
    return x, y


def _pick(values: Singles, index: NDArray[np.intp]) -> Floats:
    """``(B, N)``: of ``(S, B, N)`` values the one at each point's own index."""
    picked = np.take_along_axis(values, index[None], axis=0)[0]
    return np.asarray(picked, np.float64)
