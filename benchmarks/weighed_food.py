"""Mass and food of single weighed portions, whole portions left out (needs FOODWASTE_DATA).

    python benchmarks/weighed_food.py [--seeds 5] [--network models/NAME.pt]

Prints the mean error of the mass over top views and how often the food is named rightly over
all views, five folds over what was weighed, for several ways of dealing the folds.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from foodwaste.evaluate.weighed_folds import folded_mass, portion_folds, portion_sizes
from foodwaste.evaluate.weighed_food import NAME, mass_baselines, read_weighed_food


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
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


if __name__ == "__main__":
    main()
