"""Errors of height maps against rendered truth, meal by meal. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.train.pack import FOOD, HIDDEN, Pack

Map = NDArray[np.float32]

#: Wells that were served less are left out of ratios; wells that hold less, out of volumes.
_LEAST_ML = 20.0
#: A well from which everything was eaten reads at most this.
_CLEAN_RATIO = 0.05

#: By figure, one value for every well or tray that it was measured on.
Scores = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Readings:
    """What the network says of one tray, each ``(H, W) float32``; no food, no height."""

    height_mm: Map
    food: Map


def score_meal(pack: Pack, found: Sequence[Readings]) -> Scores:
    """Errors on every state of a meal; the first is the served one.

    Returns:
        ``ratio_mae`` of the leftover ratio, ``volume_error`` (relative, wells that hold 20 ml
        and more), ``food_iou`` (of what nothing lies on), ``height_mae_mm`` on food, and
        ``clean``: 1 for a well eaten clean that reads at most 5 %, else 0.
    """
    ratios, volumes, overlaps, heights, clean = [], [], [], [], []
    truth = [well_sums(np.asarray(each, np.float32), pack.wells) for each in pack.height_mm]
    said = [well_sums(each.height_mm, pack.wells) for each in found]
    served = truth[0] >= _LEAST_ML
    inside = pack.wells > 0
    for state, reading in enumerate(found):
        food, seen = (pack.classes[state] & FOOD) > 0, reading.height_mm > 0
        judged = inside & ((pack.classes[state] & HIDDEN) == 0)
        either = ((food | seen) & judged).sum()
        if either:
            overlaps.append(float(((food & seen) & judged).sum() / either))
        if food.any():
            off = np.abs(reading.height_mm - pack.height_mm[state].astype(np.float32))
            heights.append(float(off[food].mean()))
        enough = truth[state] >= _LEAST_ML
        volumes += list(np.abs(said[state] / np.maximum(truth[state], 1e-6) - 1.0)[enough])
        if state == 0:
            continue
        right = truth[state][served] / truth[0][served]
        answered = np.clip(said[state][served] / np.maximum(said[0][served], 1.0), 0.0, 1.0)
        ratios += list(np.abs(answered - right))
        clean += list((answered[right == 0.0] <= _CLEAN_RATIO).astype(float))
    return {
        "ratio_mae": ratios,
        "volume_error": volumes,
        "food_iou": overlaps,
        "height_mae_mm": heights,
        "clean": clean,
    }


def mean_scores(scores: Sequence[Scores]) -> dict[str, float]:
    """Means over all meals' values; figures without any are left out."""
    joined: dict[str, list[float]] = {}
    for each in scores:
        for name, values in each.items():
            joined.setdefault(name, []).extend(values)
    return {name: float(np.mean(values)) for name, values in joined.items() if values}


def well_sums(height_mm: Map, wells: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Volume over each well, for pixels of 1 mm² seen from afar, ml."""
    sums = np.bincount(wells.ravel(), weights=height_mm.ravel(), minlength=int(wells.max()) + 1)
    volumes: NDArray[np.float64] = sums[1:] / 1000.0
    return volumes
