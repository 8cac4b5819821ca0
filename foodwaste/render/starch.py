"""Starch that dried on steel: a clear, crinkled film where rice lay, seen by how it mirrors.

It hides nothing and has next to no height. But where steel mirrored the room evenly, it now
throws it about in lines as fine as grains, often as bright as the rice beside it.
"""

from __future__ import annotations

import cv2
import numpy as np

from foodwaste.render.canvas import Canvas
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_table import BY_NAME
from foodwaste.render.grid import Array
from foodwaste.render.noise import fractal_noise, smooth_noise
from foodwaste.render.seeds import part_rng

#: Share of grain dishes that leave it.
_SHARE = 0.7
#: Width of the crinkles, mm, and how steep they are, mm per mm.
_WIDTH_MM = (1.0, 3.5)
_STEEP = (0.04, 0.30)


def add_starch_slope(slope: Array, canvas: Canvas, bared_mm: Array, dish: DishSpec) -> None:
    """Adds the film's slopes to the tray's, where grains lay and lie no more.

    Args:
        slope: ``(2, rows, columns)`` slope of the whole grid along x and y; changed in place.
        canvas: the dish's well.
        bared_mm: how much lower the food is than it was served, over the well's window.
        dish: the dish.
    """
    rng = part_rng(dish.seed, "starch")
    if BY_NAME[dish.kind].form != "grains" or rng.random() >= _SHARE or dish.residue <= 0.05:
        return
    grid = canvas.grid
    width, steep = float(rng.uniform(*_WIDTH_MM)), float(rng.uniform(*_STEEP))
    # Ridges: a film that shrinks as it dries folds along lines.
    fold = 1.0 - np.abs(smooth_noise(rng, grid, width)) + 0.5 * smooth_noise(rng, grid, width)
    down, across = np.gradient(fold, grid.step_mm)
    scale = np.float32(steep / max(float(np.hypot(down, across).mean()), 1e-6))
    touched = cv2.GaussianBlur((bared_mm > 0.5).astype(np.float32), (0, 0), 2.0 / grid.step_mm)
    patchy = np.clip(0.6 + 0.6 * fractal_noise(rng, grid, 22.0, 3), 0, 1)
    weight = touched * patchy * scale
    at = (slice(None), *canvas.well.window.index)
    slope[at] += np.stack([across * weight, down * weight]).astype(np.float32)
