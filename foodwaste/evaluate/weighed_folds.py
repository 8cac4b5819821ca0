"""Mass and food of the set ``weighed-food``, whole portions left out.

What was weighed once counts as one portion wherever it was photographed: the apples and
oranges of the mixed plates are the ones that also stand alone, and would give themselves away
across folds. Box and coin are taken from the set's table, as by both published baselines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.evaluate.metrics import relative_errors
from foodwaste.evaluate.summary import QuantityScore
from foodwaste.evaluate.weighed_food import Shot
from foodwaste.imaging import load
from foodwaste.quantity.outline import outline_area
from foodwaste.quantity.portion_mass import PortionSize, fit_mass

FOLDS = 5


def thing(shot: Shot) -> str:
    """What was weighed: photographs that agree in food and mass show the same thing."""
    return f"{shot.food} {shot.mass_g:g} g"


def portion_folds(shots: Sequence[Shot], seed: int) -> NDArray[np.int64]:
    """Fold 0..4 of each photograph, ``(N,)``: things dealt out food by food, shuffled.

    Dealing by food spreads each food over the folds; a food of one thing is in one fold alone
    and cannot be judged.
    """
    rng = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    for food in sorted({shot.food for shot in shots}):
        things = sorted({thing(shot) for shot in shots if shot.food == food})
        for place in rng.permutation(len(things)):
            fold_of[things[int(place)]] = len(fold_of) % FOLDS
    return np.array([fold_of[thing(shot)] for shot in shots], np.int64)


def portion_sizes(shots: Sequence[Shot]) -> NDArray[np.float64]:
    """Area seen from above in mm², ``(N,)``: mean of outline and box on a log scale.

    The outline knows the shape, the box is steadier: together they miss less than either.

    Raises:
        ValueError: a photograph without a coin.
    """
    sizes = []
    for shot in shots:
        if shot.box_mm is None or shot.box_px is None:
            raise ValueError(f"{shot.image.name}: no coin to measure by")
        width_mm, height_mm = shot.box_mm
        box_px = (shot.box_px[2] - shot.box_px[0]) * (shot.box_px[3] - shot.box_px[1])
        fill = outline_area(load(shot.image).rgb, shot.box_px) / box_px
        sizes.append(width_mm * height_mm * fill**0.5)
    return np.array(sizes)


@dataclass(frozen=True)
class FoldedMass:
    """Masses with each portion left out. ``answer`` is NaN where the food was never weighed."""

    truth: NDArray[np.float64]
    answer: NDArray[np.float64]
    foods: tuple[str, ...]

    def score(self, name: str) -> QuantityScore:
        """Errors over the photographs that could be judged."""
        known = ~np.isnan(self.answer)
        mape, over_mean = relative_errors(self.answer[known], self.truth[known])
        return QuantityScore(name=name, count=int(known.sum()), mape=mape, mae_over_mean=over_mean)

    def by_food(self) -> Mapping[str, float]:
        """Mean relative error of each food."""
        foods = np.array(self.foods)
        errors = np.abs(self.answer / self.truth - 1)
        found = {food: errors[foods == food] for food in sorted(set(self.foods))}
        return {
            food: float(each[~np.isnan(each)].mean())
            for food, each in found.items()
            if not np.isnan(each).all()
        }


def folded_mass(
    shots: Sequence[Shot],
    sizes: NDArray[np.float64],
    folds: NDArray[np.int64],
    *,
    foods: Sequence[str] | None = None,
) -> FoldedMass:
    """Mass of every photograph by a model that never saw its portion.

    Args:
        shots: top views.
        sizes: of :func:`portion_sizes`.
        folds: of :func:`portion_folds`.
        foods: the foods as a classifier names them, which never saw the portion either; the
            set's own names by default.
    """
    named = [shot.food for shot in shots] if foods is None else list(foods)
    answer = np.full(len(shots), np.nan)
    for fold in range(FOLDS):
        model = fit_mass(
            [
                PortionSize(shot.food, thing(shot), float(size), shot.mass_g)
                for shot, size, own in zip(shots, sizes, folds, strict=True)
                if own != fold
            ]
        )
        for row in np.flatnonzero(folds == fold):
            if named[row] in model.foods:
                answer[row] = model.mass_g(named[row], float(sizes[row]))[0]
    truth = np.array([shot.mass_g for shot in shots])
    return FoldedMass(truth, answer, tuple(shot.food for shot in shots))


#: Photographs to learn from and their foods, photographs to judge: the foods of the latter.
Classifier = Callable[[NDArray[np.int64], Sequence[str], NDArray[np.int64]], Sequence[str]]


def folded_foods(
    shots: Sequence[Shot], folds: NDArray[np.int64], classify: Classifier
) -> list[str]:
    """The food of every photograph as named by a classifier that never saw its portion."""
    named = [""] * len(shots)
    for fold in range(FOLDS):
        learn, judge = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        for row, food in zip(
            judge, classify(learn, [shots[int(row)].food for row in learn], judge), strict=True
        ):
            named[row] = food
    return named


def recognisable(shots: Sequence[Shot]) -> NDArray[np.bool_]:
    """Photographs of foods of which more than one thing was weighed, ``(N,)``."""
    things: dict[str, set[str]] = {}
    for shot in shots:
        things.setdefault(shot.food, set()).add(thing(shot))
    return np.array([len(things[shot.food]) > 1 for shot in shots])
