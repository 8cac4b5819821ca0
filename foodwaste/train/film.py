"""What bare floors look like where food was: films of starch and sauce, and the room's light.

Rendered wells are eaten cleaner than real ones and their steel mirrors less: a network that never
saw starch or a bright, streaked floor takes it for rice as high as it was served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Wells with less bare floor than this, or that were served less, stay as they are, px.
_LEAST_PX = 150
#: Coarsest and finest blot, px.
_BLOTS_PX = (3.0, 14.0)
_OPACITY = (0.15, 0.75)
#: A floor is what lies at least this share of the well's depth below its rim.
_FLOOR_DEPTH = 0.88
#: Grey level, opacity, and grey levels from one side to the other, of light on a floor.
_LIGHT, _LIGHT_OPACITY, _LIGHT_SLOPE = (80.0, 255.0), (0.3, 0.95), 50.0
#: Floors lit just about as bright as the food beside them.
_AS_BRIGHT_SHARE = 0.6
#: Spread of streaks and of dried starch at most, grey levels.
_STREAKS, _CRINKLES = 14.0, 24.0


@dataclass(frozen=True)
class Film:
    """A picture with films in it, and how much of each pixel they cover, ``(H, W)`` 0..1."""

    rgb: Rgb
    opacity: Map


def smear(
    rgb: Rgb,
    served_rgb: Rgb,
    wells: NDArray[np.uint8],
    food: Mask,
    served_food: Mask,
    rng: np.random.Generator,
) -> Film:
    """Smears what was served over the floor that is bare by now, in about half of the wells.

    Args:
        rgb: ``(H, W, 3)``, the eaten tray.
        served_rgb: ``(H, W, 3)``, the same tray as served: where the films' colours are from.
        wells: ``(H, W)``, number of the well, 0 beside them.
        food: ``(H, W)``, where there still is food.
        served_food: ``(H, W)``, where there was some.
        rng: decides where, how thick and how blotched.
    """
    opacity = np.zeros(rgb.shape[:2], np.float32)
    out = rgb.astype(np.float32)
    for was, bare in emptied(wells, food, served_food, rng):
        blots = noise(rgb.shape[:2], rng.uniform(*_BLOTS_PX), rng)
        cover = np.clip(1.5 * (blots - rng.uniform(-0.8, 0.8)), 0.0, 1.0)
        reach = cv2.GaussianBlur(was.astype(np.float32), (0, 0), 3.0) * bare
        film = cover * reach * np.float32(rng.uniform(*_OPACITY))
        # A film has the dish's colour, paler or darker, and a grain of its own.
        colour = np.median(served_rgb[was], axis=0).astype(np.float32) * rng.uniform(0.85, 1.1)
        grain = 1.0 + 0.06 * noise(rgb.shape[:2], 1.0, rng)
        out += film[..., None] * (colour * grain[..., None] - out)
        opacity = np.maximum(opacity, film)
    return Film(np.clip(out, 0, 255).astype(np.uint8), opacity)


def shine(
    rgb: Rgb,
    wells: NDArray[np.uint8],
    surface_mm: NDArray[np.floating],
    food: Mask,
    rng: np.random.Generator,
) -> Film:
    """Lays light over the bare steel floors of about half of the wells: flat, sharp, streaked.

    Floors lie level and mirror one part of the room, which the walls around them do not: a bright
    rectangle with an edge, as rice has.

    Args:
        rgb: ``(H, W, 3)``.
        wells: ``(H, W)``, number of the well, 0 beside them.
        surface_mm: ``(H, W)``, the empty tray over its rim plane, negative in wells.
        food: ``(H, W)``, where there is food.
        rng: decides where and how bright.
    """
    opacity = np.zeros(rgb.shape[:2], np.float32)
    out = rgb.astype(np.float32)
    rows, columns = np.mgrid[-1 : 1 : rgb.shape[0] * 1j, -1 : 1 : rgb.shape[1] * 1j]
    for number in range(1, int(wells.max()) + 1):
        well = wells == number
        if rng.random() < 0.5 or not well.any():
            continue
        floor = well & (surface_mm < _FLOOR_DEPTH * float(surface_mm[well].min()))
        if (floor & ~food).sum() < _LEAST_PX:
            continue
        turn = rng.uniform(0, 2 * np.pi)
        slope = np.cos(turn) * columns + np.sin(turn) * rows
        level = rng.uniform(*_LIGHT)
        left = well & food
        if left.sum() >= _LEAST_PX and rng.random() < _AS_BRIGHT_SHARE:
            # Brightness must not be what tells rice from the floor beside it.
            level = float(np.median(rgb[left].mean(axis=1))) * rng.uniform(0.8, 1.25)
        light = level + rng.uniform(0, _LIGHT_SLOPE) * slope
        light += rng.uniform(0, _STREAKS) * streaks(rgb.shape[:2], rng)
        # Starch dries crinkled, as rough to see as rice.
        if rng.random() < 0.6:
            light += rng.uniform(0, _CRINKLES) * noise(rgb.shape[:2], rng.uniform(1.0, 2.2), rng)
        tint = rng.normal(1.0, 0.03, 3).astype(np.float32)
        cover = cv2.GaussianBlur(floor.astype(np.float32), (0, 0), 0.7) * ~food
        cover *= np.float32(rng.uniform(*_LIGHT_OPACITY))
        out += cover[..., None] * (light[..., None].astype(np.float32) * tint - out)
        opacity = np.maximum(opacity, cover)
    return Film(np.clip(out, 0, 255).astype(np.uint8), opacity)


def mistaken(probability: NDArray[np.uint8], film: Map, rng: np.random.Generator) -> Map:
    """The colours' probability of food, ``(H, W)`` 0..255, as a film would have raised it."""
    raised = 255.0 * np.float32(rng.uniform(0.3, 1.2)) * np.sqrt(film)
    return np.maximum(probability.astype(np.float32), np.minimum(raised, 255.0))


def emptied(
    wells: NDArray[np.uint8], food: Mask, served_food: Mask, rng: np.random.Generator
) -> Iterator[tuple[Mask, Mask]]:
    """About half of the wells with enough floor bare by now: where food was, what is bare."""
    for number in range(1, int(wells.max()) + 1):
        was = (wells == number) & served_food
        bare = (wells == number) & ~food
        if rng.random() >= 0.5 and (bare & was).sum() >= _LEAST_PX:
            yield was, bare


def streaks(shape: tuple[int, int], rng: np.random.Generator) -> Map:
    """Noise drawn out along rows or columns, as a floor was brushed or wiped."""
    across = rng.uniform(1.5, 4.0)
    stretched = (shape[0], max(2, round(shape[1] / 8)))
    if rng.random() < 0.5:
        stretched = (max(2, round(shape[0] / 8)), shape[1])
    drawn: Map = cv2.resize(noise(stretched, across, rng), shape[::-1]).astype(np.float32)
    return drawn


def noise(shape: tuple[int, int], size_px: float, rng: np.random.Generator) -> Map:
    """Smooth noise of mean 0 and spread 1 with blots of about this size."""
    small = (max(2, round(shape[0] / size_px)), max(2, round(shape[1] / size_px)))
    field = rng.normal(size=small).astype(np.float32)
    field = cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC)
    spread: Map = np.asarray((field - field.mean()) / (field.std() + 1e-6), np.float32)
    return spread
