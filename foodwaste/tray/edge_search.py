"""Looks for a contour's edge along its normals, in the edge map and in the picture itself."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import EdgeMap, layer_of
from foodwaste.tray.refine import EdgeSearch

Floats = NDArray[np.float64]


def search_edge_map(edges: EdgeMap) -> EdgeSearch:
    """Search for the nearest edge of the right direction along a normal, in whole pixels."""

    def search(points: Floats, normals: Floats, reach_px: float) -> tuple[Floats, Floats]:
        steps = np.arange(-int(reach_px), int(reach_px) + 1)
        order = steps[np.argsort(np.abs(steps), kind="stable")]
        height, width = edges.shape
        spots = points[..., None, :] + normals[..., None, :] * order[:, None]
        x, y = spots[..., 0], spots[..., 1]
        inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
        row = np.where(inside, y + (layer_of(normals) * height)[..., None], -9.0)
        column = np.where(inside, x, -9.0)
        flat = (-1, len(order))
        hit = cv2.remap(
            edges.thin,
            column.reshape(flat).astype(np.float32),
            row.reshape(flat).astype(np.float32),
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
        ).reshape(spots.shape[:-1])
        first = hit.argmax(axis=-1)
        found = np.take_along_axis(hit, first[..., None], axis=-1)[..., 0] > 0
        offset: Floats = order[first].astype(np.float64)
        return offset, np.asarray(found, np.float64)

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
        valued = change * np.exp(-0.5 * (where / (0.7 * reach_px)) ** 2)
        best = valued.argmax(axis=-1)
        inner = np.clip(best, 1, len(where) - 2)
        left, middle, right = (_pick(change, inner + shift) for shift in (-1, 0, 1))
        bend = left - 2 * middle + right
        peaked = (bend < -1e-3) & (inner == best)
        part = np.where(peaked, 0.5 * (left - right) / np.where(peaked, bend, -1.0), 0.0)
        offset = where[best] + np.clip(part, -0.5, 0.5)
        x, y = points[..., 0], points[..., 1]
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        peak = _pick(change, best)
        return offset, inside * peak / (peak + change.mean(axis=-1) + _FAINT)

    return search


#: A step of this many grey levels over 2 px counts half as much as a strong one.
_FAINT = 12.0


def _changes(rgb: NDArray[np.uint8], points: Floats, normals: Floats, steps: Floats) -> Floats:
    """``(B, N, len(steps) - 2)``: change over two steps of the channel that changes most.

    Averaged over 3 px along the contour, so that grain and noise cancel.
    """
    tangents = np.stack([-normals[..., 1], normals[..., 0]], axis=-1)
    base = points[..., None, :] + normals[..., None, :] * steps[:, None]
    spots = np.stack([base + 1.5 * side * tangents[..., None, :] for side in (-1, 0, 1)])
    flat = spots.reshape(-1, len(steps), 2).astype(np.float32)
    values = cv2.remap(
        rgb, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    profile = values.reshape(*spots.shape[:-1], 3).astype(np.float32).mean(axis=0)
    change: Floats = np.abs(profile[..., 2:, :] - profile[..., :-2, :]).max(axis=-1)
    return change


def _pick(values: Floats, index: NDArray[np.intp]) -> Floats:
    picked: Floats = np.take_along_axis(values, index[..., None], axis=-1)[..., 0]
    return picked
