"""Smooth random fields in millimetres, the same at every grid step.

A lattice of normal numbers is interpolated by cubic B-splines. The lattice depends on the
field's extent and cell in mm alone, so a coarse grid samples the same field as a fine one.
"""

from __future__ import annotations

import numpy as np

from foodwaste.render.grid import Array, Grid

#: Standard deviation of a 2-D cubic B-spline sum of unit normals, averaged over the cell.
_SPLINE_STD = 0.479


def _spline_matrix(count: int, first: float, step: float, nodes: int) -> Array:
    """``(count, nodes)`` weights of lattice nodes at positions ``first + i * step`` (in cells)."""
    position = first + step * np.arange(count)
    node = np.floor(position).astype(np.int64)
    t = position - node
    weights = (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )
    matrix = np.zeros((count, nodes), np.float32)
    rows = np.arange(count)
    for shift, weight in enumerate(weights):
        matrix[rows, np.clip(node - 1 + shift, 0, nodes - 1)] += weight
    return matrix


def smooth_noise(
    rng: np.random.Generator, grid: Grid, cell_mm: float, aspect: float = 1.0
) -> Array:
    """``(rows, columns) float32`` field of unit standard deviation and zero mean.

    Args:
        rng: the field's own generator.
        grid: where to sample it.
        cell_mm: spacing of the lattice across y; features are about twice as wide.
        aspect: how much longer features are along x than along y.
    """
    cell_x, cell_y = cell_mm * aspect, cell_mm
    nodes_x = int(np.ceil((grid.columns - 1) * grid.step_mm / cell_x - 1e-6)) + 4
    nodes_y = int(np.ceil((grid.rows - 1) * grid.step_mm / cell_y - 1e-6)) + 4
    lattice = rng.standard_normal((nodes_y, nodes_x)).astype(np.float32)
    across = _spline_matrix(grid.columns, 1.0, grid.step_mm / cell_x, nodes_x)
    down = _spline_matrix(grid.rows, 1.0, grid.step_mm / cell_y, nodes_y)
    return np.asarray((down @ lattice @ across.T) / _SPLINE_STD, np.float32)


def fractal_noise(
    rng: np.random.Generator, grid: Grid, cell_mm: float, octaves: int = 3, gain: float = 0.5
) -> Array:
    """Sum of ``octaves`` fields, each half as wide and ``gain`` times as strong."""
    total = np.zeros(grid.shape, np.float32)
    norm = 0.0
    for octave in range(octaves):
        strength = gain**octave
        total += np.float32(strength) * smooth_noise(rng, grid, cell_mm / 2**octave)
        norm += strength**2
    return total / np.float32(np.sqrt(norm))
