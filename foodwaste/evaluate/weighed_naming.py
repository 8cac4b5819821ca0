"""Names the food of a photograph by kernel ridge regression of what it looks like.

One Gaussian kernel over standardised features, regressed on -1 and 1 for each food (least-squares
support vectors, Suykens & Vandewalle 1999). The kernel is as wide as a Gaussian cloud of as many
dimensions; only the ridge is chosen, by folds within the portions learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.evaluate.weighed_folds import FOLDS, portion_folds, recognisable, thing
from foodwaste.evaluate.weighed_food import Shot

Values = NDArray[np.float64]

RIDGES = (0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class FoodNamer:
    """Foods as they were learned: ``features`` are standardised, one column of ``weights`` each."""

    names: tuple[str, ...]
    centre: Values
    scale: Values
    features: Values
    weights: Values

    def name(self, features: Values) -> list[str]:
        """The likeliest food of every row of ``(N, K)``."""
        even = (features - self.centre) / self.scale
        scores = _kernel(even, self.features) @ self.weights
        return [self.names[column] for column in scores.argmax(axis=1)]


def fit_namer(shots: Sequence[Shot], features: Values, ridge: float) -> FoodNamer:
    """Fits to ``N`` photographs, two foods at least, and their features ``(N, K)``.

    Every food counts alike and so does every portion of a food, however often photographed: a
    food of two portions would else be lost among the apples.

    Args:
        shots: photographs to learn from.
        features: of :func:`foodwaste.evaluate.weighed_looks.looks`.
        ridge: how far a photograph of the mean weight may be missed; more is smoother.
    """
    foods = np.array([shot.food for shot in shots])
    names, own = np.unique(foods, return_inverse=True)
    portions, portion = np.unique([thing(shot) for shot in shots], return_inverse=True)
    food_of = np.zeros(len(portions), np.int64)
    food_of[portion] = own
    counts = np.bincount(portion)[portion] * np.bincount(food_of)[own]
    weights = (1.0 / counts) / (1.0 / counts).mean()
    centre, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    even = (features - centre) / scale
    kernel = _kernel(even, even)
    kernel[np.diag_indices_from(kernel)] += ridge / weights
    targets = np.where(own[:, None] == np.arange(len(names)), 1.0, -1.0)
    solved = np.asarray(np.linalg.solve(kernel, targets), np.float64)
    return FoodNamer(tuple(str(each) for each in names), centre, scale, even, solved)


def choose_ridge(shots: Sequence[Shot], features: Values) -> float:
    """The ridge of :data:`RIDGES` that names left-out portions best, among these alone.

    Judged over the foods with two portions or more, each food counting alike.

    Raises:
        ValueError: no food has two portions here.
    """
    several = recognisable(shots)
    if not several.any():
        raise ValueError("no food has two portions to choose a ridge by")
    foods = np.array([shot.food for shot in shots])
    share = 1.0 / np.unique(foods, return_counts=True)[1]
    weight = share[np.unique(foods, return_inverse=True)[1]]
    folds = portion_folds(shots, seed=0)
    right = dict.fromkeys(RIDGES, 0.0)
    for fold in range(FOLDS):
        learn, judge = np.flatnonzero(folds != fold), np.flatnonzero((folds == fold) & several)
        if not len(judge):
            continue
        for ridge in RIDGES:
            namer = fit_namer([shots[int(row)] for row in learn], features[learn], ridge)
            hits = foods[judge] == np.array(namer.name(features[judge]))
            right[ridge] += float(weight[judge][hits].sum())
    return max(RIDGES, key=lambda ridge: right[ridge])


def _kernel(these: Values, those: Values) -> Values:
    """Gaussian kernel, ``(N, M)``, with a variance of as many as there are features."""
    squares = (these**2).sum(axis=1)[:, None] + (those**2).sum(axis=1) - 2 * these @ those.T
    result: Values = np.exp(-squares / (2 * these.shape[1]))
    return result
