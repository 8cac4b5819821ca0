"""The texture of grain heaps: one periodic tile of grains per food, cut and turned at will.

Grains are seen by the gaps between them, where less light gets in and what comes out is warmer.
No path tracer at a few samples shows gaps a millimetre wide, so they are part of the colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from foodwaste.render.food_kind import FoodKind
from foodwaste.render.food_table import BY_CODE
from foodwaste.render.grid import Array
from foodwaste.render.seeds import part_rng

#: Side of a tile.
TILE_MM = 72.0
#: Layers of grains laid over each other: fewer leave holes, more change nothing visible.
_LAYERS = 4.0
VARIANTS = 3
#: How much darker the deepest gaps are, and by channel: short waves come back least.
_GAP_DEPTH = (0.15, 0.75)
_GAP_COLOUR = np.array([0.85, 1.0, 1.2], np.float32)


@dataclass(frozen=True)
class GrainTile:
    """Periodic square of grains: ``relief_mm`` (n, n) and ``colour`` (n, n, 3) linear.

    ``gap`` (n, n) is 0 on top of the grains and 1 deep between them.
    """

    step_mm: float
    relief_mm: Array
    colour: Array
    gap: Array


@lru_cache(maxsize=32)
def _tile(code: int, variant: int, step_mm: float) -> GrainTile:
    food = BY_CODE[code]
    rng = part_rng(7100 + code, "grains", variant)
    # Never coarser than 0.5 mm: the coarse grid then samples the same grains as the fine one.
    fine = min(step_mm, 0.5)
    n = round(TILE_MM / fine)
    relief = np.zeros((n, n), np.float32)
    mean = sum(t.share * (np.asarray(t.low) + np.asarray(t.high)) / 2 for t in food.tones)
    mean = mean / sum(t.share for t in food.tones)
    colour = np.broadcast_to(np.asarray(mean, np.float32), (n, n, 3)).copy()
    length, width = food.grain_mm
    count = int(_LAYERS * TILE_MM**2 / (length * width))
    shares = np.array([tone.share for tone in food.tones])
    tones = rng.choice(len(food.tones), size=count, p=shares / shares.sum())
    reach = int(np.ceil(0.62 * length / fine))
    offset = np.arange(-reach, reach + 1)
    v0, u0 = np.meshgrid(offset * fine, offset * fine, indexing="ij")
    places = rng.uniform(0, n, (count, 2))
    angles = rng.uniform(0, np.pi, count)
    sizes = rng.uniform(0.8, 1.15, (count, 2))
    lifts = rng.uniform(-0.35, 0.35, (count, 2))
    shades = rng.uniform(0, 1, (count, 2))
    for i in range(count):
        cos, sin = np.cos(angles[i]), np.sin(angles[i])
        u, v = u0 * cos + v0 * sin, v0 * cos - u0 * sin
        a, b = length / 2 * sizes[i, 0], width / 2 * sizes[i, 1]
        r = (u / a) ** 2 + (v / b) ** 2
        inside = r < 1
        rows = (int(places[i, 0]) + offset) % n
        columns = (int(places[i, 1]) + offset) % n
        index = np.ix_(rows, columns)
        old = relief[index]
        z = width * np.sqrt(np.clip(1 - r, 0, 1)) + lifts[i, 0] * u + 0.25 * old.mean()
        higher = inside & (z > old)
        patch = colour[index]
        tone = food.tones[tones[i]]
        low, high = np.asarray(tone.low), np.asarray(tone.high)
        shade = (low + shades[i, 0] * (high - low)) * (0.96 + 0.07 * shades[i, 1])
        patch[higher] = shade
        colour[index] = patch
        relief[index] = np.where(higher, z, old)
    # Gaps between grains are filled by softer food below: no hole is deeper than half a grain.
    relief = np.maximum(relief, float(np.quantile(relief, 0.5)) - 0.5 * width)
    tiled = np.tile(relief, (3, 3))
    around = cv2.GaussianBlur(tiled, (0, 0), 0.7 * length / fine)[n : 2 * n, n : 2 * n]
    gap = np.clip((around - relief) / width + 0.15, 0.0, 1.0)
    return GrainTile(fine, relief - relief.mean(), np.clip(colour, 0.003, 0.93), gap)


def grain_texture(
    food: FoodKind, seed: int, x_mm: Array, y_mm: Array, step_mm: float
) -> tuple[Array, Array]:
    """Relief in mm (zero mean) and linear colour of a food's grains at the given places."""
    rng = part_rng(seed, "grain texture")
    tile = _tile(food.code, int(rng.integers(VARIANTS)), step_mm)
    angle, dx, dy = rng.uniform(0, 2 * np.pi), *rng.uniform(0, TILE_MM, 2)
    cos, sin = np.cos(angle), np.sin(angle)
    size = tile.relief_mm.shape[0]
    map_x = np.asarray(((x_mm * cos + y_mm * sin + dx) / tile.step_mm) % size, np.float32)
    map_y = np.asarray(((y_mm * cos - x_mm * sin + dy) / tile.step_mm) % size, np.float32)
    relief = cv2.remap(tile.relief_mm, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    colour = cv2.remap(tile.colour, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    gap = cv2.remap(tile.gap, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    # Steamed soft, grains run together; dry and loose, every gap shows.
    depth = part_rng(seed, "grain gaps").uniform(*_GAP_DEPTH)
    return relief, colour * (1.0 - depth * gap[..., None] * _GAP_COLOUR)
