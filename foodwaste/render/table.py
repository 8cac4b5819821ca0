"""The table under the tray: wood, laminate, plain or checked cloth, as a reflectance map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from foodwaste.render.grid import Array, Grid
from foodwaste.render.noise import fractal_noise, smooth_noise
from foodwaste.render.seeds import part_rng

TableKind = Literal["wood", "laminate", "plain", "cloth", "steel"]
#: Side of the map, pixels; the table is 1.8 m wide, so that a pixel is under 2 mm.
_MAP_PX = 1024


@dataclass(frozen=True)
class TableSpec:
    """One table."""

    seed: int
    kind: TableKind
    colour: tuple[float, float, float]
    rough: float

    @staticmethod
    def draw(rng: np.random.Generator) -> TableSpec:
        """Draws a canteen table."""
        kind: TableKind = ("wood", "laminate", "plain", "cloth", "steel")[
            int(rng.choice(5, p=[0.4, 0.22, 0.2, 0.08, 0.1]))
        ]
        bright = rng.uniform(0.10, 0.65)
        colour = {
            "wood": (bright, bright * rng.uniform(0.66, 0.85), bright * rng.uniform(0.35, 0.62)),
            "laminate": (bright, bright * rng.uniform(0.9, 1.02), bright * rng.uniform(0.75, 1.05)),
            "plain": tuple(bright * (1 + 0.35 * rng.normal(0, 0.5, 3))),
            "cloth": (bright * rng.uniform(0.4, 1), bright * rng.uniform(0.4, 1), bright),
            "steel": (bright, bright, bright),
        }[kind]
        red, green, blue = (float(c) for c in colour)
        rough = rng.uniform(0.25, 0.5) if kind in ("laminate", "steel") else rng.uniform(0.4, 0.8)
        return TableSpec(int(rng.integers(2**31)), kind, (red, green, blue), float(rough))


def table_map(spec: TableSpec, side_mm: float, size_px: int = _MAP_PX) -> Array:
    """``(size, size, 3) float32`` linear reflectance of the table's square."""
    rng = part_rng(spec.seed, "table")
    grid = Grid(0.0, 0.0, side_mm / size_px, size_px, size_px)
    base = np.asarray(spec.colour, np.float32)
    if spec.kind == "wood":
        rings = smooth_noise(rng, grid, 5.0, aspect=30.0) + 0.8 * smooth_noise(
            rng, grid, 18.0, aspect=12.0
        )
        plank_mm = float(rng.uniform(70, 240))
        plank = np.floor(grid.y_mm / plank_mm).astype(int)
        tone = rng.normal(0, 0.07, plank.max() + 1)[plank][:, None]
        seam = np.where(np.abs(grid.y_mm % plank_mm) < 1.6, 0.75, 1.0)[:, None]
        shade = (1 + 0.09 * rings + tone) * seam
    elif spec.kind == "cloth":
        cell = float(rng.uniform(8, 60))
        check = (np.sin(2 * np.pi * grid.x_mm / cell) > 0)[None, :] * 0.35 + (
            np.sin(2 * np.pi * grid.y_mm / cell) > 0
        )[:, None] * 0.35
        shade = 0.65 + check + 0.06 * smooth_noise(rng, grid, 2.0)
    elif spec.kind == "laminate":
        shade = (
            1 + 0.05 * fractal_noise(rng, grid, 6.0, 3) + 0.03 * fractal_noise(rng, grid, 80.0, 2)
        )
    elif spec.kind == "steel":
        shade = 1 + 0.06 * smooth_noise(rng, grid, 2.0, aspect=40.0)
    else:
        shade = 1 + 0.03 * fractal_noise(rng, grid, 40.0, 3)
    shaded = base * np.asarray(shade, np.float32)[..., None]
    return np.asarray(np.clip(shaded, 0.01, 0.9), np.float32)
