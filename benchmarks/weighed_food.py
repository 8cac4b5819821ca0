"""Mass and food of single weighed portions, whole portions left out (needs FOODWASTE_DATA).

    python benchmarks/weighed_food.py [--seeds 5] [--start RUN/best.pt]

Prints the mean error of the mass over top views, five folds over what was weighed, for several
ways of dealing the folds. With ``--start``, the checkpoint of a quantity run that never saw
these pictures, a linear discriminant of what its stages see is fitted to each fold's other
portions and names the foods: how often rightly, over all views, for as many ways of dealing the
folds, and what the mass is when the food's name is the network's.
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--start", type=Path, help="checkpoint of a run without weighed-food")
    parser.add_argument("--config", type=Path, help="its configuration (YAML)")
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
    if arguments.start is not None:
        name_by_network(arguments, Path(root) / NAME, shots, sizes)


def name_by_network(
    arguments: argparse.Namespace, folder: Path, shots: tuple[Shot, ...], sizes: np.ndarray
) -> None:
    from foodwaste.train.config import read_config
    from foodwaste.train.quantity_config import QuantityConfig
    from foodwaste.train.quantity_crops import SPARE
    from foodwaste.train.quantity_source import WEIGHED_FOODS
    from foodwaste.train.quantity_task import trained_network
    from foodwaste.train.weighed_crops import read_weighed_crops
    from foodwaste.train.weighed_foods import fit_discriminant, stage_features

    config = read_config(QuantityConfig, arguments.config)
    network = trained_network(config, arguments.start)
    crops = read_weighed_crops(folder, round(config.side_px * SPARE))
    features = stage_features(network, crops, config.side_px)

    def classify(learn: np.ndarray, foods: Sequence[str], judge: np.ndarray) -> list[str]:
        return fit_discriminant(features[learn], foods).name(features[judge])

    several = recognisable(shots)
    truth = np.array([shot.food for shot in shots])
    for seed in reversed(range(arguments.seeds)):
        folds = portion_folds(shots, seed)
        named = folded_foods(shots, folds, classify)
        right = truth == np.array(named)
        print(f"food named rightly, folds {seed}: {right.mean():.1%}, {right[several].mean():.1%}")
    top = np.array([shot.top_view for shot in shots])
    print(f"food named rightly, both views: {right.mean():.1%} of {len(shots)}")
    print(f"  of foods weighed more than once: {right[several].mean():.1%} of {several.sum()}")
    print(f"  of these, top views: {right[several & top].mean():.1%}")
    for food in WEIGHED_FOODS:
        own = np.array([shot.food == food for shot in shots])
        others = Counter(named[row] for row in np.flatnonzero(own & ~right))
        print(f"  {food}: {right[own].mean():.1%} of {own.sum()}; else {dict(others)}")
    rows = [row for row, shot in enumerate(shots) if shot.top_view and shot.box_mm is not None]
    masses = folded_mass(
        [shots[row] for row in rows], sizes, folds[rows], foods=[named[row] for row in rows]
    )
    score = masses.score("mass by the network's name of the food")
    print(f"{score.name}: {score.mape:.1%} ({score.count} photographs)")


if __name__ == "__main__":
    main()
