"""The regular grid, in tray millimetres, on which all surfaces of a scene are height fields.

One height field carries the tray and everything lying in it. Seen from 35-70 cm above, the
undersides that a height field cannot have are hidden; in exchange the volume of a food is an
exact sum over the mesh, and a ray meets the surface by a plain march over an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout

Array = NDArray[np.float32]

#: How far the grid reaches beyond the tray's outline: the rim's outer skirt is 2-3 mm wide.
GRID_MARGIN_MM = 6.0


@dataclass(frozen=True)
class Grid:
    """Vertices at ``x = x0_mm + column * step_mm``, ``y = y0_mm + row * step_mm``."""

    x0_mm: float
    y0_mm: float
    step_mm: float
    columns: int
    rows: int

    @property
    def shape(self) -> tuple[int, int]:
        """``(rows, columns)``."""
        return self.rows, self.columns

    @cached_property
    def x_mm(self) -> Array:
        """``(columns,) float32``."""
        return (self.x0_mm + self.step_mm * np.arange(self.columns)).astype(np.float32)

    @cached_property
    def y_mm(self) -> Array:
        """``(rows,) float32``."""
        return (self.y0_mm + self.step_mm * np.arange(self.rows)).astype(np.float32)

    def window(self, x_min: float, y_min: float, x_max: float, y_max: float) -> Window:
        """The part of the grid inside a box given in mm (cut at the grid's border)."""
        left = int(np.clip(np.floor((x_min - self.x0_mm) / self.step_mm), 0, self.columns - 2))
        top = int(np.clip(np.floor((y_min - self.y0_mm) / self.step_mm), 0, self.rows - 2))
        right = int(
            np.clip(np.ceil((x_max - self.x0_mm) / self.step_mm) + 1, left + 2, self.columns)
        )
        bottom = int(np.clip(np.ceil((y_max - self.y0_mm) / self.step_mm) + 1, top + 2, self.rows))
        part = Grid(
            self.x0_mm + left * self.step_mm,
            self.y0_mm + top * self.step_mm,
            self.step_mm,
            right - left,
            bottom - top,
        )
        return Window(part, slice(top, bottom), slice(left, right))


@dataclass(frozen=True)
class Window:
    """A rectangular part of a grid: the grid of its own, and where it lies in the whole."""

    grid: Grid
    rows: slice
    columns: slice

    @property
    def index(self) -> tuple[slice, slice]:
        """Index into arrays of the whole grid."""
        return self.rows, self.columns


def grid_of(layout: Layout, step_mm: float) -> Grid:
    """The grid over a whole tray."""
    columns = int(np.ceil((layout.width_mm + 2 * GRID_MARGIN_MM) / step_mm)) + 1
    rows = int(np.ceil((layout.height_mm + 2 * GRID_MARGIN_MM) / step_mm)) + 1
    return Grid(-GRID_MARGIN_MM, -GRID_MARGIN_MM, step_mm, columns, rows)


def volume_ml(height_mm: Array, step_mm: float) -> float:
    """Volume under a height field that is linear on each triangle of the grid's mesh.

    Exact, not an approximation: a triangle's prism has its area times the mean of its three
    heights. Each cell is split along the diagonal from top right to bottom left, as in
    :func:`foodwaste.render.surface.triangles`.
    """
    h = np.asarray(height_mm, np.float64)
    both = h[1:, :-1].sum() + h[:-1, 1:].sum()
    single = h[:-1, :-1].sum() + h[1:, 1:].sum()
    return float((2 * both + single) / 6.0 * step_mm**2 / 1000.0)
