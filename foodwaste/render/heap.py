"""Heaps of grains: a mound in the well, and what eating leaves of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foodwaste.render.bisect import solve_increasing
from foodwaste.render.canvas import Canvas
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_kind import FoodKind
from foodwaste.render.grains import TILE_MM, grain_texture
from foodwaste.render.grid import Array
from foodwaste.render.noise import fractal_noise, smooth_noise
from foodwaste.render.seeds import part_rng

#: Highest mound over the floor, mm.
_MAX_MOUND_MM = 75.0
#: How far grains lie over the rim.
_OVERHANG_MM = 4.0
#: How many grains deep what lies on top still shows.
_GRAINS_A_LAYER = 1.5


def well_box(canvas: Canvas) -> tuple[float, float, float, float]:
    """Centre x, y and half sizes of the well's rim, mm."""
    inside = canvas.well.rim_mm > 0
    x, y = canvas.x_mm[inside], canvas.y_mm[inside]
    x0, x1, y0, y1 = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    return (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2


def _mound(canvas: Canvas, dish: DishSpec, centre: tuple[float, float], size: float) -> Array:
    """A mound of unit height: a warped ellipse with a flat-ish top and ragged sides."""
    rng = part_rng(dish.seed, "mound")
    cx, cy, ax, ay = well_box(canvas)
    cx, cy = cx + centre[0] * ax, cy + centre[1] * ay
    angle, power = rng.uniform(0, np.pi), rng.uniform(2.2, 4.5)
    stretch = rng.uniform(0.85, 1.18)
    u, v = (canvas.x_mm - cx) / (ax * size * stretch), (canvas.y_mm - cy) / (ay * size / stretch)
    cos, sin = np.cos(0.2 * angle), np.sin(0.2 * angle)
    u, v = u * cos + v * sin, v * cos - u * sin
    r = (np.abs(u) ** power + np.abs(v) ** power) ** (1 / power)
    r = r * (1 + 0.07 * smooth_noise(rng, canvas.grid, 16.0)) + 0.035 * smooth_noise(
        rng, canvas.grid, 5.0
    )
    mound = 1 - np.clip(r, 0, None) ** rng.uniform(2.0, 4.5)
    lumps = 1 + 0.06 * fractal_noise(rng, canvas.grid, 14.0, 3)
    return np.asarray(mound * lumps, np.float32)


def _clipped_volume(canvas: Canvas, surface_mm: Array) -> float:
    """Volume between the tray and a surface, at every second or third vertex: for solving."""
    k = max(1, round(1.5 / canvas.grid.step_mm))
    food = np.clip(surface_mm[::k, ::k] - canvas.tray_mm[::k, ::k], 0, None)
    food = food * (canvas.well.rim_mm[::k, ::k] > -_OVERHANG_MM)
    return float(food.sum(dtype=np.float64)) * (canvas.grid.step_mm * k) ** 2 / 1000.0


def _served(canvas: Canvas, dish: DishSpec) -> Array:
    mound = _mound(canvas, dish, dish.centre, dish.spread)
    floor = canvas.floor_mm
    height = solve_increasing(
        lambda h: _clipped_volume(canvas, floor + h * mound), dish.serving_ml, 2.0, _MAX_MOUND_MM
    )
    return floor + height * mound


def _stirred(dish: DishSpec, state: int) -> DishSpec:
    """The dish as though it had been served in another heap: what is eaten is eaten from that."""
    rng = part_rng(dish.seed, "stirred heap", state)
    x, y = np.asarray(dish.centre) + 0.2 * dish.stirred * rng.normal(size=2)
    return replace(
        dish,
        seed=int(rng.integers(2**31)),
        centre=(float(np.clip(x, -0.3, 0.3)), float(np.clip(y, -0.3, 0.3))),
        spread=float(np.clip(dish.spread * rng.uniform(0.75, 1.2), 0.55, 1.15)),
    )


def _eaten(canvas: Canvas, dish: DishSpec, served: Array, keep: float, state: int) -> Array:
    target = keep * _clipped_volume(canvas, served)
    rng = part_rng(dish.seed, "eating")
    floor, grid = canvas.floor_mm, canvas.grid
    cx, cy, ax, ay = well_box(canvas)
    cos, sin = np.cos(dish.direction_rad), np.sin(dish.direction_rad)
    along = (canvas.x_mm - cx) * cos + (canvas.y_mm - cy) * sin
    ragged = 5.0 * smooth_noise(rng, grid, 9.0) + 1.5 * smooth_noise(rng, grid, 3.0)
    mode = dish.mode if keep > 0.12 or dish.mode in ("pushed", "spread") else "side"
    if mode == "top":
        sag = 3.0 * smooth_noise(rng, grid, 22.0) + 1.2 * smooth_noise(rng, grid, 7.0)
        return np.minimum(
            served,
            solve_increasing(
                lambda z: _clipped_volume(canvas, np.minimum(served, z + sag)),
                target, floor - 8.0, floor + _MAX_MOUND_MM,
            ) + sag,
        )  # fmt: skip
    if mode == "scoops":
        left = served
        for _ in range(60):
            if _clipped_volume(canvas, left) <= target:
                break
            radius, across = rng.uniform(15, 27), rng.normal(0, 0.5)
            # Bites advance through the heap from the chosen side.
            front = _front(canvas, left, along)
            x = cx + front * cos - across * ay * sin
            y = cy + front * sin + across * ax * cos
            bottom = floor + rng.uniform(-6.0, 6.0)
            r2 = ((canvas.x_mm - x) ** 2 + (canvas.y_mm - y) ** 2) / radius**2
            bite = bottom + radius * (1.2 * np.clip(r2 - 0.15, 0, None)) + 0.25 * ragged
            left = np.where(r2 < 2.2, np.minimum(left, bite), left)
        # What scoops could not reach goes by a straight cut.
        served = left
    if mode in ("pushed", "spread"):
        shift = rng.uniform(0.25, 0.6) if mode == "pushed" else rng.uniform(0.0, 0.25)
        size = dish.spread * (np.sqrt(keep) * 0.95 + 0.08 if mode == "pushed" else 0.95)
        # The remains keep the shape drawn for the state: a pushed heap is a new heap.
        moved = _mound(
            canvas, dish, (dish.centre[0] + shift * cos, dish.centre[1] + shift * sin), size
        )
        if mode == "spread":
            return _scattered(canvas, dish, moved, served, target, state)
        height = solve_increasing(
            lambda h: _clipped_volume(canvas, floor + h * moved), target, 0.5, _MAX_MOUND_MM
        )
        return floor + height * moved
    # Sticky rice stands where a spoon cut it, loose grains slide down.
    slope = float(np.exp(rng.uniform(np.log(0.9), np.log(5.0))))
    ragged = ragged * rng.uniform(0.3, 1.1)
    offset = solve_increasing(
        lambda d: _clipped_volume(canvas, np.minimum(served, floor + slope * (d - along + ragged))),
        target, -1.6 * (ax + ay), 1.6 * (ax + ay),
    )  # fmt: skip
    cut = floor + slope * (offset - along + ragged)
    return np.asarray(np.minimum(served, cut), np.float32)


def _scattered(
    canvas: Canvas, dish: DishSpec, moved: Array, served: Array, target_ml: float, state: int
) -> Array:
    """Remains stirred about: patches no higher than the served heap, bare floor between them.

    What is solved for is how much floor is covered. Were it the height, few patches would have
    to stand up as pinnacles to hold the volume.
    """
    rng = part_rng(dish.seed, "gaps", state)
    floor = canvas.floor_mm
    highest = float((served - floor)[canvas.well.rim_mm > 0].max())
    height = max(4.0, highest * rng.uniform(0.6, 0.95))
    # Patches are as wide as a spoon, their sides no steeper than grains lie.
    patches = smooth_noise(rng, canvas.grid, 24.0) + 0.25 * smooth_noise(rng, canvas.grid, 9.0)

    def surface(covered: float) -> Array:
        return np.asarray(
            floor + height * np.minimum(moved, 0.55 * (patches + covered)), np.float32
        )

    covered = solve_increasing(lambda c: _clipped_volume(canvas, surface(c)), target_ml, -4.0, 8.0)
    return surface(covered)


def _front(canvas: Canvas, left: Array, along: Array) -> float:
    """How far along the eating direction the heap now begins."""
    there = left - canvas.tray_mm > 4.0
    return float(np.quantile(along[there], 0.93)) if there.any() else 0.0


def _other_grains(
    canvas: Canvas, dish: DishSpec, taken_mm: Array, width_mm: float, state: int
) -> tuple[Array, Array]:
    """Where in the texture the grains are that eating laid bare: ways in mm to right and down.

    What lay on top is gone; what is seen now lay inside and looks otherwise, grain by grain.
    Of a heap that was pushed or stirred no grain is where it was.
    """
    rng = part_rng(dish.seed, "layers")
    ragged = 0.5 * width_mm * smooth_noise(rng, canvas.grid, 5.0)
    layer = np.clip(np.abs(taken_mm) + ragged, 0.0, _MAX_MOUND_MM) / (_GRAINS_A_LAYER * width_mm)
    ways = rng.uniform(0.0, TILE_MM, (int(_MAX_MOUND_MM / (_GRAINS_A_LAYER * width_mm)) + 2, 2))
    ways[0] = 0.0
    if dish.mode in ("pushed", "spread") or dish.stirred:
        ways[:] = part_rng(dish.seed, "stirred", state).uniform(0.0, TILE_MM, 2)
    right, down = np.moveaxis(ways[layer.astype(np.intp)].astype(np.float32), -1, 0)
    return right, down


def lay_heap(canvas: Canvas, dish: DishSpec, food: FoodKind, state: int) -> None:
    """Fills a canvas with a heap of grains as it is in ``state`` (0: served)."""
    keep = dish.keep[state]
    if keep <= 0:
        return
    rng = part_rng(dish.seed, "surface")
    surface = served = _served(canvas, dish)
    now = dish
    if state and dish.stirred:
        now = _stirred(dish, state)
        surface = _served(canvas, now)
    if keep < 1:
        surface = _eaten(canvas, now, surface, keep, state)
    width = food.grain_mm[1]
    x_mm, y_mm = canvas.x_mm, canvas.y_mm
    if keep < 1 or (state and dish.stirred):
        right, down = _other_grains(canvas, dish, served - surface, width, state)
        x_mm, y_mm = x_mm + right, y_mm + down
    relief, colour = grain_texture(food, dish.seed, x_mm, y_mm, canvas.grid.step_mm)
    bare = surface - canvas.tray_mm
    # Grains end the heap, not a contour line: the border is where whole grains still lie.
    grained = surface + food.relief * relief
    there = (bare > 0.35 * width) & (bare + 0.9 * relief > 0.45 * width)
    there &= canvas.well.rim_mm > -_OVERHANG_MM
    level = np.where(there, np.maximum(grained, canvas.tray_mm + 0.4), canvas.tray_mm - 1.0)
    shade = 1 + 0.05 * smooth_noise(rng, canvas.grid, 20.0)
    warmth = np.array([1.0, 0.995 - 0.02 * dish.shade, 0.985 - 0.07 * dish.shade], np.float32)
    tinted = np.clip(colour * shade[..., None] * warmth * (0.76 + 0.27 * dish.shade), 0.003, 0.93)
    rough = float(rng.uniform(*food.rough))
    canvas.raise_to(level.astype(np.float32), tinted.astype(np.float32), rough, food.soft)
