"""How the bare tray looks vertex by vertex: brushing, wear, water drops, the board's colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foodwaste.render.grid import Array
from foodwaste.render.noise import fractal_noise, smooth_noise
from foodwaste.render.seeds import part_rng
from foodwaste.render.tray import EmptyTraySurface, TraySpec


@dataclass(frozen=True)
class TrayLook:
    """Arrays over the grid; ``colour`` has 3 channels last, ``slope`` 2 first."""

    colour: Array
    rough: Array
    water_mm: Array
    slope: Array


def tray_look(tray: EmptyTraySurface, spec: TraySpec, material: str) -> TrayLook:
    """The bare tray's look, the same in all pictures of a meal."""
    grid = tray.grid
    rng = part_rng(spec.seed, "wear")
    colour = np.broadcast_to(np.asarray(spec.tint, np.float32), (*grid.shape, 3)).copy()
    worn = fractal_noise(rng, grid, 30.0, 4, 0.6)
    rough = spec.rough * np.clip(1 + 0.15 * spec.wear * worn, 0.5, 2.0)
    for well in tray.wells.values():
        flat = np.clip(0.5 + well.floor_mm / 5.0, 0, 1)
        rough[well.window.index] *= 1 + (spec.floor_rough - 1) * flat
    rough = np.clip(rough, 0.02, max(0.35, spec.rough))
    slope = np.zeros((2, *grid.shape), np.float32)
    if material == "steel":
        # Brushing runs along one side; what it does to light is a spread across it.
        grain = smooth_noise(rng, grid, 1.1, aspect=float(rng.uniform(4, 20)))
        across = int(rng.integers(2))
        slope[across] = grain * np.float32(rng.uniform(0.004, 0.02))
        if across == 0:
            slope[0] = smooth_noise(rng, grid, 1.6) * np.float32(rng.uniform(0.003, 0.015))
    elif material == "canteen":
        board = np.asarray(spec.board, np.float32)
        on_plate = np.zeros(grid.shape, bool)
        for well in tray.wells.values():
            on_plate[well.window.index] |= well.rim_mm > -6.0
        colour[~on_plate] = board * (1 + 0.05 * worn[~on_plate])[:, None]
    water = np.zeros(grid.shape, np.float32)
    for _ in range(spec.drops):
        x = grid.x0_mm + float(rng.uniform(8, (grid.columns - 8) * grid.step_mm))
        y = grid.y0_mm + float(rng.uniform(8, (grid.rows - 8) * grid.step_mm))
        radius = float(rng.uniform(1.0, 4.5))
        part = grid.window(x - radius, y - radius, x + radius, y + radius)
        px, py = np.meshgrid(part.grid.x_mm - x, part.grid.y_mm - y)
        dome = 0.35 * radius * np.clip(1 - (px * px + py * py) / radius**2, 0, 1)
        water[part.index] = np.maximum(water[part.index], dome)
    water *= tray.outline_mm > 4
    return TrayLook(
        np.clip(colour, 0.01, 0.95).astype(np.float32), rough.astype(np.float32), water, slope
    )
