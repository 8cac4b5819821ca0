"""Mass and food of single weighed portions, whole portions left out (needs FOODWASTE_DATA).

    python benchmarks/weighed_food.py [--seeds 3]

Prints the mean error of the mass over top views, five folds over what was weighed, for several
ways of dealing the folds. Then how often the food is named rightly over all views, by hand-made
features and a kernel fitted to each fold's other portions, for as many ways of dealing the
folds, and what the mass is by these names.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foodwaste.evaluate.weighed_folds import (
    folded_foods,
    folded_mass,
    portion_folds,
    portion_sizes,
    recognisable,
)
from foodwaste.evaluate.weighed_food import NAME, Shot, mass_baselines, read_weighed_food
from foodwaste.evaluate.weighed_looks import looks
from foodwaste.evaluate.weighed_naming import choose_ridge, fit_namer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    root = os.environ.get("FOODWASTE_DATA")
    if not root:
        sys.exit("set FOODWASTE_DATA to the folder that holds weighed-food")
    shots = read_weighed_food(Path(root) / NAME)
    top = [shot for shot in shots if shot.top_view and shot.box_mm is not None]
    for score in mass_baselines(shots):
        print(f"{score.name}: {score.mape:.1%} ({score.count} photographs)")
    sizes = portion_sizes(top)
    results = []
    for seed in range(arguments.seeds):
        folded = folded_mass(top, sizes, portion_folds(top, seed))
        score = folded.score(f"mass from size and food, folds {seed}")
        results.append(folded)
        print(f"{score.name}: {score.mape:.1%} ({score.count} photographs)")
    mapes = [each.score("").mape or np.nan for each in results]
    print(f"mean over {len(mapes)} ways of dealing the folds: {np.mean(mapes):.1%}")
    for food, error in results[0].by_food().items():
        print(f"  {food}: {error:.1%}")
    name_by_looks(arguments.seeds, shots, sizes)


def name_by_looks(seeds: int, shots: tuple[Shot, ...], sizes: np.ndarray) -> None:
    features = looks(shots)

    def classify(learn: np.ndarray, _: Sequence[str], judge: np.ndarray) -> list[str]:
        known = [shots[row] for row in learn]
        ridge = choose_ridge(known, features[learn])
        return fit_namer(known, features[learn], ridge).name(features[judge])

    several = recognisable(shots)
    truth = np.array([shot.food for shot in shots])
    shares = []
    for seed in reversed(range(seeds)):
        folds = portion_folds(shots, seed)
        named = folded_foods(shots, folds, classify)
        right = truth == np.array(named)
        shares.append(right.mean())
        print(f"food named rightly, folds {seed}: {right.mean():.1%}, {right[several].mean():.1%}")
    print(f"mean over {seeds} ways of dealing the folds: {np.mean(shares):.1%}")
    top = np.array([shot.top_view for shot in shots])
    print(f"food named rightly, both views: {right.mean():.1%} of {len(shots)}")
    print(f"  of foods weighed more than once: {right[several].mean():.1%} of {several.sum()}")
    print(f"  of these, top views: {right[several & top].mean():.1%}")
    for food in sorted(set(truth)):
        own = truth == food
        others = Counter(named[row] for row in np.flatnonzero(own & ~right))
        print(f"  {food}: {right[own].mean():.1%} of {own.sum()}; else {dict(others)}")
    rows = [row for row, shot in enumerate(shots) if shot.top_view and shot.box_mm is not None]
    masses = folded_mass(
        [shots[row] for row in rows], sizes, folds[rows], foods=[named[row] for row in rows]
    )
    score = masses.score("mass by the name given to the food")
    print(f"{score.name}: {score.mape:.1%} ({score.count} photographs)")


if __name__ == "__main__":
    main()
