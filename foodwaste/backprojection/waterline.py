"""The level of a liquid in a known well, from where its edge lies on the sloping walls.

The area that soup covers hardly changes while its level falls, but the wells' walls slope, so
the waterline walks inwards. It is found in two steps. First by colour: for every pixel the
log-odds of being food count for the levels that would cover it and against the rest; the sum
is robust to glare and floating pieces, which have no common waterline. But a film above the
line looks like thin soup, and thin soup over the wall looks like a film: colour alone is off by
up to a quarter of the depth either way. So then by contrast: near that level, the one where the
picture changes all around the well at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.quantile import median, quantile
from foodwaste.backprojection.wall import Wall
from foodwaste.tray.frame import Mask

_LEVELS = 40
#: No single pixel may say more than this (log-odds): glare and sauce films would outvote.
_MOST_LOG_ODDS = 1.5
#: The well is cut into directions; a waterline is seen in most of them, a piece of tofu or a
#: window's mirror image in few. Glare hides it in a third at the worst of the trays looked at.
_DIRECTIONS = 16
_SEEN_IN = 65.0
#: How far the contrast may move the level that colour has found, up and down; farther down
#: where no served picture has shown what a film of this dish looks like.
_UP = 0.27
_DOWN = 0.25
_DOWN_WITHOUT_FILM = 0.60
#: Higher up, the rounded rim is an edge of its own; a fuller well is read by colour alone.
_BELOW_RIM = 0.82
#: Standard deviation of the level that colour has found, as a share of that reach.
_COLOUR_ERROR = 0.75
#: An edge stands out against this many levels to either side, by at least so much (grey
#: levels, summed over R, G and B).
_AROUND = 8
_LEAST_EDGE = 2.0
#: Within the level there must be more food than without, by this much probability.
_LEAST_CONTRAST = 0.25

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Waterline:
    """A fitted liquid level.

    Attributes:
        level: height of the surface above the floor as a share of the well's depth, 0..1.
        volume_ml: volume of the well below that level.
        fill: that volume as a share of the well's whole volume, 0..1.
        error: one standard deviation of ``fill``.
    """

    level: float
    volume_ml: float
    fill: float
    error: float


def fit_waterline(
    wall: Wall,
    probability: Map,
    rgb: NDArray[np.uint8],
    unknown: Mask,
    *,
    film_known: bool = True,
) -> Waterline:
    """Fits the level of a liquid.

    Args:
        wall: the well as the photograph shows it.
        probability: ``(H, W) float32``, of being food.
        rgb: ``(H, W, 3) uint8``, the rectified tray.
        unknown: ``(H, W) bool``, pixels that count for nothing (glare, out of the picture).
        film_known: the probability tells food from a film of it.
    """
    food = probability.ravel()[wall.pixels.index]
    step = np.minimum((wall.level * _LEVELS).astype(np.intp), _LEVELS - 1)
    by_colour = _level_by_colour(step, food, unknown.ravel()[wall.pixels.index])
    if by_colour is None:
        return Waterline(0.0, 0.0, 0.0, 1.0 / _LEVELS)
    reach = (_DOWN if film_known else _DOWN_WITHOUT_FILM, _UP)
    by_edge = _level_by_edge(wall, step, food, rgb, by_colour, reach)
    level = by_colour if by_edge is None else by_edge
    volume, whole = wall.volume_ml(level), wall.volume_ml(1.0)
    # Where both speak, a third of their distance is left as doubt; where one does, half the
    # distance it is usually moved by.
    doubt = 0.08 if by_edge is None else max(abs(by_edge - by_colour) / 3, 0.5 / _LEVELS)
    higher = wall.volume_ml(min(1.0, level + doubt))
    return Waterline(level, volume, volume / whole, (higher - volume) / whole)


def _level_by_colour(step: NDArray[np.intp], food: Map, unknown: NDArray[np.bool_]) -> float | None:
    """The level with the largest summed log-odds; ``None`` when no level has any."""
    limited = np.clip(food, 0.02, 0.98)
    odds = np.clip(np.log(limited / (1 - limited)), -_MOST_LOG_ODDS, _MOST_LOG_ODDS)
    odds = np.where(unknown, 0.0, odds)
    gain = np.cumsum(np.bincount(step, odds, minlength=_LEVELS))
    best = int(gain.argmax())
    return None if gain[best] <= 0 else (best + 1) / _LEVELS


def _level_by_edge(
    wall: Wall,
    step: NDArray[np.intp],
    food: Map,
    rgb: NDArray[np.uint8],
    by_colour: float,
    reach: tuple[float, float],
) -> float | None:
    """The level near ``by_colour`` at which most directions change; ``None`` without one."""
    strength = _edge_strength(wall, step, rgb)
    padded = np.pad(strength, _AROUND, mode="reflect")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    levels = (np.arange(_LEVELS) + 0.5) / _LEVELS
    spread = _COLOUR_ERROR * np.where(levels < by_colour, *reach)
    likely = np.exp(-0.5 * ((levels - by_colour) / spread) ** 2)
    standing_out = np.clip(strength - median(around, axis=1), 0, None) * likely
    low = max(1, int((by_colour - reach[0]) * _LEVELS))
    high = min(int(_BELOW_RIM * _LEVELS), int((by_colour + reach[1]) * _LEVELS))
    window = standing_out[low : high + 1]
    if window.size == 0 or window.max() < _LEAST_EDGE:
        return None
    if _food_contrast(step, food)[low + int(window.argmax())] < _LEAST_CONTRAST:
        return None
    # The middle of what stands out: an edge is a few levels wide.
    near = np.flatnonzero(window >= 0.8 * window.max())
    peak = int(window.argmax())
    near = near[np.abs(near - peak) <= 2]
    return float(low + (near * window[near]).sum() / window[near].sum()) / _LEVELS


def _edge_strength(
    wall: Wall, step: NDArray[np.intp], rgb: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """``(levels,)``: change of colour across each level that most directions show."""
    direction = ((wall.pixels.bearing / (2 * np.pi) + 0.5) * _DIRECTIONS).astype(
        np.intp
    ) % _DIRECTIONS
    index = direction * _LEVELS + step
    cells = _DIRECTIONS * _LEVELS
    count = np.bincount(index, minlength=cells).reshape(_DIRECTIONS, _LEVELS)
    colours = rgb.reshape(-1, 3)[wall.pixels.index].astype(np.float64)
    total = np.stack(
        [np.bincount(index, colours[:, channel], minlength=cells) for channel in range(3)]
    ).astype(np.float64)
    mean = _filled(total.reshape(3, _DIRECTIONS, _LEVELS), count)
    before = (mean[..., :-3] + mean[..., 1:-2]) / 2
    after = (mean[..., 2:-1] + mean[..., 3:]) / 2
    change = np.zeros((_DIRECTIONS, _LEVELS))
    change[:, 2:-1] = np.abs(after - before).sum(axis=0)
    # A layout that is 1 mm off moves the line by a level in some directions.
    wide = np.maximum(change, np.maximum(np.roll(change, 1, 1), np.roll(change, -1, 1)))
    return quantile(wide, 1 - _SEEN_IN / 100)


def _filled(total: NDArray[np.float64], count: NDArray[np.intp]) -> NDArray[np.float64]:
    """Means ``(3, directions, levels)``; levels without a pixel lie between their neighbours."""
    mean = total / np.maximum(count, 1)
    levels, last = np.arange(count.shape[1]), count.shape[1] - 1
    seen = count > 0
    # The nearest level with a pixel on either side; beyond the outermost one, that one.
    below = np.maximum.accumulate(np.where(seen, levels, -1), axis=1)
    above = np.minimum.accumulate(np.where(seen, levels, last + 1)[:, ::-1], axis=1)[:, ::-1]
    below, above = np.where(below < 0, above, below), np.where(above > last, below, above)
    below, above = np.clip(below, 0, last), np.clip(above, 0, last)
    share = (levels - below) / np.maximum(above - below, 1)
    direction = np.arange(len(count))[:, None]
    low, high = mean[:, direction, below], mean[:, direction, above]
    return np.asarray(low + (high - low) * share, np.float64)


def _food_contrast(step: NDArray[np.intp], food: Map) -> NDArray[np.float64]:
    """``(levels,)``: mean probability of food below each level less that above, at least 0."""
    total = np.cumsum(np.bincount(step, food, minlength=_LEVELS))
    count = np.cumsum(np.bincount(step, minlength=_LEVELS))
    inside = total / np.maximum(count, 1)
    outside = (total[-1] - total) / np.maximum(count[-1] - count, 1)
    return np.asarray(np.clip(inside - outside, 0, None))
