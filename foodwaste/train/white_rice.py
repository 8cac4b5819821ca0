"""White rice as it looks in a photograph, laid over rendered dishes; and dishes made pale.

A path tracer of few samples shows cooked rice grey and blurred: real rice is as bright as a white
tray or brighter, grain by grain, in clumps with warm gaps. A network that never saw that takes
the brightest half of a real heap for the tray, and pale vegetables on white ones likewise.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.train.film import noise
from foodwaste.train.stay import Stay

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Tiles to choose from; side of one, mm; pixels of a millimetre while grains are drawn.
_TILES, _SIDE_MM, _FINE = 12, 160, 4
#: Grains: length and width, mm, and layers of them over each other.
_LENGTH_MM, _WIDTH_MM, _LAYERS = (4.0, 7.0), (1.6, 2.5), 3.0
#: Heaps are lumpy: size of the clumps and their height, mm.
_CLUMP_MM, _CLUMP_HEIGHT_MM = (4.0, 12.0), (1.5, 5.0)
#: How much of the light comes from one side, and how dark gaps and hollows are.
_SIDED, _GAP, _HOLLOW = (0.15, 0.5), (0.08, 0.45), (0.15, 0.6)
#: What gaps let through of red, green and blue: powers of their darkness.
_GAP_TINT = np.array([0.85, 1.0, 1.3], np.float32)
#: Grey level of rice: against a moulded tray's rim; on steel, whose rim shows the room.
_AGAINST_RIM, _ON_STEEL = (0.85, 1.2), (130.0, 245.0)
_LEVELS = (90.0, 250.0)
#: Power of the heap's own shading, which light within rice evens out; its detail is left, px.
_SHADING, _SHADING_PX = (0.3, 1.0), 3.0
#: Grains are seen so much larger or smaller than a pixel for a millimetre.
_ZOOM = (0.75, 1.35)
#: How much of the grains' contrast is seen.
_GRAIN = (0.3, 1.0)
#: Share of eaten states whose rice was stirred: other grains lie on top than before.
_STIRRED_SHARE = 0.4
#: Beside this much of the frame lies the tray's middle.
_MARGIN_PX = 24
#: Edges fray by up to so many pixels.
_FRAY_PX = 1.5


@lru_cache(maxsize=_TILES)
def rice_tile(number: int) -> Map:
    """``(160, 160, 3)``, a periodic square of grains at 1 mm a pixel, mean 1: tile ``number``."""
    rng = np.random.default_rng((7301, number))
    n = _SIDE_MM * _FINE
    length, width = rng.uniform(*_LENGTH_MM), rng.uniform(*_WIDTH_MM)
    relief, shade = _grains(n, length * _FINE, width * _FINE, rng)
    clump = _periodic_noise(n, rng.uniform(*_CLUMP_MM) * _FINE, rng)
    relief = relief + np.float32(rng.uniform(*_CLUMP_HEIGHT_MM) * _FINE / 2) * clump
    slope_x = (np.roll(relief, -1, 1) - np.roll(relief, 1, 1)) / 2
    slope_y = (np.roll(relief, -1, 0) - np.roll(relief, 1, 0)) / 2
    turn, up = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.4)
    facing = up - np.cos(turn) * slope_x - np.sin(turn) * slope_y
    facing /= np.sqrt(1.0 + slope_x**2 + slope_y**2) * np.hypot(1.0, up)
    sided = rng.uniform(*_SIDED)
    light = 1.0 - sided + sided * np.clip(facing, 0.0, 1.0) * 1.4
    gap = np.clip((_blurred(relief, 0.6 * length * _FINE) - relief) / (width * _FINE), 0.0, 1.0)
    hollow = np.clip(
        (_blurred(relief, 2.0 * length * _FINE) - relief) / (3 * width * _FINE), 0.0, 1.0
    )
    dark = rng.uniform(*_GAP) * gap + rng.uniform(*_HOLLOW) * hollow
    through = np.clip(1.0 - dark, 0.05, 1.0)[..., None] ** _GAP_TINT
    fine = (light * shade)[..., None] * through
    small = cv2.resize(fine.astype(np.float32), (_SIDE_MM,) * 2, interpolation=cv2.INTER_AREA)
    tile: Map = np.asarray(small / small.mean(), np.float32)
    tile.setflags(write=False)
    return tile


def lay_rice(
    pictures: list[tuple[Rgb, Mask, float]],
    steel: bool,
    rng: np.random.Generator,
    stay: Stay | None = None,
) -> list[Rgb]:
    """Makes one dish white rice in several pictures of it.

    Args:
        pictures: each with the mask ``(H, W)`` of the dish in it and the grey level of the
            tray's rim; as it was served first.
        steel: what the tray is of.
        rng: decides how bright, how grainy, how much of the heap's shading stays.
        stay: what of the surface stayed in all but the first picture; by default all of it.
    """
    shape = pictures[0][0].shape[:2]
    tile = rice_tile(int(rng.integers(_TILES)))
    texture = _cut_out(tile, shape, rng)
    bright = _brightness(pictures[0][2], steel, rng)
    tint = np.array([1.0, 1.0, rng.uniform(0.9, 1.02)], np.float32)
    power, strength = rng.uniform(*_SHADING), np.float32(rng.uniform(0.85, 1.0))
    grain = np.float32(rng.uniform(*_GRAIN))
    laid = []
    for index, (rgb, mask, rim) in enumerate(pictures):
        if not mask.any():
            laid.append(rgb)
            continue
        if index and rng.random() < _STIRRED_SHARE:
            texture = _cut_out(tile, shape, rng)
        elif index and stay is not None:
            texture = stay.surface(texture, _cut_out(tile, shape, rng))
        own = rgb.astype(np.float32)
        shading = _shading(own.mean(axis=2), mask) ** np.float32(power)
        level = float(np.clip(bright * rim, *_LEVELS))
        rice = level * tint * shading[..., None] * (1.0 + grain * (texture - 1.0))
        cover = _frayed(mask, rng)[..., None] * strength
        laid.append(np.clip(own + cover * (rice - own), 0, 255).astype(np.uint8))
    return laid


def pale(
    pictures: list[tuple[Rgb, Mask, float]],
    steel: bool,
    rng: np.random.Generator,
    stay: Stay | None = None,
) -> list[Rgb]:
    """Bleaches one dish in several pictures of it: sprouts, radish, cabbage, noodles.

    Args:
        pictures: each with the mask ``(H, W)`` of the dish in it and the grey level of the
            tray's rim, which the dish becomes about as bright as.
        steel: what the tray is of.
        rng: decides how pale, and of what tint.
        stay: makes no difference, each picture's own texture is kept.
    """
    del stay
    bright = 0.9 * _brightness(pictures[0][2], steel, rng)
    saturation = np.float32(rng.uniform(0.05, 0.5))
    contrast = np.float32(rng.uniform(0.4, 1.0))
    tint = np.array([1.0, rng.uniform(0.97, 1.0), rng.uniform(0.82, 1.0)], np.float32)
    done = []
    for rgb, mask, rim in pictures:
        if not mask.any():
            done.append(rgb)
            continue
        own = rgb.astype(np.float32)
        grey = own.mean(axis=2, keepdims=True)
        mean = max(float(grey[mask].mean()), 8.0)
        level = float(np.clip(bright * rim, *_LEVELS))
        bleached = level * (1.0 + contrast * (grey / mean - 1.0)) * tint
        bleached = bleached + saturation * (own - grey)
        cover = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)[..., None]
        done.append(np.clip(own + cover * (bleached - own), 0, 255).astype(np.uint8))
    return done


def _brightness(rim: float, steel: bool, rng: np.random.Generator) -> float:
    """How many times as bright as the rim rice is."""
    return float(rng.uniform(*_ON_STEEL) / max(rim, 1.0) if steel else rng.uniform(*_AGAINST_RIM))


def rim_level(rgb: Rgb, wells: NDArray[np.uint8]) -> float:
    """Grey level of the tray beside its wells; the frame's outermost part may show the table."""
    inner = slice(_MARGIN_PX, -_MARGIN_PX)
    beside = wells[inner, inner] == 0
    return float(np.quantile(rgb[inner, inner].mean(axis=2)[beside], 0.7))


def _grains(n: int, length: float, width: float, rng: np.random.Generator) -> tuple[Map, Map]:
    """Relief and shade ``(n, n)`` of grains lying over each other, periodic."""
    relief, shade = np.zeros((n, n), np.float32), np.ones((n, n), np.float32)
    reach = int(np.ceil(0.6 * length))
    offset = np.arange(-reach, reach + 1)
    y, x = np.meshgrid(offset, offset, indexing="ij")
    for _ in range(int(_LAYERS * n * n / (length * width))):
        turn, long, wide = rng.uniform(0, np.pi), *rng.uniform(0.8, 1.15, 2)
        u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        r = (2 * u / (length * long)) ** 2 + (2 * v / (width * wide)) ** 2
        row, column = rng.integers(0, n, 2)
        index = np.ix_((row + offset) % n, (column + offset) % n)
        old = relief[index]
        z = width * np.sqrt(np.clip(1.0 - r, 0.0, 1.0)) + 0.3 * float(old.mean())
        z += rng.uniform(-0.3, 0.3) * u
        higher = (r < 1.0) & (z > old)
        relief[index] = np.where(higher, z, old)
        shade[index] = np.where(higher, rng.uniform(0.93, 1.05), shade[index])
    return relief, shade


def _periodic_noise(n: int, size: float, rng: np.random.Generator) -> Map:
    field = _blurred(rng.normal(size=(n, n)).astype(np.float32), size)
    return np.asarray(field / field.std(), np.float32)


def _blurred(field: Map, sigma: float) -> Map:
    """A Gaussian blur that goes round the edges. Coarsened first: kernels are wide."""
    n = field.shape[0]
    step = max(1, int(sigma / 4))
    while n % step:
        step -= 1
    small = cv2.resize(field, (n // step, n // step), interpolation=cv2.INTER_AREA)
    pad = min(int(4 * sigma / step) + 1, small.shape[0])
    around = np.pad(small, pad, mode="wrap")
    soft = cv2.GaussianBlur(around, (0, 0), sigma / step)[pad:-pad, pad:-pad]
    return np.asarray(cv2.resize(soft, (n, n), interpolation=cv2.INTER_LINEAR), np.float32)


def _cut_out(tile: Map, shape: tuple[int, ...], rng: np.random.Generator) -> Map:
    """A picture's worth of the tile, turned, zoomed and from a random place."""
    turn, zoom = rng.uniform(0, 2 * np.pi), rng.uniform(*_ZOOM)
    cos, sin = np.cos(turn) / zoom, np.sin(turn) / zoom
    move = np.array([[cos, -sin, rng.uniform(0, _SIDE_MM)], [sin, cos, rng.uniform(0, _SIDE_MM)]])
    seen = cv2.warpAffine(
        tile,
        move,
        (shape[1], shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.asarray(seen, np.float32)


def _shading(grey: Map, mask: Mask) -> Map:
    """How bright each part of the dish is against the dish's mean; 1 beside it."""
    weight = mask.astype(np.float32)
    seen = cv2.GaussianBlur(grey * weight, (0, 0), _SHADING_PX)
    seen /= cv2.GaussianBlur(weight, (0, 0), _SHADING_PX) + 1e-3
    mean = max(float(grey[mask].mean()), 4.0)
    return np.asarray(np.where(mask, np.clip(seen / mean, 0.3, 1.6), 1.0), np.float32)


def _frayed(mask: Mask, rng: np.random.Generator) -> Map:
    """The mask ``(H, W)`` 0..1 with an edge of grains."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    edge = inside - outside + np.float32(rng.uniform(0, _FRAY_PX)) * noise(mask.shape, 2.0, rng)
    return np.asarray(np.clip(edge + 0.5, 0.0, 1.0), np.float32)
