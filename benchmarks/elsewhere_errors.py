"""How wrong estimators should be taken to be elsewhere, for the policy ``calibrated`` to err least.

    python benchmarks/elsewhere_errors.py FOLDER [FOLDER …]

FOLDER is one that ``foodwaste render`` wrote. Its meals are halved five ways, and each half is
judged by the curves and weights that the other one taught: points of the leftover ratio.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from foodwaste.conformal import calibrated_weights
from foodwaste.conformal.curves import ELSEWHERE
from foodwaste.evaluate.datasets import open_dataset
from foodwaste.evaluate.fit_errors import error_correlations, error_curves
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.record import Record, alone
from foodwaste.evaluate.run import run
from foodwaste.fusion import weighted_median
from foodwaste.pipeline import Settings
from foodwaste.profile import load_profile
from foodwaste.train.rendered import find_meals

_WAYS = 5
_TRIED: tuple[Mapping[str, float], ...] = (
    ELSEWHERE,
    {"backprojection": 0.30, "depth": 0.15, "quantity": 0.30},
    {"backprojection": 0.30, "depth": 0.05, "quantity": 0.30},
    {"backprojection": 0.60, "depth": 0.10, "quantity": 0.60},
    {"backprojection": 2.00, "depth": 0.05, "quantity": 2.00},
    {"backprojection": 0.00, "depth": 0.00, "quantity": 0.00},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        records = _records(folder)
        print(f"{folder.name}: {len(records)} compartments")
        for tried in _TRIED:
            errors = [
                abs(_fused(record, taught, tried) - record.truth)
                for taught, judged in _halves(records)
                for record in judged
            ]
            print(f"  {dict(tried)}: {100 * float(np.mean(errors)):.2f}", flush=True)


def _records(folder: Path) -> list[Record]:
    profile = find_meals([folder])[0].profile
    dataset = open_dataset(str(folder), load_profile(profile).profile)
    judge = Judge(Settings(profile=profile, depth="embedded", quantity="embedded"))
    return [record for record in run(judge, dataset).records if record.answer is not None]


class _Taught:
    """What one half of the meals says of the estimators' errors."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.curves = error_curves(records, {}, {})
        self.correlations = error_correlations(records, {}, {})


def _halves(records: Sequence[Record]) -> Iterator[tuple[_Taught, list[Record]]]:
    meals = sorted({record.meal for record in records})
    rng = np.random.default_rng(0)
    for _ in range(_WAYS):
        drawn = rng.permutation(meals)
        for half in (drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]):
            own = set(half)
            judged = [record for record in records if record.meal not in own]
            yield _Taught([record for record in records if record.meal in own]), judged


def _fused(record: Record, taught: _Taught, elsewhere: Mapping[str, float]) -> float:
    said = {
        name: answer
        for name in record.confidences
        if (answer := record.answers.get(alone(name))) is not None
    }
    weights = calibrated_weights(
        {name: record.confidences[name] for name in said},
        taught.curves,
        record.kind,
        taught.correlations,
        elsewhere=elsewhere,
    )
    assert weights is not None, "every estimator is measured on both kinds of dish"
    return weighted_median([said[name] for name in weights], list(weights.values()))


if __name__ == "__main__":
    main()
