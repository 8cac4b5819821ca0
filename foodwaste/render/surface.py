"""The finished surface of one state of a meal: tray, food and residue on one grid."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.render.canvas import Canvas
from foodwaste.render.dish import DishSpec
from foodwaste.render.distractors import CODES, Litter, litter_on
from foodwaste.render.food_table import BY_NAME
from foodwaste.render.grid import Array, Grid, volume_ml
from foodwaste.render.heap import lay_heap
from foodwaste.render.liquid import lay_liquid
from foodwaste.render.pieces import lay_pieces, pack, sauce_over
from foodwaste.render.residue import Residue, residue_of
from foodwaste.render.shapes import Piece
from foodwaste.render.starch import add_starch_slope
from foodwaste.render.tray import EmptyTraySurface, TraySpec, Well, empty_tray
from foodwaste.render.wear import tray_look

#: Residue hides at least this much of the tray where the residue mask says so.
RESIDUE_COVER = 0.25


@dataclass(frozen=True)
class Surface:
    """All arrays ``(rows, columns)`` on the grid; colours linear reflectance.

    Attributes:
        grid: the grid.
        tray_mm: the empty tray above the rim plane.
        food_mm: height of food above the tray, exactly 0 where there is none.
        residue_mm: height above the tray of what is no food: residue, water, litter.
        kind: food code, 0 where there is no food.
        owner: 1 + index of the compartment whose food it is, 0 where there is none.
        cover: 0..1, how far food or residue hides the tray.
        residue: bool, visible residue.
        colour: ``(rows, columns, 3)`` of what covers.
        rough: its roughness.
        soft: its flatness of shading.
        outline_mm: signed distance inside the tray's outline.
        litter: code of litter lying on top, else 0.
        tray_colour: ``(rows, columns, 3)`` reflectance of the bare tray.
        tray_rough: its roughness.
        slope: ``(2, rows, columns)`` extra slope along x and y from brushing, for shading only.
    """

    grid: Grid
    tray_mm: Array
    food_mm: Array
    residue_mm: Array
    kind: NDArray[np.uint8]
    owner: NDArray[np.uint8]
    cover: Array
    residue: NDArray[np.bool_]
    colour: Array
    rough: Array
    soft: Array
    outline_mm: Array
    litter: NDArray[np.uint8]
    tray_colour: Array
    tray_rough: Array
    slope: Array

    @property
    def z_mm(self) -> Array:
        """What a ray meets, mm above the rim plane."""
        return self.tray_mm + np.maximum(self.food_mm, self.residue_mm)


@dataclass(frozen=True)
class LaidDish:
    """A dish laid into its well for all states: what does not change is made once."""

    spec: DishSpec
    served: Canvas
    pieces: tuple[Piece, ...]


def _canvas(tray: EmptyTraySurface, compartment: str) -> Canvas:
    well = tray.wells[compartment]
    return Canvas(well, tray.z_mm[well.window.index])


def lay_dish(tray: EmptyTraySurface, dish: DishSpec, spec: TraySpec) -> LaidDish:
    """Serves a dish: packs its pieces, forms its heap, or fills its well."""
    food = BY_NAME[dish.kind]
    canvas = _canvas(tray, dish.compartment)
    pieces: list[Piece] = []
    if food.form == "pieces":
        pieces = pack(canvas, dish, food)
        sauce_over(canvas, dish, food, 0)
    elif food.form == "grains":
        lay_heap(canvas, dish, food, 0)
    else:
        lay_liquid(canvas, dish, food, np.asarray(spec.tint, np.float32) * 0.5, 0)
    return LaidDish(dish, canvas, tuple(pieces))


def _dish_in_state(
    tray: EmptyTraySurface, laid: LaidDish, spec: TraySpec, state: int
) -> tuple[Canvas, Residue]:
    dish, food = laid.spec, BY_NAME[laid.spec.kind]
    level: float | None = None
    untouched = dish.keep[state] >= 1 and (state == 0 or not dish.stirred)
    if untouched and food.form != "liquid":
        canvas = laid.served
    else:
        canvas = _canvas(tray, dish.compartment)
        if food.form == "pieces":
            lay_pieces(canvas, dish, food, list(laid.pieces), state, laid.served.volume_ml)
            sauce_over(canvas, dish, food, state)
        elif food.form == "grains":
            lay_heap(canvas, dish, food, state)
        else:
            level = lay_liquid(canvas, dish, food, np.asarray(spec.tint, np.float32) * 0.5, state)
    return canvas, residue_of(canvas, laid.served.food_mm, dish, food, state, level)


def compose(
    layout: Layout, spec: TraySpec, dishes: list[LaidDish], state: int | None, step_mm: float,
    litter: tuple[Litter, ...] = (),
) -> Surface:  # fmt: skip
    """The surface of one state; ``state=None`` is the clean, empty tray."""
    tray = empty_tray(layout, step_mm, spec)
    grid = tray.grid
    zero = np.zeros(grid.shape, np.float32)
    food_mm, residue_mm, cover = zero.copy(), zero.copy(), zero.copy()
    rough, soft = zero + 0.4, zero.copy()
    colour = np.full((*grid.shape, 3), 0.5, np.float32)
    kind, owner = np.zeros(grid.shape, np.uint8), np.zeros(grid.shape, np.uint8)
    names = list(layout.compartments)
    laid = [] if state is None else [(d, *_dish_in_state(tray, d, spec, state)) for d in dishes]
    for _, canvas, left in laid:
        at = canvas.well.window.index
        stronger = left.cover > cover[at]
        cover[at][stronger] = left.cover[stronger]
        colour[at][stronger] = left.colour[stronger]
        rough[at][stronger] = left.rough[stronger]
        residue_mm[at] = np.maximum(residue_mm[at], left.height_mm)
    residue = cover > RESIDUE_COVER
    for dish, canvas, _ in laid:
        at = canvas.well.window.index
        food = canvas.food_mm
        higher = food > food_mm[at]
        food_mm[at][higher] = food[higher]
        kind[at][higher] = BY_NAME[dish.spec.kind].code
        owner[at][higher] = 1 + names.index(dish.spec.compartment)
        colour[at][higher] = canvas.colour[higher]
        rough[at][higher] = canvas.rough[higher]
        soft[at][higher] = canvas.soft[higher]
        cover[at][higher] = 1.0
    colour = _spread(colour, cover, grid.step_mm)
    there = food_mm > 0
    residue &= ~there
    residue_mm[there] = 0.0
    look = tray_look(tray, spec, layout.material)
    slope = look.slope
    if layout.material == "steel":
        slope = slope.copy()
        for dish, canvas, _ in laid:
            bared = dish.served.food_mm - canvas.food_mm
            add_starch_slope(slope, canvas, bared, dish.spec)
    residue_mm = np.maximum(residue_mm, np.where(there, 0, look.water_mm)).astype(np.float32)
    surface = Surface(
        grid, tray.z_mm, food_mm, residue_mm, kind, owner, cover, residue, colour, rough, soft,
        tray.outline_mm, np.zeros(grid.shape, np.uint8), look.colour, look.rough, slope,
    )  # fmt: skip
    for item in litter:
        _throw(surface, tray.wells[item.compartment], item)
    return surface


def _throw(surface: Surface, well: Well, item: Litter) -> None:
    """Lays litter over what is in a well: seen, high, but no food."""
    at = well.window.index
    canvas = Canvas(well, surface.z_mm[at])
    litter_on(canvas, item)
    there = canvas.food_mm > 0
    surface.residue_mm[at][there] = (canvas.top_mm - surface.tray_mm[at])[there]
    surface.litter[at][there] = CODES[item.kind]
    surface.residue[at][there] = False
    surface.cover[at][there] = 1.0
    surface.colour[at][there] = canvas.colour[there]
    surface.rough[at][there] = canvas.rough[there]
    surface.soft[at][there] = 0.0


def _spread(colour: Array, cover: Array, step_mm: float) -> Array:
    """Carries colours a little over their border, so that interpolation there finds no grey."""
    there = (cover > 0.02).astype(np.float32)
    sigma = max(0.8, 1.0 / step_mm)
    weight = cv2.GaussianBlur(there, (0, 0), sigma)[..., None]
    near = cv2.GaussianBlur(colour * there[..., None], (0, 0), sigma) / np.maximum(weight, 1e-4)
    fill = (there[..., None] == 0) & (weight > 1e-3)
    return np.where(fill, near, colour).astype(np.float32)


def compartment_volumes_ml(surface: Surface, layout: Layout) -> dict[str, float]:
    """Volume of food by compartment, exact for the mesh.

    Food of two wells can touch over a partition; each grid vertex belongs to one of them.
    """
    return {
        name: volume_ml(np.where(surface.owner == 1 + i, surface.food_mm, 0), surface.grid.step_mm)
        for i, name in enumerate(layout.compartments)
    }
