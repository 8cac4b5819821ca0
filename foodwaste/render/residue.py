"""What a meal leaves on the tray that is not food: film, stains, drops, pools, single grains.

Counted as nothing left (DESIGN.md, residue): its height is kept apart from the food's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.render.canvas import Canvas, pick
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_kind import FoodKind, PieceShape
from foodwaste.render.grid import Array, Grid
from foodwaste.render.noise import fractal_noise, smooth_noise
from foodwaste.render.pieces import draw_piece
from foodwaste.render.seeds import part_rng
from foodwaste.render.shapes import SHAPES

#: Share of grain dishes that leave many loose grains, and how many these are.
_STREWN_SHARE = 0.5
_STREWN = (20, 110)
#: Share of eaten soups that left the wall wet all round, and how far such a coat hides it where the
#: soup left last and where it left first.
_COAT_SHARE, _COAT_LOW, _COAT_HIGH = 0.5, (0.25, 0.9), (0.0, 0.7)


@dataclass
class Residue:
    """Arrays over a well's window, ``(rows, columns)`` float32.

    Attributes:
        cover: 0..1, how far it hides the tray.
        colour: ``(rows, columns, 3)`` linear reflectance.
        rough: its roughness.
        height_mm: its thickness (pools, grains).
    """

    cover: Array
    colour: Array
    rough: Array
    height_mm: Array

    @staticmethod
    def none(shape: tuple[int, int]) -> Residue:
        """A clean window."""
        zero = np.zeros(shape, np.float32)
        return Residue(zero, np.full((*shape, 3), 0.5, np.float32), zero + 0.3, zero.copy())

    def lay(self, weight: Array, colour: Array, rough: float) -> None:
        """Paints a film over what is there."""
        w = np.clip(weight, 0, 1).astype(np.float32)
        total = w + self.cover * (1 - w)
        mix = (w / np.maximum(total, 1e-6))[..., None]
        self.colour = np.asarray(self.colour * (1 - mix) + colour * mix, np.float32)
        self.rough = np.where(w > 0.15, np.float32(rough), self.rough)
        self.cover = total


def residue_of(
    canvas: Canvas,
    served_mm: Array,
    dish: DishSpec,
    food: FoodKind,
    state: int,
    level_mm: float | None,
) -> Residue:
    """The residue around (and after) a dish in ``state``.

    Args:
        canvas: the well as it is now.
        served_mm: height of the food as it was served.
        dish: the dish.
        food: its kind.
        state: which state of the meal.
        level_mm: level of the liquid now, if there is one.
    """
    grid = canvas.grid
    residue = Residue.none(grid.shape)
    strength = dish.residue * (0.25 if state == 0 else 1.0)
    if strength <= 0.01:
        return residue
    rng = part_rng(dish.seed, "residue")
    shade = float(rng.uniform())
    colour = np.broadcast_to(pick(food.residue, shade), (*grid.shape, 3))
    reach = int(np.ceil(float(rng.uniform(2, 7)) / grid.step_mm))
    touched = _near(served_mm > 0.3, reach).astype(np.float32)
    touched = cv2.GaussianBlur(touched, (0, 0), max(0.8, 2.5 / grid.step_mm))
    inside = np.clip(canvas.well.rim_mm / 3.0 + 0.3, 0, 1)
    _film(residue, rng, grid, np.asarray(touched * inside, np.float32), colour, strength)
    _drops(residue, rng, canvas, colour, strength)
    if food.form == "liquid":
        _tide_mark(residue, rng, canvas, served_mm, colour, strength, level_mm)
        _coat(residue, part_rng(dish.seed, "coat"), canvas, served_mm, colour, level_mm)
    elif state > 0 and food.sauce is not None and rng.random() < 0.75:
        _pool(residue, rng, canvas, colour, strength)
    if state > 0:
        _crumbs(residue, part_rng(dish.seed, "crumbs"), canvas, food, served_mm, strength)
    return residue


def _near(mask: NDArray[np.bool_], reach: int) -> NDArray[np.uint8]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), np.uint8)


def _film(
    residue: Residue,
    rng: np.random.Generator,
    grid: Grid,
    where: Array,
    colour: Array,
    strength: float,
) -> None:
    """A thin film with smears along the strokes of a spoon."""
    patches = fractal_noise(rng, grid, float(rng.uniform(8, 24)), 4, 0.6)
    strokes = smooth_noise(rng, grid, 2.2, aspect=float(rng.uniform(3, 9)))
    if rng.random() < 0.5:
        strokes = smooth_noise(rng, grid, 9.0) * 0.5 + np.abs(smooth_noise(rng, grid, 3.0))
    field = 0.75 * patches + 0.45 * strokes
    weight = np.clip(0.42 * field + (1.15 * strength - 0.35), 0, 1) * strength
    residue.lay(np.asarray(weight * where, np.float32), colour, float(rng.uniform(0.15, 0.45)))


def _drops(
    residue: Residue, rng: np.random.Generator, canvas: Canvas, colour: Array, strength: float
) -> None:
    """Separate drops and specks, a few of them outside the well."""
    count = int(rng.poisson(26 * strength))
    window = canvas.grid
    drawn = np.zeros(window.shape, np.float32)
    for _ in range(count):
        x = window.x0_mm + rng.uniform(0, (window.columns - 1) * window.step_mm)
        y = window.y0_mm + rng.uniform(0, (window.rows - 1) * window.step_mm)
        radius = float(np.clip(rng.lognormal(0.0, 0.6), 0.4, 4.5))
        part = window.window(x - 3 * radius, y - 3 * radius, x + 3 * radius, y + 3 * radius).index
        squash = rng.uniform(0.6, 1.0)
        r = np.hypot((canvas.x_mm[part] - x) * squash, canvas.y_mm[part] - y) / radius
        drawn[part] = np.maximum(drawn[part], np.clip((1.2 - r) * 2.5, 0, 1))
    keep = np.where(canvas.well.rim_mm > -1, 1.0, 0.25)
    residue.lay(drawn * keep.astype(np.float32) * rng.uniform(0.4, 0.95), colour, 0.12)


def _tide_mark(
    residue: Residue, rng: np.random.Generator, canvas: Canvas, served_mm: Array,
    colour: Array, strength: float, level_mm: float | None,
) -> None:  # fmt: skip
    """Where soup stood: a line at the served level and a film between it and the level now."""
    wet = served_mm > 0
    if not wet.any():
        return
    served_level = float(np.median((canvas.tray_mm + served_mm)[wet]))
    now = canvas.floor_mm - 1 if level_mm is None else level_mm
    z = canvas.tray_mm
    noise = smooth_noise(rng, canvas.grid, 7.0)
    line = np.exp(-(((z - served_level + 0.6 + 0.4 * noise) / 0.7) ** 2))
    band = ((z < served_level) & (z > now)).astype(np.float32)
    streak = np.clip(0.45 + 0.35 * fractal_noise(rng, canvas.grid, 6.0, 3), 0, 1)
    within = canvas.well.rim_mm > 0
    residue.lay((0.9 * line * strength + band * streak * strength) * within, colour, 0.2)


def _coat(
    residue: Residue, rng: np.random.Generator, canvas: Canvas, served_mm: Array,
    colour: Array, level_mm: float | None,
) -> None:  # fmt: skip
    """A glossy film that thick soup leaves on all the wall it stood at, thinner higher up."""
    wet = served_mm > 0
    if rng.random() > _COAT_SHARE or not wet.any():
        return
    z = canvas.tray_mm
    top = float(np.median((z + served_mm)[wet]))
    now = canvas.floor_mm if level_mm is None else level_mm
    up = np.clip((z - now) / max(top - now, 1.0), 0, 1)
    low, high = rng.uniform(*_COAT_LOW), rng.uniform(*_COAT_HIGH)
    runs = 1 + 0.35 * fractal_noise(rng, canvas.grid, float(rng.uniform(3, 10)), 3)
    cover = np.clip((low + (high - low) * up) * runs, 0, 0.95)
    there = (canvas.well.rim_mm > 0) & (z < top + 0.5)
    residue.lay(np.asarray(cover * there, np.float32), colour, float(rng.uniform(0.06, 0.25)))


def _pool(
    residue: Residue, rng: np.random.Generator, canvas: Canvas, colour: Array, strength: float
) -> None:
    """Sauce that ran together on the floor: under 1.5 mm deep, smooth, ragged at its edge."""
    grid = canvas.grid
    depth = float(rng.uniform(0.2, 1.4)) * min(1.0, strength + 0.2)
    noise = fractal_noise(rng, grid, 18.0, 3)
    lean = (canvas.x_mm - canvas.x_mm.mean()) * rng.normal(0, 0.02) + (
        canvas.y_mm - canvas.y_mm.mean()
    ) * rng.normal(0, 0.02)
    level = canvas.floor_mm + depth * (0.3 + 0.8 * noise + lean)
    pool = np.clip(level - canvas.tray_mm, 0, 1.5) * (canvas.well.rim_mm > 0)
    residue.height_mm = np.maximum(residue.height_mm, pool.astype(np.float32))
    residue.lay(
        np.clip(pool * 3, 0, 0.93), colour * np.float32(0.9), float(rng.uniform(0.05, 0.16))
    )


def _crumbs(
    residue: Residue, rng: np.random.Generator, canvas: Canvas, food: FoodKind,
    served_mm: Array, strength: float,
) -> None:  # fmt: skip
    """Loose grains and crumbs, each under a few square millimetres of food or a single grain."""
    places = np.argwhere(served_mm[::3, ::3] > 0.3) * 3
    if len(places) == 0:
        return
    count = int(rng.poisson(22 * strength * (1.6 if food.form == "grains" else 0.7)))
    if food.form == "grains":
        length, width = food.grain_mm
        tones = food.tones
    else:
        length, width = 3.0, 1.8
        tones = food.pieces[0].tones
    shape = PieceShape(
        "ellipsoid",
        (0.8 * length, 1.1 * length),
        (0.85 * width, 1.1 * width),
        (0.6 * width, 0.9 * width),
        tones,
        pattern="plain",
        tilt=0,
    )
    grid = canvas.grid
    clumps = [places[rng.integers(len(places))]]
    if food.form == "grains" and rng.random() < _STREWN_SHARE:
        # Sticky grains stay along the wall that a heap leaned on, by the dozen.
        count += int(rng.integers(*_STREWN))
        rim = np.argwhere((served_mm[::3, ::3] > 0.3) & (served_mm[::3, ::3] < 6.0)) * 3
        if len(rim):
            clumps += [rim[rng.integers(len(rim))] for _ in range(int(rng.integers(1, 6)))]
    for _ in range(count):
        spot = places[rng.integers(len(places))]
        if rng.random() < 0.5 or count > _STREWN[0]:
            clump = clumps[int(rng.integers(len(clumps)))]
            spot = clump + rng.normal(0, 14 / grid.step_mm, 2)
        x = grid.x0_mm + float(spot[1]) * grid.step_mm + rng.normal(0, 2)
        y = grid.y0_mm + float(spot[0]) * grid.step_mm + rng.normal(0, 2)
        piece = draw_piece(rng, shape, x, y)
        reach = piece.reach_mm
        if not (grid.x_mm[0] + reach < x < grid.x_mm[-1] - reach):
            continue
        if not (grid.y_mm[0] + reach < y < grid.y_mm[-1] - reach):
            continue
        part = grid.window(x - reach, y - reach, x + reach, y + reach).index
        dx, dy = canvas.x_mm[part] - x, canvas.y_mm[part] - y
        cos, sin = np.cos(piece.angle), np.sin(piece.angle)
        thick = SHAPES[piece.shape](dx * cos + dy * sin, dy * cos - dx * sin, piece)
        there = thick > 0
        height = residue.height_mm[part]
        height[there] = np.maximum(height[there], thick[there])
        residue.cover[part][there] = 1.0
        residue.colour[part][there] = np.asarray(piece.colour, np.float32)
        residue.rough[part][there] = 0.4
