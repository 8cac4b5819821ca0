"""The folders of rendered meals that a benchmark is given, and how its means are printed."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from foodwaste.train.pack import pack_folder
from foodwaste.train.rendered import Meal, find_meals
from foodwaste.train.tray_scores import Scores, mean_scores


def asked_for(what: str, *, meals: int) -> Iterator[list[Path]]:
    """Packed meals of every folder on the command line, see :func:`meals_asked_for`."""
    for pairs in meals_asked_for(what, meals=meals):
        yield [pack for _, pack in pairs]


def meals_asked_for(what: str, *, meals: int) -> Iterator[list[tuple[Meal, Path]]]:
    """Meals of every folder on the command line and their packs, after printing its name.

    Args:
        what: the benchmark's docstring; its first line is the ``--help``.
        meals: how many of each folder unless ``--meals`` says otherwise.
    """
    parser = argparse.ArgumentParser(description=what.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--meals", type=int, default=meals)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    cache = options.cache or Path(tempfile.mkdtemp())
    cache.mkdir(parents=True, exist_ok=True)
    for folder in options.folders:
        found = find_meals([folder])[: options.meals]
        pairs = [(meal, pack_folder(meal, cache)) for meal in found]
        print(f"\n{folder.name}: {len(pairs)} meals")
        yield pairs


def show_means(title: str, scores: Sequence[Scores]) -> None:
    """A line of mean errors."""
    text = "  ".join(f"{key} {value:.4f}" for key, value in mean_scores(scores).items())
    print(f"{title:34s} {text}", flush=True)
