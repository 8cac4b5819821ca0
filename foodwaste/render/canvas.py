"""One well's window of the tray while food is laid into it.

A canvas starts as the empty well; heaps, pieces and liquids raise its top. Food is what lies
between the tray and the top.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foodwaste.render.food_kind import Tone
from foodwaste.render.grid import Array, Grid, volume_ml
from foodwaste.render.patterns import piece_colour
from foodwaste.render.shapes import SHAPES, Piece
from foodwaste.render.tray import Well


@dataclass
class Canvas:
    """Arrays over one well's window, all ``(rows, columns)`` float32.

    Attributes:
        tray_mm: the empty tray, mm above the rim plane.
        top_mm: the tray with the food in it.
        colour: ``(rows, columns, 3)`` linear reflectance, meaningful where there is food.
        rough: surface roughness, likewise.
        soft: 0..1, how far shading is flattened, likewise.
        glossy_liquid: bool, a free liquid surface.
    """

    well: Well
    tray_mm: Array
    top_mm: Array = field(init=False)
    colour: Array = field(init=False)
    rough: Array = field(init=False)
    soft: Array = field(init=False)
    liquid: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.clear()
        self._x, self._y = np.meshgrid(self.grid.x_mm, self.grid.y_mm)

    def clear(self) -> None:
        """Takes everything out again."""
        shape = self.tray_mm.shape
        self.top_mm = self.tray_mm.copy()
        self.colour = np.full((*shape, 3), 0.5, np.float32)
        self.rough = np.full(shape, 0.5, np.float32)
        self.soft = np.zeros(shape, np.float32)
        self.liquid = np.zeros(shape, bool)

    @property
    def grid(self) -> Grid:
        """The window's grid."""
        return self.well.window.grid

    @property
    def x_mm(self) -> Array:
        """``(rows, columns)`` position of each vertex."""
        return self._x

    @property
    def y_mm(self) -> Array:
        """``(rows, columns)`` position of each vertex."""
        return self._y

    @property
    def food_mm(self) -> Array:
        """Height of food above the tray."""
        return np.asarray(self.top_mm - self.tray_mm, np.float32)

    @property
    def volume_ml(self) -> float:
        """Volume of the food."""
        return volume_ml(self.food_mm, self.grid.step_mm)

    @property
    def floor_mm(self) -> float:
        """Level of the well's floor (negative: below the rim plane)."""
        return float(np.median(self.tray_mm[self.well.floor_mm > 0]))

    def raise_to(self, surface_mm: Array, colour: Array, rough: float, soft: float) -> None:
        """Raises the top to ``surface_mm`` where that is higher."""
        higher = surface_mm > self.top_mm
        self.top_mm[higher] = surface_mm[higher]
        self.colour[higher] = colour[higher]
        self.rough[higher] = rough
        self.soft[higher] = soft
        self.liquid[higher] = False

    def stamp(
        self, piece: Piece, rough: float, soft: float = 0.0, base_mm: float | None = None
    ) -> None:
        """Lays one piece on what is there (or with its resting plane at ``base_mm``).

        It rests between the mean and the highest point under it (food gives way) and leans as
        the surface under it leans.
        """
        reach = piece.reach_mm
        part = self.grid.window(
            piece.x_mm - reach, piece.y_mm - reach, piece.x_mm + reach, piece.y_mm + reach
        ).index
        x, y = self._x[part] - np.float32(piece.x_mm), self._y[part] - np.float32(piece.y_mm)
        cos, sin = np.float32(np.cos(piece.angle)), np.float32(np.sin(piece.angle))
        u, v = x * cos + y * sin, y * cos - x * sin
        thick = SHAPES[piece.shape](u, v, piece)
        inside = thick > 0
        if not inside.any():
            return
        top = self.top_mm[part]
        under, ui, vi = top[inside], u[inside], v[inside]
        if base_mm is None:
            mean = float(under.mean())
            base = mean + 0.3 * (float(under.max()) - mean)
            lean_u = float((ui * (under - mean)).sum() / ((ui * ui).sum() + 1e-3))
            lean_v = float((vi * (under - mean)).sum() / ((vi * vi).sum() + 1e-3))
            lean_u, lean_v = np.clip((0.75 * lean_u, 0.75 * lean_v), -0.9, 0.9)
        else:
            base, lean_u, lean_v = base_mm, 0.0, 0.0
        z = base + (lean_u + piece.tilt_u) * u + (lean_v + piece.tilt_v) * v + thick
        higher = inside & (z > top)
        if not higher.any():
            return
        colour = piece_colour(piece, u, v, thick, self.grid.step_mm)
        top[higher] = z[higher]
        self.colour[part][higher] = colour[higher]
        self.rough[part][higher] = rough
        self.soft[part][higher] = soft
        self.liquid[part][higher] = False

    def tint(self, weight: Array, tone: Tone, share: float, rough: float | None) -> None:
        """Mixes a colour into the food's surface, by ``weight`` 0..1."""
        w = np.clip(weight, 0, 1)[..., None] * (self.food_mm > 0)[..., None]
        self.colour = self.colour * (1 - w) + pick(tone, share) * w
        if rough is not None:
            self.rough = np.where(w[..., 0] > 0.5, np.float32(rough), self.rough)


def pick(tone: Tone, share: float) -> Array:
    """The colour ``share`` (0..1) of the way through a tone's range."""
    low, high = np.asarray(tone.low, np.float32), np.asarray(tone.high, np.float32)
    return low + np.float32(share) * (high - low)
