"""The empty tray as a height field: wells, walls, partitions, rim, skirt.

Heights are mm above the rim plane (wells are negative). Wells follow the layout exactly as
``foodwaste.tray.frame`` reads it (straight walls from rim outline to floor outline); pressing or
moulding then rounds the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from foodwaste.profile import Layout
from foodwaste.render.grid import Array, Grid, Window, grid_of
from foodwaste.render.noise import smooth_noise
from foodwaste.render.seeds import part_rng

#: Rounding of edges, mm (Gaussian sigma): pressed sheet, moulded melamine, thrown plates.
EDGE_SIGMA_MM = {"steel": 1.6, "white": 1.3, "canteen": 1.2}
#: Slope of the rim's outer skirt, mm per mm.
SKIRT_SLOPE = 6.0
#: Free strip beside the wells that is wide enough to be a chopstick slot.
SLOT_MIN_WIDTH_MM = 30.0


@dataclass(frozen=True)
class TraySpec:
    """One tray of a layout: its wear and its look.

    ``floor_rough`` is how many times rougher the wells' floors are than their walls: pressing
    polishes what it draws, and spoons and cleaning dull what lies flat.
    """

    seed: int
    dent_mm: float
    rough: float
    wear: float
    tint: tuple[float, float, float]
    drops: int
    board: tuple[float, float, float] = (0.4, 0.4, 0.4)
    floor_rough: float = 1.0

    @staticmethod
    def draw(rng: np.random.Generator, material: str) -> TraySpec:
        """Draws wear and look for a tray of ``material``."""
        if material == "steel":
            grey = rng.uniform(0.50, 0.78)
            warm = rng.normal(0, 0.012)
            tint = (grey + warm, grey, grey - warm)
            rough = float(rng.uniform(0.03, 0.15))
        else:
            bright = rng.uniform(0.78, 0.91)
            cream = rng.uniform(0.0, 0.06) if rng.random() < 0.65 else rng.uniform(0.06, 0.15)
            tint = (bright, bright * (1 - 0.35 * cream), bright * (1 - 1.6 * cream))
            rough = float(rng.uniform(0.12, 0.35))
        return TraySpec(
            seed=int(rng.integers(2**31)),
            dent_mm=float(abs(rng.normal(0, 0.08))),
            rough=rough,
            wear=float(rng.uniform(0.0, 1.0)),
            tint=tint,
            drops=int(rng.integers(0, 25)) if rng.random() < 0.25 else 0,
            board=_board(rng),
            floor_rough=float(rng.uniform(1.0, 4.0)) if material == "steel" else 1.0,
        )


def _board(rng: np.random.Generator) -> tuple[float, float, float]:
    """A canteen board: brown, grey, or some colour."""
    bright = float(rng.uniform(0.08, 0.55))
    if rng.random() < 0.5:
        return bright, bright * float(rng.uniform(0.5, 0.9)), bright * float(rng.uniform(0.25, 0.7))
    return tuple(float(c) for c in bright * rng.uniform(0.5, 1.2, 3))  # type: ignore[return-value]


def signed_distance_mm(outline_mm: list[tuple[float, float]], grid: Grid) -> Array:
    """``(rows, columns)`` distance to a polygon's outline, positive inside, mm."""
    points = np.asarray(outline_mm, np.float32)
    x, y = np.meshgrid(grid.x_mm, grid.y_mm)
    nearest = np.full(grid.shape, np.inf, np.float32)
    inside = np.zeros(grid.shape, bool)
    for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
        ex, ey = bx - ax, by - ay
        squared = ex * ex + ey * ey
        if squared < 1e-9:
            continue
        t = np.clip(((x - ax) * ex + (y - ay) * ey) / squared, 0, 1)
        np.minimum(nearest, (x - ax - t * ex) ** 2 + (y - ay - t * ey) ** 2, out=nearest)
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ex * (y - ay) / ey + ax)
    distance = np.sqrt(nearest)
    return np.where(inside, distance, -distance).astype(np.float32)


@dataclass(frozen=True)
class Well:
    """One compartment on the grid: its window, and distances to its two outlines."""

    name: str
    window: Window
    rim_mm: Array
    floor_mm: Array
    depth_mm: float
    capacity_ml: float
    liquid: bool


@dataclass(frozen=True)
class EmptyTraySurface:
    """``z_mm``: ``(rows, columns) float32`` above the rim plane; wells by compartment id."""

    grid: Grid
    z_mm: Array
    wells: dict[str, Well]
    outline_mm: Array


def _slot_mm(layout: Layout) -> list[tuple[float, float]] | None:
    """Box of a chopstick slot, where the layout leaves a strip free for one."""
    left = min(x for w in layout.compartments.values() for x, _ in w.rim_polygon_mm)
    if layout.material != "white" or left < SLOT_MIN_WIDTH_MM:
        return None
    x0, x1 = 11.0, left - 10.0
    return [(x0, 18.0), (x1, 18.0), (x1, layout.height_mm - 18), (x0, layout.height_mm - 18)]


@lru_cache(maxsize=8)
def _surface(key: str, step_mm: float) -> EmptyTraySurface:
    layout = Layout.model_validate_json(key)
    grid = grid_of(layout, step_mm)
    z = np.zeros(grid.shape, np.float32)
    edge = signed_distance_mm(layout.outline_mm(), grid)
    board = layout.material == "canteen"
    if board:
        # A canteen tray is a flat board with a raised lip; plates stand on it.
        floor = -layout.rim_height_mm + 3.0
        z[:] = floor * np.clip((edge - 4.0) / 7.0, 0, 1)
    wells = {}
    for name, part in layout.compartments.items():
        xs, ys = zip(*part.rim_polygon_mm, strict=True)
        window = grid.window(min(xs) - 12, min(ys) - 12, max(xs) + 12, max(ys) + 12)
        rim = signed_distance_mm(part.rim_outline_mm(), window.grid)
        flat = signed_distance_mm(part.floor_outline_mm(), window.grid)
        share = np.clip(rim, 0, None) / np.maximum(
            np.clip(rim, 0, None) + np.clip(-flat, 0, None), 1e-6
        )
        depth = np.where(rim > 0, part.depth_mm * share, 0).astype(np.float32)
        if board:
            # The plate's outside falls from its rim to the board.
            body = np.where(rim > 0, -depth, rim * 1.6)
            z[window.index] = np.maximum(z[window.index], body)
        else:
            z[window.index] -= depth
        wells[name] = Well(name, window, rim, flat, part.depth_mm, part.capacity_ml, part.liquid)
    slot = _slot_mm(layout)
    if slot is not None:
        inside = signed_distance_mm(slot, grid)
        z -= 9.0 * np.clip(inside / 6.0, 0, 1)
    sigma = EDGE_SIGMA_MM[layout.material] / step_mm
    z = cv2.GaussianBlur(z, (0, 0), sigma)
    z += _rim_profile(edge, layout.material)
    # Outside the outline the skirt falls below the table top, which then hides it.
    skirt = np.minimum(edge, 0) * SKIRT_SLOPE
    z = np.where(edge < 0, np.maximum(skirt, -layout.rim_height_mm - 4.0), z).astype(np.float32)
    return EmptyTraySurface(grid, z, wells, edge)


def _rim_profile(edge_mm: Array, material: str) -> Array:
    """The rolled or moulded bead along the outline: under 2 mm, so the outline stays true."""
    if material == "steel":
        # A rolled bead 4 mm wide, then a step down to the rim plane at 9 mm.
        bead = 1.6 * np.sqrt(np.clip(1 - ((edge_mm - 2.0) / 2.2) ** 2, 0, 1))
        step = 1.1 * (1 - np.clip((edge_mm - 7.5) / 2.5, 0, 1))
        return np.where(edge_mm > 0, np.maximum(bead, step), 0).astype(np.float32)
    bead = 1.2 * np.sqrt(np.clip(1 - ((edge_mm - 3.0) / 3.2) ** 2, 0, 1))
    return np.where(edge_mm > 0, bead, 0).astype(np.float32)


def empty_tray(layout: Layout, step_mm: float, spec: TraySpec | None = None) -> EmptyTraySurface:
    """The empty tray on a grid; with ``spec``, dented as that tray is."""
    surface = _surface(layout.model_dump_json(), step_mm)
    if spec is None or spec.dent_mm <= 0:
        return surface
    rng = part_rng(spec.seed, "dents")
    dents = smooth_noise(rng, surface.grid, 30.0) * np.float32(spec.dent_mm)
    inside = np.clip(surface.outline_mm / 4.0, 0, 1)
    return EmptyTraySurface(
        surface.grid, surface.z_mm + dents * inside, surface.wells, surface.outline_mm
    )
