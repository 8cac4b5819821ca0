"""Soup and stew: a level in the well, with pieces in and under it. The amount is the level."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.render.bisect import solve_increasing
from foodwaste.render.canvas import Canvas, pick
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_kind import FoodKind
from foodwaste.render.grid import Array
from foodwaste.render.heap import well_box
from foodwaste.render.noise import fractal_noise, smooth_noise
from foodwaste.render.pieces import draw_piece
from foodwaste.render.seeds import part_rng
from foodwaste.render.shapes import Piece

#: Reach of a meniscus, mm: the capillary length, 2.7 of water; broth's is a little less.
_CAPILLARY_MM = 2.5
#: How high it climbs where it meets the wall or a piece, mm: at an upright wall the capillary
#: length times sqrt(2 - 2 sin(contact angle)), of water 0.9 at 70 degrees and 2.7 at 30.
_CLIMBS_MM = (0.3, 2.2)


def level_for(canvas: Canvas, volume_ml: float) -> float:
    """The level, mm above the rim plane, at which the well holds a volume (at most its rim)."""
    inside = canvas.well.rim_mm > 0
    bottom = canvas.tray_mm[inside]
    area = canvas.grid.step_mm**2 / 1000.0

    def held(level: float) -> float:
        return float(np.clip(level - bottom, 0, None).sum(dtype=np.float64)) * area

    return solve_increasing(held, volume_ml, canvas.floor_mm, -0.5, 22)


def solids(canvas: Canvas, dish: DishSpec, food: FoodKind) -> list[tuple[Piece, float]]:
    """Pieces in the liquid, each with how deep it sinks: 0 floats on top, 1 is just under."""
    rng = part_rng(dish.seed, "solids")
    count = int(rng.integers(2, 26))
    clustered = rng.random() < 0.5
    cx, cy, ax, ay = well_box(canvas)
    hx, hy = rng.uniform(-0.35, 0.35, 2)
    shares = np.array([shape.share for shape in food.pieces]) * rng.uniform(
        0.1, 1, len(food.pieces)
    )
    found = []
    for which in rng.choice(len(shares), size=count, p=shares / shares.sum()):
        spread = 0.28 if clustered else 0.42
        x = cx + ax * float(np.clip(hx * clustered + rng.normal(0, spread), -0.75, 0.75))
        y = cy + ay * float(np.clip(hy * clustered + rng.normal(0, spread), -0.75, 0.75))
        piece = draw_piece(rng, food.pieces[which], x, y)
        found.append((piece, float(rng.uniform(0.45, 1.25))))
    return found


def _stirred_about(
    canvas: Canvas, dish: DishSpec, pieces: list[tuple[Piece, float]], state: int
) -> list[tuple[Piece, float]]:
    """What lies in the liquid, some of it elsewhere, and sunk or brought up."""
    rng = part_rng(dish.seed, "stirred solids", state)
    cx, cy, ax, ay = well_box(canvas)
    found = []
    for piece, sink in pieces:
        picked = rng.random() < dish.stirred
        x, y = np.clip(rng.normal(0, 0.42, 2), -0.75, 0.75)
        angle, other = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.45, 1.25))
        there = replace(piece, x_mm=cx + ax * float(x), y_mm=cy + ay * float(y), angle=angle)
        found.append((there, other) if picked else (piece, sink))
    return found


def lay_liquid(
    canvas: Canvas, dish: DishSpec, food: FoodKind, bottom_colour: Array, state: int
) -> float | None:
    """Fills the well to its level in ``state``; returns the level, or ``None`` when empty.

    ``bottom_colour`` is what shows through clear broth, ``(3,)`` linear.
    """
    keep = dish.keep[state]
    if keep <= 0:
        return None
    level = level_for(canvas, keep * dish.serving_ml)
    rng = part_rng(dish.seed, "broth")
    drift = part_rng(dish.seed, "drift", state)
    wet = float(rng.uniform(*food.rough))
    pieces = solids(canvas, dish, food)
    stay = keep ** float(rng.uniform(0.4, 1.6))
    if state and dish.stirred:
        pieces = _stirred_about(canvas, dish, pieces, state)
    for index, (piece, sink) in enumerate(pieces):
        dx, dy, turn = drift.normal(0, 2.5, 3)
        if piece.stay > stay and index:
            continue
        moved = replace(
            piece, x_mm=piece.x_mm + dx, y_mm=piece.y_mm + dy, angle=piece.angle + 0.05 * turn
        )
        bed = _bed_mm(canvas, moved)
        canvas.stamp(moved, 0.2, food.soft, base_mm=max(bed, level - sink * piece.thick_mm))
    grid = canvas.grid
    inside = canvas.well.rim_mm > 0
    climbs = float(part_rng(dish.seed, "meniscus").uniform(*_CLIMBS_MM))
    surface, under = _free_surface(canvas, inside, level, climbs)
    depth = np.where(under, np.maximum(level - canvas.top_mm, 0), 0)
    clear = float(rng.uniform(*food.clear))
    murk = 1 - np.exp(-depth / clear)
    low = pick(food.tones[0], 0.0)
    high = pick(food.tones[0], 1.0)
    cloud = np.clip(
        dish.shade + 0.16 * fractal_noise(rng, grid, 14.0, 3) + 0.06 * smooth_noise(rng, grid, 1.2),
        0,
        1,
    )
    broth = low + cloud[..., None] * (high - low)
    below = np.where((canvas.food_mm > 0)[..., None], canvas.colour, bottom_colour)
    # A thin edge of broth is tinted and wet, not clear: it takes some of the broth's colour.
    below = below * (0.35 + 0.65 * np.clip(broth / max(float(high.max()), 1e-3), 0, 1))
    shaded = below * (1 - murk[..., None]) + broth * murk[..., None]
    surface = np.where(under, surface + 0.05 * smooth_noise(rng, grid, 9.0), -1e3)
    canvas.raise_to(surface.astype(np.float32), shaded.astype(np.float32), wet, 0.0)
    canvas.liquid |= under
    if food.oil > 0:
        film = fractal_noise(rng, grid, 3.2, 2)
        edge = float(np.quantile(film, 1 - 0.14 * food.oil * rng.uniform(0.2, 1)))
        weight = np.clip((film - edge) * 4, 0, 1) * under * 0.55
        canvas.colour = canvas.colour * (1 - weight[..., None]) + weight[..., None] * np.clip(
            canvas.colour * np.array([1.5, 1.15, 0.8], np.float32), 0, 0.9
        )
    return level


def _free_surface(
    canvas: Canvas, inside: NDArray[np.bool_], level: float, climbs_mm: float
) -> tuple[Array, NDArray[np.bool_]]:
    """``(rows, columns)`` surface above the rim plane, and where there is liquid under it.

    Surface tension lifts the edge, at walls and at whatever stands out, and lets it fall off
    within its capillary length. So the edge mirrors walls and sides of the room, not its ceiling:
    lamps seen in soup end before the soup does.
    """
    met = inside & (canvas.top_mm < level + 0.7 * climbs_mm)
    # What stands out of the liquid but touches none of it is no part of it.
    wet = inside & (canvas.top_mm < level)
    met &= cv2.dilate(wet.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    away = cv2.distanceTransform(met.astype(np.uint8), cv2.DIST_L2, 5) * canvas.grid.step_mm
    surface = level + climbs_mm * np.exp(-(away - 0.5) / _CAPILLARY_MM)
    return np.asarray(surface, np.float32), met & (canvas.top_mm < surface)


def _bed_mm(canvas: Canvas, piece: Piece) -> float:
    """What a sunk piece lies on: the highest of the bottom within half its size."""
    half = 0.35 * min(piece.length_mm, piece.width_mm)
    part = canvas.grid.window(
        piece.x_mm - half, piece.y_mm - half, piece.x_mm + half, piece.y_mm + half
    ).index
    return float(canvas.top_mm[part].mean())
