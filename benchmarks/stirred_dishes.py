"""What the product reads where dishes were stirred about, beside those that lie as served.

    python benchmarks/stirred_dishes.py FOLDER [--profile NAME] [--meals N]

FOLDER is one that ``foodwaste render`` wrote, by version 8 of the scenes or newer, and that nothing
was trained or fitted on. Errors are points of the leftover ratio, the mean and the bias; intervals
are the product's of 90 %.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from foodwaste.evaluate.datasets import open_dataset
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.record import FUSED, Record, alone
from foodwaste.evaluate.run import run
from foodwaste.pipeline import Settings
from foodwaste.train.rendered import find_meals

#: Shares left that are told apart.
_BANDS = ((0.0, 2.0), (0.0, 0.5), (0.5, 0.8), (0.8, 2.0))
_WAYS = (FUSED, alone("depth"), alone("quantity"), alone("backprojection"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profile", default="steel-5")
    parser.add_argument("--meals", type=int)
    options = parser.parse_args()
    stirred = {meal.folder.name: meal.stirred for meal in find_meals([options.folder])}
    judge = Judge(Settings(profile=options.profile, depth="embedded", quantity="embedded"))
    dataset = open_dataset(str(options.folder), judge.loaded.profile)
    if options.meals is not None:
        wanted = set(sorted(stirred)[: options.meals])
        kept = tuple(tray for tray in dataset.trays if tray.after.parent.name in wanted)
        dataset = replace(dataset, trays=kept)
    records = [each for each in run(judge, dataset).records if each.truth > 0 and each.interval]
    print(f"{options.folder.name}: dishes of which something is left")
    for name, about in (("lie as served", False), ("stirred about", True)):
        of_kind = [each for each in records if (each.compartment in stirred[place(each)]) == about]
        for low, high in _BANDS:
            show(
                f"{name}, {low:g} to {min(high, 1):g} left",
                [each for each in of_kind if low < each.truth <= high],
            )


def place(record: Record) -> str:
    """Name of the meal's folder."""
    return Path(record.tray).parent.name


def show(title: str, records: list[Record]) -> None:
    """One line for every way of answering."""
    truth = np.array([each.truth for each in records])
    if not len(truth):
        return
    held = [
        low <= right <= high for (low, high), right in zip(intervals(records), truth, strict=True)
    ]
    wide = 100 * np.mean([high - low for low, high in intervals(records)])
    holding = f"intervals hold {np.mean(held):.0%}, {wide:.0f} wide"
    print(f"{title}: {len(truth)} dishes; {holding}")
    for way in _WAYS:
        said = np.array(
            [np.nan if each.answers.get(way) is None else each.answers[way] for each in records],
            np.float64,
        )
        off = 100 * (said - truth)[np.isfinite(said)]
        if len(off):
            print(f"  {way:22s} {np.abs(off).mean():5.1f}  bias {off.mean():+5.1f}")


def intervals(records: list[Record]) -> list[tuple[float, float]]:
    return [each.interval for each in records if each.interval is not None]


if __name__ == "__main__":
    main()
