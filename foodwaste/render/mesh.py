"""A surface as the triangles that are rendered: vertices, faces, shading normals."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.render.grid import Array, Grid
from foodwaste.render.surface import Surface

#: Steepest shading normal, mm per mm.
_MAX_SLOPE = 2.0


@lru_cache(maxsize=4)
def _triangles(rows: int, columns: int) -> NDArray[np.uint32]:
    index = np.arange(rows * columns, dtype=np.uint32).reshape(rows, columns)
    tl, tr = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    bl, br = index[1:, :-1].ravel(), index[1:, 1:].ravel()
    return np.concatenate([np.stack([tl, bl, tr], 1), np.stack([tr, bl, br], 1)])


def triangles(grid: Grid) -> NDArray[np.uint32]:
    """``(2 * cells, 3)`` vertex indices, turned so that normals point up out of the tray."""
    return _triangles(grid.rows, grid.columns)


def vertices(surface: Surface, layout: Layout) -> Array:
    """``(N, 3)`` world positions, mm: x right, y up the page, z towards the camera."""
    x, y = np.meshgrid(surface.grid.x_mm, surface.grid.y_mm)
    centre_x, centre_y = layout.width_mm / 2, layout.height_mm / 2
    return (
        np.stack([x - centre_x, centre_y - y, surface.z_mm], -1).reshape(-1, 3).astype(np.float32)
    )


def normals(surface: Surface) -> Array:
    """``(N, 3)`` unit normals; light inside soft food flattens them towards the smooth shape."""
    step = surface.grid.step_mm
    z = surface.z_mm
    slope_y, slope_x = np.gradient(z, step)
    bare = 1 - surface.cover
    # Bare steel beside food mirrors as it lies, not as the side of the food stands: sloped like
    # that it would mirror the dark below the tray, and rows of black dots would outline all food.
    alone = np.where(bare > 0.5, z, surface.tray_mm)
    bare_y, bare_x = np.gradient(alone, step)
    slope_x = slope_x + bare * (bare_x + surface.slope[0] - slope_x)
    slope_y = slope_y + bare * (bare_y + surface.slope[1] - slope_y)
    if surface.soft.any():
        smooth = cv2.GaussianBlur(z, (0, 0), 3.0 / step)
        flat_y, flat_x = np.gradient(smooth, step)
        slope_x = slope_x + surface.soft * (flat_x - slope_x)
        slope_y = slope_y + surface.soft * (flat_y - slope_y)
    # The sides of a height field stand nearly upright; shading normals that do likewise turn away
    # from the eye and render as black seams. Flattened above a slope of 2 they do not.
    steep = np.hypot(slope_x, slope_y)
    flat = np.where(
        steep > 1e-6, _MAX_SLOPE * np.tanh(steep / _MAX_SLOPE) / np.maximum(steep, 1e-6), 1
    )
    slope_x, slope_y = slope_x * flat, slope_y * flat
    normal = np.stack([-slope_x, slope_y, np.ones_like(z)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return normal.reshape(-1, 3).astype(np.float32)
