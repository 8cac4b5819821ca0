"""Looks for a contour's edge along its normals, in the edge map and in the picture itself."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import DIRECTION_BINS, EdgeMap
from foodwaste.tray.refine import EdgeSearch


def search_edge_map(edges: EdgeMap) -> EdgeSearch:
    """Search for the nearest edge of the right direction along a normal, in whole pixels."""

    def search(
        points: NDArray[np.float64], normals: NDArray[np.float64], reach_px: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        steps = np.arange(-int(reach_px), int(reach_px) + 1)
        order = steps[np.argsort(np.abs(steps), kind="stable")]
        height, width = edges.shape
        angle = np.arctan2(normals[..., 1], normals[..., 0])
        layer = np.rint(angle * (DIRECTION_BINS / np.pi)).astype(np.intp) % DIRECTION_BINS
        spots = points[..., None, :] + normals[..., None, :] * order[:, None]
        x = np.rint(spots[..., 0]).astype(np.intp)
        y = np.rint(spots[..., 1]).astype(np.intp)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
        hit = inside & (edges.distance[layer[..., None], y, x] < 0.5)
        first = hit.argmax(axis=-1)
        offset: NDArray[np.float64] = order[first].astype(np.float64)
        return offset, np.asarray(hit.any(axis=-1), np.float64)

    return search


def search_picture(rgb: NDArray[np.uint8], scale: float) -> EdgeSearch:
    """Search for the steepest change along a normal in a larger picture, to part of a pixel.

    Args:
        rgb: ``(H, W, 3) uint8``.
        scale: pixels of ``rgb`` per pixel of the coordinates that are asked about.
    """

    def search(
        points: NDArray[np.float64], normals: NDArray[np.float64], reach_px: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        half = max(2, int(np.ceil(reach_px * scale)))
        steps = np.arange(-half - 1, half + 2) / scale
        tangents = np.stack([-normals[..., 1], normals[..., 0]], axis=-1)
        base = points[..., None, :] + normals[..., None, :] * steps[:, None]
        # Averaged over a short piece of the contour, so that grain and noise cancel.
        spots = np.stack([base + tangents[..., None, :] * (s / scale) for s in (-1.5, 0.0, 1.5)])
        spots = (spots + 0.5) * scale - 0.5
        flat = spots.reshape(-1, len(steps), 2).astype(np.float32)
        values = cv2.remap(
            rgb, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        profile = values.reshape(*spots.shape[:-1], 3).astype(np.float32).mean(axis=0)
        change = np.abs(profile[..., 2:, :] - profile[..., :-2, :]).max(axis=-1)
        place = steps[1:-1]
        # Near edges are preferred: the same step twice as far away counts for less.
        valued = change * np.exp(-0.5 * (place / (0.7 * reach_px)) ** 2)
        best = valued.argmax(axis=-1)
        peak = np.take_along_axis(change, best[..., None], axis=-1)[..., 0]
        typical = change.mean(axis=-1)
        inner = np.clip(best, 1, len(place) - 2)
        left, middle, right = (
            np.take_along_axis(change, (inner + shift)[..., None], axis=-1)[..., 0]
            for shift in (-1, 0, 1)
        )
        bend = left - 2 * middle + right
        part = np.where(
            (bend < -1e-3) & (inner == best),
            0.5 * (left - right) / np.where(bend < -1e-3, bend, -1.0),
            0.0,
        )
        offset = place[best] + np.clip(part, -0.5, 0.5) / scale
        height, width = rgb.shape[:2]
        centre = (points + 0.5) * scale - 0.5
        inside = ((centre >= 0) & (centre <= np.array([width - 1, height - 1]))).all(axis=-1)
        quality = inside * peak / (peak + typical + 12.0)
        return offset, quality

    return search
