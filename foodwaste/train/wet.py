"""Liquids as they are in a real well: they mirror the room, climb the wall and leave it wet.

Rendered broth is matt to its very edge, paler there if anything. A real one shows lamps and windows
as patches that end a millimetre or two before it does, has a bright line and a dark one where it
meets the steel, and a film above from when it stood higher. A network that saw rendered ones only
takes that millimetre for film, and of a half-full well it is a fifth of the soup.
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

#: A liquid that covers fewer pixels than this is a puddle and stays as it is.
_LEAST_PX = 200
#: What rises so far above the level is a piece and not wet, mm. Over far walls, where a ray meets
#: the wall beyond the liquid, the truth is 2 mm higher.
_PIECE_MM = 3.0
#: Width of the edge that climbs the wall, px (1 mm each); mirrored patches end before it.
_EDGE_PX = (0.8, 3.5)
#: How much wider it is at most where it mirrors the wall and not the room.
_WALL_MIRRORED = 1.5
#: How dark and how opaque that edge is.
_EDGE_DARK, _EDGE_OPACITY = (0.4, 1.1), (0.2, 0.9)
#: Share of soups whose fat gathers there, and how much deeper in colour it is at most.
_FAT_SHARE, _FAT_DEEPENS = 0.5, 1.3
#: Opacity at most of the bright line inside the edge and of the dark one where it ends.
_BRIGHT_LINE, _DARK_LINE = 0.9, 0.6
#: Mirrored patches at most, their size as shares of the well's, opacity and softness, px.
_PATCHES, _PATCH_SIZE, _PATCH_OPACITY, _PATCH_SOFT = 3, (0.08, 0.6), (0.2, 0.95), (0.15, 0.8)
#: How far waves bend the edge of a patch at most.
_WAVES = 1.2
#: Opacity at most of the sky over all of the surface.
_SKY_OPACITY = 0.4
#: Opacity and reach above the level, mm, of the film on the walls.
_FILM_OPACITY, _FILM_MM = (0.1, 0.95), (1.0, 12.0)


@dataclass(frozen=True)
class Liquid:
    """Where a liquid is in one picture.

    Attributes:
        surface: ``(H, W)``, under its level, pieces and what lies on it included.
        open: ``(H, W)``, where the liquid itself is seen.
        above_mm: ``(H, W)``, height of the well's wall over the level, negative under it.
        well: ``(H, W)``.
    """

    surface: Mask
    open: Mask
    above_mm: Map
    well: Mask


def liquid_in(
    height_mm: NDArray[np.floating], surface_mm: NDArray[np.floating], food: Mask, well: Mask
) -> Liquid | None:
    """Finds the level of a well's liquid; ``None`` where there is hardly any.

    Args:
        height_mm: ``(H, W)``, of the food above the empty tray.
        surface_mm: ``(H, W)``, the empty tray over its rim plane.
        food: ``(H, W)``, where food is seen.
        well: ``(H, W)``.
    """
    seen = food & well
    if seen.sum() < _LEAST_PX:
        return None
    top = surface_mm.astype(np.float32) + height_mm.astype(np.float32)
    level = float(np.median(top[seen]))
    surface = well & (surface_mm < level)
    return Liquid(
        surface=surface,
        open=surface & seen & (top < level + _PIECE_MM),
        above_mm=np.asarray(surface_mm.astype(np.float32) - level, np.float32),
        well=well,
    )


def wet(rgb: Rgb, liquid: Liquid, film: bool, rng: np.random.Generator) -> Rgb:
    """Draws what a liquid mirrors, its edge and, where it stood higher, the film above it.

    Args:
        rgb: ``(H, W, 3)``.
        liquid: where it is.
        film: whether the wall above it is wet.
        rng: decides how.
    """
    if liquid.open.sum() < _LEAST_PX:
        return rgb
    box = _box_around(liquid.well)
    out = rgb[box].astype(np.float32)
    seen = np.asarray(liquid.open[box], np.float32)
    inside = cv2.distanceTransform(liquid.surface[box].astype(np.uint8), cv2.DIST_L2, 5)
    colour = np.median(rgb[liquid.open], axis=0).astype(np.float32)
    film_colour = colour * rng.uniform(0.6, 1.15)
    # Colour alone must not be what tells the edge from the film above it.
    edge_colour = film_colour if rng.random() < 0.5 else colour * rng.uniform(*_EDGE_DARK)
    if rng.random() < _FAT_SHARE:
        edge_colour = edge_colour * (colour / max(colour.max(), 1.0)) ** rng.uniform(
            0, _FAT_DEEPENS
        )
    narrowest = rng.uniform(*_EDGE_PX)
    edge_px = narrowest * (1.0 + rng.uniform(0, _WALL_MIRRORED) * _facing(inside, rng))
    mirrors = seen * _step(inside - edge_px, 0.6)

    def lay(cover: Map, what: NDArray[np.floating]) -> None:
        out[...] += cover[..., None] * (np.asarray(what, np.float32) - out)

    if film:
        above = np.asarray(liquid.above_mm[box], np.float32)
        falls = np.exp(-np.maximum(above, 0) / rng.uniform(*_FILM_MM))
        blots = 1.0 + rng.uniform(0, 0.4) * noise(inside.shape, float(rng.uniform(2.0, 12.0)), rng)
        cover = np.clip(falls * blots, 0, 1) * (above > 0) * liquid.well[box]
        lay(cover * np.float32(rng.uniform(*_FILM_OPACITY)), film_colour)
    lamp = np.clip(rng.uniform(170, 255) * rng.normal(1.0, 0.04, 3), 0, 255)
    lay(mirrors * _sky(inside.shape, rng), lamp)
    for _ in range(int(rng.integers(0, _PATCHES + 1))):
        lay(mirrors * _patch(liquid.surface[box], rng), lamp)
    edge = seen * (1.0 - _step(inside - edge_px, 0.5 * narrowest))
    lay(edge * np.float32(rng.uniform(*_EDGE_OPACITY)), edge_colour)
    line = np.exp(-(((inside - edge_px) / rng.uniform(0.5, 1.0)) ** 2)) * seen
    line *= _facing(inside, rng)
    lay(line * np.float32(rng.uniform(0, _BRIGHT_LINE)), lamp)
    rim = np.exp(-(((inside - 0.7) / 0.7) ** 2)) * seen
    lay(rim * np.float32(rng.uniform(0, _DARK_LINE)), colour * rng.uniform(0.3, 0.8))
    wetted = rgb.copy()
    wetted[box] = np.clip(np.rint(out), 0, 255).astype(np.uint8)
    return wetted


def _box_around(mask: Mask) -> tuple[slice, slice]:
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return slice(y, y + height), slice(x, x + width)


def _step(values: Map, soft: float) -> Map:
    """From 0 to 1 around 0."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values / (0.4 * soft), -30, 30))), np.float32)


def _sky(shape: tuple[int, ...], rng: np.random.Generator) -> Map:
    """A brightness that changes evenly from one side of a well to the other."""
    turn = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    slope = 0.5 + 0.35 * (np.cos(turn) * columns + np.sin(turn) * rows)
    return np.asarray(rng.uniform(0, _SKY_OPACITY) ** 1.5 * np.clip(slope, 0, 1), np.float32)


def _patch(surface: Mask, rng: np.random.Generator) -> Map:
    """A lamp's or a window's opacity: a turned rectangle with a wavy, more or less soft edge."""
    ys, xs = np.nonzero(surface)
    size = float(np.sqrt(surface.sum()))
    at = int(rng.integers(len(ys)))
    sides = size * rng.uniform(*_PATCH_SIZE, 2)
    corners = cv2.boxPoints(((float(xs[at]), float(ys[at])), tuple(sides), rng.uniform(0, 180)))
    drawn = np.zeros(surface.shape, np.float32)
    cv2.fillConvexPoly(drawn, np.rint(corners).astype(np.int32), 1.0)
    # Waves bend the edge and leave alone what is far from it.
    blurred = cv2.GaussianBlur(drawn, (0, 0), float(rng.uniform(0.8, 3.5)))
    waves = noise(surface.shape, float(rng.uniform(2.5, 8.0)), rng) * blurred * (1.0 - blurred)
    soft = blurred + rng.uniform(0, _WAVES) * waves
    cover = np.clip((soft - 0.5) / rng.uniform(*_PATCH_SOFT) + 0.5, 0, 1)
    return np.asarray(cover * rng.uniform(*_PATCH_OPACITY), np.float32)


def _facing(inside: Map, rng: np.random.Generator) -> Map:
    """How far each stretch of the edge faces one side, a lamp's or the camera's, 0 to 1."""
    smooth = cv2.GaussianBlur(inside, (0, 0), 3.0)
    across = [cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)]
    turn = rng.uniform(0, 2 * np.pi)
    towards = np.cos(turn) * across[0] + np.sin(turn) * across[1]
    length = np.hypot(*across) + 1e-3
    return np.asarray(np.clip(towards / length + rng.uniform(-0.5, 0.5), 0, 1), np.float32)
