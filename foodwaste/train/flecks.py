"""Flecks and sauce of what was served, on floors that are bare by now.

Rendered plates are wiped cleaner than real ones: a network that never saw herbs in oil or a plate
red with sauce takes them for a thin layer of food.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.train.film import Film, Map, Mask, Rgb, emptied, noise, streaks

#: Flecks of a well: how many to 10,000 bare px, their radius, px, and how far they hide the floor.
_FLECKS, _FLECK_PX, _FLECK_OPACITY = (10.0, 130.0), (0.6, 2.2), (0.5, 1.0)
#: Share of flecked wells that shine with oil or sauce, and how thick that is: up to a paste.
_SAUCE_SHARE, _SAUCE_OPACITY = 0.6, (0.15, 1.0)
#: How far it runs past where the dish lay, px (Gaussian sigma); how much more vivid than the dish
#: it is at most, because dishes are mostly not sauce; its grain at most, as a share.
_SAUCE_REACH_PX, _SAUCE_VIVID, _SAUCE_GRAIN = (3.0, 12.0), 1.6, 0.25
#: Highlights on that sauce at most, grey levels.
_GLOSS = 70.0
#: Flecks and sauce are shifted in fixed point by so many bits.
_SUBPIXEL = 4


def sprinkle(
    rgb: Rgb,
    served_rgb: Rgb,
    wells: NDArray[np.uint8],
    food: Mask,
    served_food: Mask,
    rng: np.random.Generator,
) -> Film:
    """Leaves flecks of what was served, and mostly its sauce, on bare floors.

    Herbs, spices and crumbs lie sharp, dark and close together, glossy sauce hides the plate: all
    that looks like food has no height.

    Args:
        rgb: ``(H, W, 3)``, the eaten tray.
        served_rgb: ``(H, W, 3)``, the same tray as served: where the colours are from.
        wells: ``(H, W)``, number of the well, 0 beside them.
        food: ``(H, W)``, where there still is food.
        served_food: ``(H, W)``, where there was some.
        rng: decides where, how many and how thick.
    """
    opacity = np.zeros(rgb.shape[:2], np.float32)
    out = rgb.astype(np.float32)
    for was, bare in emptied(wells, food, served_food, rng):
        dish = served_rgb[was].astype(np.float32)
        reach = cv2.GaussianBlur(was.astype(np.float32), (0, 0), 5.0) * bare
        if rng.random() < _SAUCE_SHARE:
            run = cv2.GaussianBlur(was.astype(np.float32), (0, 0), rng.uniform(*_SAUCE_REACH_PX))
            cover = _sauce(rgb.shape[:2], rng) * np.minimum(2.0 * run, 1.0) * bare
            out += cover[..., None] * (_sauce_colour(rgb.shape[:2], dish, rng) - out)
            opacity = np.maximum(opacity, cover)
        cover, colours = _flecks(reach > 0.1, dish, rng)
        cover *= bare
        out += cover[..., None] * (colours - out)
        opacity = np.maximum(opacity, cover)
    return Film(np.clip(out, 0, 255).astype(np.uint8), opacity)


def _sauce(shape: tuple[int, int], rng: np.random.Generator) -> Map:
    """How far sauce hides each pixel: blots with an edge, drawn out as a spoon wiped them."""
    blots = noise(shape, rng.uniform(5.0, 25.0), rng) + 0.6 * streaks(shape, rng)
    edge = rng.uniform(1.0, 4.0)
    cover = np.clip(edge * (blots - rng.uniform(-1.0, 1.0)), 0.0, 1.0)
    return np.asarray(cover * np.float32(rng.uniform(*_SAUCE_OPACITY)), np.float32)


def _sauce_colour(shape: tuple[int, int], dish: Map, rng: np.random.Generator) -> Map:
    """``(H, W, 3)``: from one of the dish's colours to another, grainy, with highlights."""
    one, other = dish[rng.integers(len(dish), size=2)] * rng.uniform(0.7, 1.2, (2, 1))
    share = np.clip(0.5 + 0.5 * noise(shape, rng.uniform(4.0, 20.0), rng), 0.0, 1.0)[..., None]
    colour = one + share * (other - one)
    grey = colour.mean(axis=2, keepdims=True)
    colour = grey + rng.uniform(1.0, _SAUCE_VIVID) * (colour - grey)
    grain = noise(shape, rng.uniform(1.0, 3.0), rng)[..., None]
    colour *= 1.0 + rng.uniform(0, _SAUCE_GRAIN) * grain
    gloss = np.clip(noise(shape, rng.uniform(1.5, 6.0), rng) - 1.0, 0.0, 1.0)[..., None]
    return np.asarray(colour + rng.uniform(0, _GLOSS) * gloss, np.float32)


def _flecks(where: Mask, dish: Map, rng: np.random.Generator) -> tuple[Map, Map]:
    """Cover ``(H, W)`` and colour ``(H, W, 3)`` of flecks that thin out and bunch together.

    Args:
        where: where they lie.
        dish: ``(N, 3)``, pixels of the dish: each fleck has one's colour, most a dark one's.
        rng: decides all else.
    """
    cover, colours = np.zeros(where.shape, np.float32), np.zeros((*where.shape, 3), np.float32)
    density = np.exp(1.2 * noise(where.shape, rng.uniform(10.0, 40.0), rng))[where]
    count = int(rng.poisson(where.sum() / 1e4 * np.exp(rng.uniform(*np.log(_FLECKS)))))
    if not count:
        return cover, colours
    rows, columns = np.nonzero(where)
    at = rng.choice(len(rows), size=count, p=density / density.sum())
    tone = dish[rng.integers(len(dish), size=count)] * rng.uniform(0.45, 1.05)
    radius = rng.uniform(_FLECK_PX[0], rng.uniform(*_FLECK_PX), size=count)
    slim, turn = rng.uniform(0.3, 1.0, size=count), rng.integers(0, 180, size=count)
    hides = rng.uniform(*_FLECK_OPACITY, size=count)
    unit = 1 << _SUBPIXEL
    for i in range(count):
        centre = (int(columns[at[i]]) * unit, int(rows[at[i]]) * unit)
        axes = (max(1, round(radius[i] * unit)), max(1, round(radius[i] * slim[i] * unit)))
        outline = [cv2.ellipse2Poly(centre, axes, int(turn[i]), 0, 360, 30)]
        cv2.fillPoly(cover, outline, float(hides[i]), lineType=cv2.LINE_AA, shift=_SUBPIXEL)
        cv2.fillPoly(colours, outline, tuple(map(float, tone[i])), shift=_SUBPIXEL)
    # The soft edge of a fleck has the fleck's colour too.
    beside = cv2.dilate(colours, np.ones((3, 3), np.uint8))
    return cover, np.where(colours.any(axis=2, keepdims=True), colours, beside)
