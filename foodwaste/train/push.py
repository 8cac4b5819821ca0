"""Dishes turned and pushed about, and not eaten.

In rendered meals whatever lies otherwise than it was served has been eaten from as well, and a
network that compares takes the one for the other. Real plates are turned, and children push their
beans about: the whole dish at once, or stirred, piece by piece.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.train.cut import beside_the_heap
from foodwaste.train.film import noise

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Dishes that cover less stay where they are, px.
_LEAST_PX = 300
#: Ways that are tried until one leaves the dish in its well: this share of it, with its volume
#: kept to this range (on a deeper floor it would hold more).
_TRIES, _INSIDE, _VOLUME = 10, 0.94, (0.8, 1.08)
#: Share of dishes that are turned anyhow; others by this spread, degrees; spread of the way, px.
_ANYHOW_SHARE, _TURN_DEG, _WAY_PX = 0.5, 15.0, 4.0
#: Share of dishes that are seen in a mirror: stirred, other pieces lie on top.
_MIRRORED_SHARE = 0.3
#: A stirred dish comes apart into so many pieces, at least and at most; each is turned by this
#: spread, degrees, and pushed by this one, px; so much of them may come to lie over each other.
_PIECES, _PIECE_TURN_DEG, _PIECE_WAY_PX, _OVER = (2, 6), 25.0, 6.0, 0.15
#: How ragged the pieces' edges are, px, and in blots of what size.
_RAGGED, _RAGGED_PX = 2.5, 6.0
#: How softly the dish ends, px.
_EDGE_PX = 0.7
#: The empty picture is made so much brighter or darker at most.
_GAIN = (0.6, 1.6)


@dataclass(frozen=True)
class Pushed:
    """A picture with pushed dishes, its truth, and the wells in which they lie otherwise.

    ``rgb`` ``(H, W, 3)``, ``height_mm`` ``(H, W)``, ``food`` ``(H, W)`` in these wells, ``moved``
    ``(H, W)``, all of these wells.
    """

    rgb: Rgb
    height_mm: Map
    food: Mask
    moved: Mask


def push(
    rgb: Rgb,
    height_mm: NDArray[np.floating],
    food: Mask,
    wells: NDArray[np.uint8],
    surface_mm: NDArray[np.floating],
    empty_rgb: Rgb,
    numbers: list[int],
    rng: np.random.Generator,
    *,
    stirred: float = 0.0,
) -> Pushed:
    """Turns and pushes the dishes in some wells, as far as they stay in them.

    Args:
        rgb: ``(H, W, 3)``, a tray with food.
        height_mm: ``(H, W)``, its food's height, 0 where there is none.
        food: ``(H, W)``, where food is seen.
        wells: ``(H, W)``, number of the well, 0 beside them.
        surface_mm: ``(H, W)``, height of the empty tray in this picture.
        empty_rgb: ``(H, W, 3)``, an empty tray of the same layout.
        numbers: the wells.
        rng: decides where to.
        stirred: share of the dishes that come apart, each piece pushed for itself.
    """
    out, height = rgb.astype(np.float32), np.asarray(height_mm, np.float32).copy()
    surface = np.asarray(surface_mm, np.float32)
    beside = wells == 0
    gain = float(np.median(rgb[beside])) / max(float(np.median(empty_rgb[beside])), 1.0)
    empty = empty_rgb.astype(np.float32) * np.float32(np.clip(gain, *_GAIN))
    lies, moved = food.copy(), np.zeros(food.shape, np.bool_)
    for number in numbers:
        here = wells == number
        dish = food & here & (height > 0)
        if dish.sum() < _LEAST_PX:
            continue
        for _ in range(_TRIES):
            apart = stirred > 0 and rng.random() < stirred
            ways = _ways_apart(dish, rng) if apart else [(dish, _way(dish, rng))]
            laid = [_laid(out, surface, height, piece, way) for piece, way in ways]
            left = np.any([each.there for each in laid], axis=0) & here
            new = np.max([each.height_mm for each in laid], axis=0) * here
            volume = float(new.sum()) / float(height[dish].sum())
            share = left.sum() / dish.sum()
            if share < _INSIDE - apart * _OVER or not _VOLUME[0] <= volume <= _VOLUME[1]:
                continue
            carried = laid[0].rgb
            for each in laid[1:]:
                carried = np.where(each.there[..., None], each.rgb, carried)
            floor = beside_the_heap(empty, carried, left, rng)
            out = _mixed(out, floor, dish & ~left)
            for each in laid:
                out = _mixed(out, each.rgb, each.there & here)
            height[here] = new[here]
            lies[here] = left[here] & (new[here] > 0)
            moved |= here
            break
    return Pushed(np.clip(out, 0, 255).astype(np.uint8), height, lies, moved)


@dataclass(frozen=True)
class _Laid:
    """A piece where it was pushed to: the picture and heights carried there, and its pixels."""

    rgb: Map
    height_mm: Map
    there: Mask


def _laid(rgb: Map, surface: Map, height_mm: Map, piece: Mask, way: NDArray[np.float64]) -> _Laid:
    there = _carried(piece.astype(np.float32), way, cv2.INTER_NEAREST) > 0.5
    top = _carried(surface + height_mm, way)
    return _Laid(_carried(rgb, way), np.maximum(top - surface, 0.0) * there, there)


def _ways_apart(dish: Mask, rng: np.random.Generator) -> list[tuple[Mask, NDArray[np.float64]]]:
    """The pieces of a dish, each around a middle of its own, and where each one's pixels go."""
    pixels = np.argwhere(dish)
    middles = pixels[rng.integers(len(pixels), size=int(rng.integers(*_PIECES, endpoint=True)))]
    ragged = np.stack([noise(dish.shape, _RAGGED_PX, rng)[dish] for _ in range(2)], axis=1)
    places = pixels + _RAGGED * ragged
    nearest = np.linalg.norm(places[:, None] - middles, axis=2).argmin(axis=1)
    found = []
    for number in range(len(middles)):
        piece = np.zeros(dish.shape, np.bool_)
        piece[tuple(pixels[nearest == number].T)] = True
        if piece.any():
            turn = np.radians(_PIECE_TURN_DEG) * rng.normal()
            found.append((piece, _turned(piece, turn, _PIECE_WAY_PX, rng)))
    return found


def _way(dish: Mask, rng: np.random.Generator) -> NDArray[np.float64]:
    """``(2, 3)``, where each pixel of a dish goes."""
    anyhow = rng.random() < _ANYHOW_SHARE
    turn = rng.uniform(-np.pi, np.pi) if anyhow else np.radians(_TURN_DEG) * rng.normal()
    mirrored = rng.random() < _MIRRORED_SHARE
    return _turned(dish, turn, _WAY_PX, rng, mirrored=mirrored)


def _turned(
    piece: Mask,
    turn: float,
    way_px: float,
    rng: np.random.Generator,
    *,
    mirrored: bool = False,
) -> NDArray[np.float64]:
    """``(2, 3)``: turned about the middle of a piece, radians, and pushed by a spread."""
    rows, columns = np.nonzero(piece)
    middle = np.array([columns.mean(), rows.mean()])
    cos, sin = np.cos(turn), np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]])
    if mirrored:
        linear = linear @ np.diag([-1.0, 1.0])
    to = middle + rng.normal(0, way_px, 2)
    return np.column_stack([linear, to - linear @ middle])


def _carried(picture: Map, way: NDArray[np.float64], how: int = cv2.INTER_LINEAR) -> Map:
    size = (picture.shape[1], picture.shape[0])
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(picture, way, size, flags=how, borderMode=border), np.float32)


def _mixed(below: Map, above: Map, mask: Mask) -> Map:
    cover = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _EDGE_PX)[..., None]
    return np.asarray(below + cover * (above - below), np.float32)
