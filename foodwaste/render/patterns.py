"""Colour over a piece's surface, from its base colour and fine noise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from foodwaste.render.grid import Array, Grid
from foodwaste.render.noise import fractal_noise, smooth_noise
from foodwaste.render.seeds import part_rng
from foodwaste.render.shapes import Piece, bumps

_TILE_MM = 160.0
_TILE_SEED = 20210


@lru_cache(maxsize=4)
def _noise_tile(step_mm: float) -> Array:
    count = int(_TILE_MM / step_mm)
    grid = Grid(0.0, 0.0, step_mm, count, count)
    rng = part_rng(_TILE_SEED, "fine")
    fine = smooth_noise(rng, grid, 0.7)
    return np.asarray(0.7 * fine + 0.7 * fractal_noise(rng, grid, 3.0, 2), np.float32)


def fine_noise(shape: tuple[int, int], step_mm: float, phase: tuple[float, float]) -> Array:
    """A cut-out of one fixed noise tile, placed by two angles; about unit deviation."""
    tile = _noise_tile(step_mm)
    room_y, room_x = tile.shape[0] - shape[0], tile.shape[1] - shape[1]
    if room_x <= 0 or room_y <= 0:
        repeat = (-(-shape[0] // tile.shape[0]), -(-shape[1] // tile.shape[1]))
        return np.tile(tile, repeat)[: shape[0], : shape[1]]
    left = int(room_x * phase[0] / (2 * np.pi))
    top = int(room_y * phase[1] / (2 * np.pi))
    return tile[top : top + shape[0], left : left + shape[1]]


def _mix(base: Array, other: object, share: object) -> Array:
    weight = np.clip(np.asarray(share, np.float32), 0, 1)[..., None]
    return base * (1 - weight) + np.asarray(other, np.float32) * weight


def piece_colour(piece: Piece, u: Array, v: Array, thick_mm: Array, step_mm: float) -> Array:
    """``(H, W, 3) float32`` linear reflectance over the piece's window."""
    noise = fine_noise(u.shape, step_mm, piece.phase)
    s, t = 2 * u / piece.length_mm, 2 * v / piece.width_mm
    colour = np.asarray(piece.colour, np.float32)
    base = np.broadcast_to(colour, (*u.shape, 3))
    match piece.pattern:
        case "crumb":
            shade = 0.88 + 0.22 * noise
            base = _mix(base, colour * np.array([1.35, 1.5, 1.7], np.float32), (noise - 0.6) * 0.6)
            base = _mix(base, colour * 0.45, bumps(u, v, 14.0, piece.phase) - 0.55)
        case "stem":
            pale = np.minimum(colour * 1.5 + np.array([0.10, 0.10, 0.04], np.float32), 0.82)
            base = _mix(base, pale, np.exp(-((2.5 * t) ** 2)) * np.clip(0.75 - s, 0, 1))
            base = _mix(base, colour * 0.6, 0.5 * np.clip(bumps(u, v, 9.0, piece.phase), 0, 1))
            shade = 0.95 + 0.10 * noise
        case "layers":
            lines = np.clip(np.sin(2 * np.pi * s * 2.6 + 0.6 * noise), 0.55, 1) - 0.55
            base = _mix(base, colour * np.array([0.72, 0.62, 0.5], np.float32), 1.6 * lines)
            base = _mix(base, (0.10, 0.22, 0.03), (noise - 1.75) * 3)
            base = _mix(base, (0.65, 0.22, 0.03), (-noise - 1.9) * 3)
            shade = 0.97 + 0.05 * noise
        case "fish":
            back = np.clip(1.1 - 2.2 * np.abs(s + 0.25), 0, 1)
            base = _mix(base, colour * 0.25, back * (0.65 + 0.25 * noise))
            base = _mix(base, (0.16, 0.07, 0.02), 0.7 * (bumps(u, v, 26.0, piece.phase) - 0.2))
            shade = 0.95 + 0.13 * noise
        case "rind":
            r = np.sqrt(s * s + t * t)
            base = _mix(base, colour * np.array([0.55, 0.75, 0.45], np.float32), (r - 0.78) * 6)
            shade = 0.98 + 0.06 * noise
        case "sear":
            patch = bumps(u, v, 0.6 * piece.length_mm, piece.phase) + 0.4 * noise
            base = _mix(
                base, colour * np.array([0.45, 0.36, 0.30], np.float32), 0.7 * (patch - 0.2)
            )
            base = _mix(base, np.minimum(colour * 1.5, 0.8), 0.5 * (-patch - 0.5))
            shade = 0.96 + 0.10 * noise
        case "bread":
            high = np.clip(thick_mm / piece.thick_mm, 0, 1)
            base = _mix(base, np.minimum(colour * 1.7, 0.75), 1 - 1.6 * high)
            shade = 1.0 + 0.06 * noise
        case "spots":
            shade = 0.95 + 0.25 * noise
        case "skin" | "plain":
            shade = 1.0 + 0.03 * noise
        case _:
            shade = 0.97 + 0.10 * noise + 0.06 * bumps(u, v, 0.7 * piece.length_mm, piece.phase)
    shaded = base * np.clip(shade, 0.3, 1.6)[..., None]
    return np.asarray(np.clip(shaded, 0.002, 0.93), np.float32)
