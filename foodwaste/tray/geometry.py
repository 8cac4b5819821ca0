"""Homographies in batches: from quads, applied to points, and whether a camera could see them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def homographies_from_quads(corners_mm: Array, quads_px: Array) -> NDArray[np.float64]:
    """Homographies that take four points to four points each.

    Args:
        corners_mm: ``(4, 2)`` source points.
        quads_px: ``(B, 4, 2)`` target points.

    Returns:
        ``(B, 3, 3) float64`` with the last element 1. A degenerate quad gives a matrix of NaN.
    """
    count = len(quads_px)
    x, y = np.asarray(corners_mm, np.float64).T
    u, v = np.moveaxis(np.asarray(quads_px, np.float64), -1, 0)
    system = np.zeros((count, 8, 8))
    system[:, 0::2, 0], system[:, 0::2, 1], system[:, 0::2, 2] = x, y, 1.0
    system[:, 1::2, 3], system[:, 1::2, 4], system[:, 1::2, 5] = x, y, 1.0
    system[:, 0::2, 6], system[:, 0::2, 7] = -u * x, -u * y
    system[:, 1::2, 6], system[:, 1::2, 7] = -v * x, -v * y
    target = np.stack([u, v], axis=-1).reshape(count, 8, 1)
    singular = np.abs(np.linalg.det(system)) < 1e-9
    system[singular] = np.eye(8)
    solution = np.linalg.solve(system, target)[..., 0]
    solution[singular] = np.nan
    return np.concatenate([solution, np.ones((count, 1))], axis=1).reshape(count, 3, 3)


def project(homographies: Array, points: Array) -> NDArray[np.float64]:
    """``(B, N, 2)``: ``(N, 2)`` points seen through each of ``(B, 3, 3)`` homographies."""
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    seen = np.einsum("bij,nj->bni", homographies, homogeneous)
    result: NDArray[np.float64] = seen[..., :2] / seen[..., 2:]
    return result


def quad_shapes(quads_px: Array) -> tuple[Array, Array, Array, Array]:
    """Width, height (means of opposite sides), worst ratio of opposite sides and worst angle.

    Args:
        quads_px: ``(B, 4, 2)`` in cyclic order, clockwise as seen on the screen.

    Returns:
        Four ``(B,)`` arrays; the angle is the largest departure of a corner from 90°, degrees,
        and 180 for a quad that is not convex or runs the wrong way.
    """
    sides = np.roll(quads_px, -1, axis=1) - quads_px
    lengths = np.linalg.norm(sides, axis=2) + 1e-9
    width = (lengths[:, 0] + lengths[:, 2]) / 2
    height = (lengths[:, 1] + lengths[:, 3]) / 2
    across = lengths[:, [0, 1]] / lengths[:, [2, 3]]
    ratio = np.maximum(across, 1 / across).max(axis=1)
    before = -np.roll(sides, 1, axis=1)
    cross = sides[..., 0] * before[..., 1] - sides[..., 1] * before[..., 0]
    dot = (sides * before).sum(axis=2)
    angle = np.degrees(np.arctan2(cross, dot))
    worst = np.abs(angle - 90).max(axis=1)
    worst = np.where((cross > 0).all(axis=1), worst, 180.0)
    return width, height, ratio, worst
