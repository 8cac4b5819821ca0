"""Napkins and wrappers thrown on what is left: food goes on under them.

Rendered trays have one in a well now and then, on every twentieth dish. What lies under it can
only be told from what was served and from what shows beside it, and that is to be learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.train.film import noise

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Share of covers that are napkins; others are wrappers, of any colour.
_NAPKIN_SHARE = 0.7
#: Folds of either: how many, their half length and half width, pixels of about a millimetre.
_NAPKIN, _WRAPPER = (4, 9), (1, 4)
_LONG_PX, _WIDE_PX = (12.0, 24.0), (8.0, 17.0)
#: How far folds lie about where the cover was thrown, and that beside the dish's middle.
_ABOUT_PX, _BESIDE_PX = 8.0, 8.0
#: Brightness of paper against the tray's rim, and the levels it is kept to.
_AGAINST_RIM, _LEVELS = (0.65, 1.35), (70.0, 250.0)
#: How differently folds face the light, and how much a fold varies.
_FACING, _CREASED = 0.14, 0.06
#: How much darker a fold's edge is, and how wide; how dark the shadow is, and how far it falls.
_EDGE, _EDGE_PX = 0.25, 1.5
_SHADOW, _SHADOW_PX = (0.2, 0.6), 4


@dataclass(frozen=True)
class Covered:
    """A picture with a cover on a dish, and where that hides what is below, ``(H, W)``."""

    rgb: Rgb
    mask: Mask


def cover(rgb: Rgb, food: Mask, rim: float, rng: np.random.Generator) -> Covered:
    """Throws a napkin or a wrapper on a dish.

    Args:
        rgb: ``(H, W, 3)``.
        food: ``(H, W)``, where the dish is seen; somewhere.
        rim: grey level of the tray's rim.
        rng: decides on everything.
    """
    shape = food.shape
    rows, columns = np.nonzero(food)
    x, y = float(np.median(columns)), float(np.median(rows))
    x, y = (each + rng.normal(0, _BESIDE_PX) for each in (x, y))
    napkin = rng.random() < _NAPKIN_SHARE
    colour = np.clip(rim * rng.uniform(*_AGAINST_RIM), *_LEVELS) * _tint(napkin, rng)
    folds = int(rng.integers(*(_NAPKIN if napkin else _WRAPPER)))
    level = np.zeros(shape, np.float32)
    for _ in range(folds):
        fold = _fold((x, y), shape, rng)
        inside = fold > 0
        # A fold is seen by the dark line along its edge and by how it faces the light.
        edge = _EDGE * np.exp(-fold[inside] / _EDGE_PX)
        level[inside] = 1.0 + _FACING * rng.normal() - edge
    mask = level > 0
    level = level * (1.0 + _CREASED * noise(shape, rng.uniform(2.0, 6.0), rng))
    drawn = np.asarray(rgb, np.float32)
    drawn = drawn * (1.0 - _shadow(mask, rng))[..., None]
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.6)[..., None]
    drawn = drawn + soft * (np.maximum(level, 0.5)[..., None] * colour - drawn)
    return Covered(np.clip(drawn, 0, 255).astype(np.uint8), mask)


def _tint(napkin: bool, rng: np.random.Generator) -> Map:
    tint = rng.uniform(0.96, 1.0, 3) if napkin else rng.uniform(0.1, 1.0, 3)
    return np.asarray(tint, np.float32)


def _fold(at: tuple[float, float], shape: tuple[int, ...], rng: np.random.Generator) -> Map:
    """How far within one fold each pixel lies, in pixels; not above 0 beside it."""
    x, y = (each + rng.normal(0, _ABOUT_PX) for each in at)
    turn, power = rng.uniform(0, 2 * np.pi), rng.uniform(1.6, 4.0)
    long, wide = rng.uniform(*_LONG_PX), rng.uniform(*_WIDE_PX)
    down, right = np.ogrid[: shape[0], : shape[1]]
    u = ((right - x) * np.cos(turn) + (down - y) * np.sin(turn)) / long
    v = ((down - y) * np.cos(turn) - (right - x) * np.sin(turn)) / wide
    ruffle = 1.0 + 0.12 * np.sin(rng.integers(2, 6) * np.arctan2(v, u) + turn)
    reach = (np.abs(u) ** power + np.abs(v) ** power) ** (1.0 / power) * ruffle
    return np.asarray((1.0 - reach) * wide, np.float32)


def _shadow(mask: Mask, rng: np.random.Generator) -> Map:
    right, down = (int(each) for each in rng.integers(-_SHADOW_PX, _SHADOW_PX + 1, 2))
    move = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = cv2.warpAffine(mask.astype(np.float32), move, mask.shape[::-1])
    dark = cv2.GaussianBlur(moved, (0, 0), _SHADOW_PX) * rng.uniform(*_SHADOW)
    return np.asarray(dark, np.float32)
