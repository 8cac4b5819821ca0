"""Fits what a profile knows of its errors: curves, intervals, spreads, residue floors.

Meals are parted in two. On the first part floors and error curves are fitted; on the second,
which they have not seen, the fusion policy is chosen and the intervals are measured (split
conformal prediction).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.conformal import (
    above_floor,
    fit_curve,
    fit_floor,
    parameters_sha256,
)
from foodwaste.evaluate.child_profile import write_child
from foodwaste.evaluate.fit_intervals import (
    KINDS,
    LEAST_LABELS,
    interval_bands,
    spreads,
    tray_bands,
)
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.labels import Dataset, DatasetError, split_meals
from foodwaste.evaluate.metrics import mean_absolute_error
from foodwaste.evaluate.record import CALIBRATED, THRESHOLDS, Record, alone
from foodwaste.evaluate.run import Progress, Results, run
from foodwaste.evidence import ESTIMATORS
from foodwaste.pipeline import Settings
from foodwaste.profile import (
    ErrorCurve,
    FitSource,
    FusionParameters,
    Kind,
    LoadedProfile,
    Policy,
)

#: Half of them for floors and curves, half for intervals: fewer say nothing of other meals.
LEAST_MEALS = 8
_SECOND_PART = 0.6

Floors = dict[str, dict[str, float]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """The measured part of a profile, and how the two policies did on the second part.

    ``policy_mae`` is empty when only one estimator answered: the policies are then the same.
    """

    fusion: FusionParameters
    policy_mae: dict[str, float]
    labels: int


def fit(
    loaded: LoadedProfile,
    settings: Settings,
    dataset: Dataset,
    *,
    after_only: bool = False,
    progress: Progress | None = None,
) -> Fitted:
    """Judges every labelled tray and fits the profile's errors to it.

    Intervals are measured for what ``settings`` ask for and for every lower rung of the
    deadline's ladder, because an answer may stop there.

    Raises:
        DatasetError: too few meals or labels to fit anything.
    """
    meals = dataset.meals
    if len(meals) < LEAST_MEALS:
        raise DatasetError(
            f"{dataset.name} holds {len(meals)} meal{'' if len(meals) == 1 else 's'}: fitting "
            f"errors needs at least {LEAST_MEALS}, some to fit and others to measure on"
        )
    names_first, names_second = split_meals(meals, _SECOND_PART, seed=0)
    first, second = dataset.of_meals(names_first), dataset.of_meals(names_second)

    def judged(fusion: FusionParameters, part: Dataset, rung: Settings = settings) -> Results:
        with tempfile.TemporaryDirectory(prefix="foodwaste-fit-") as folder:
            path = Path(folder) / "fit.yaml"
            write_child(loaded, path, name=loaded.profile.name, fusion=fusion)
            own = rung.model_copy(update={"profile": str(path), "policy": None})
            return run(Judge(own, after_only=after_only), part, progress=progress)

    fitted = _fitted(loaded, dataset, first, second, judged)
    bands = fitted.fusion.intervals
    for rung in _lower_rungs(settings):
        results = judged(fitted.fusion, second, rung)
        bands += (*interval_bands(_answered(results, dataset)), *tray_bands(results))
    return replace(fitted, fusion=fitted.fusion.model_copy(update={"intervals": bands}))


def _lower_rungs(settings: Settings) -> list[Settings]:
    """What still answers when time runs out: fewer estimators, the cheapest ones (``pipeline``)."""
    fewer: list[dict[str, str]] = []
    if settings.depth != "off" and settings.quantity != "off":
        fewer.append({"depth": "off"})
    if settings.depth != "off" or settings.quantity != "off":
        fewer.append({"depth": "off", "quantity": "off"})
    return [settings.model_copy(update=change) for change in fewer]


def _fitted(
    loaded: LoadedProfile,
    dataset: Dataset,
    first: Dataset,
    second: Dataset,
    judged: Callable[[FusionParameters, Dataset], Results],
) -> Fitted:
    plain = FusionParameters()
    seen = _answered(judged(plain, first), dataset)
    floors = _floors(seen)
    source = FitSource(
        data_sha256=dataset.sha256(),
        parameters_sha256=parameters_sha256(loaded.profile),
        trays=len(dataset.trays),
        meals=len(dataset.meals),
        policy="thresholds",
    )
    measured = FusionParameters(
        error_curves=_curves(seen, floors), residue_floors=floors, fitted_on=source
    )
    results = judged(measured, second)
    answered = _answered(results, dataset)
    policy, policy_mae = _better_policy(answered)
    if policy == "calibrated":
        measured = measured.model_copy(update={"policy": policy})
        results = judged(measured, second)
        answered = _answered(results, dataset)
    fusion = measured.model_copy(
        update={
            "intervals": (*interval_bands(answered), *tray_bands(results)),
            "spreads": spreads(answered),
            "fitted_on": source.model_copy(update={"policy": policy}),
        }
    )
    return Fitted(fusion, policy_mae, len(seen) + len(answered))


def _answered(results: Results, dataset: Dataset) -> list[Record]:
    answered = [record for record in results.records if record.answer is not None]
    if len(answered) < LEAST_LABELS:
        raise DatasetError(
            f"{dataset.name}: only {len(answered)} labelled compartments of one part could be "
            f"measured; fitting needs at least {LEAST_LABELS} in each"
        )
    return answered


def _floors(records: Sequence[Record]) -> Floors:
    """Floors by estimator, for dishes and for compartments with enough labels."""
    found: Floors = {}
    for estimator in ESTIMATORS:
        groups: dict[str, list[Record]] = {}
        for record in records:
            if record.answers.get(alone(estimator)) is not None:
                groups.setdefault(record.compartment, []).append(record)
                if record.dish is not None:
                    groups.setdefault(record.dish, []).append(record)
        for name, members in groups.items():
            if len(members) < LEAST_LABELS:
                continue
            floor = _floor(members, alone(estimator))
            if floor is not None and _helps_elsewhere(members, alone(estimator)):
                found.setdefault(estimator, {})[name] = floor
    return found


def _floor(records: Sequence[Record], way: str) -> float | None:
    reading = _numbers(record.answers[way] for record in records)
    return fit_floor(reading, _numbers(record.truth for record in records))


def _helps_elsewhere(records: Sequence[Record], way: str) -> bool:
    """Whether floors learned on either half of the meals lower the error on the other half."""
    meals = tuple(dict.fromkeys(record.meal for record in records))
    change = 0.0
    for learned in split_meals(meals, 0.5, seed=0):
        floor = _floor([record for record in records if record.meal in learned], way)
        if floor is None:
            return False
        for record in records:
            if record.meal not in learned:
                reading = record.answers[way] or 0.0
                change += abs(above_floor(reading, floor) - record.truth)
                change -= abs(reading - record.truth)
    return change < 0


def _curves(records: Sequence[Record], floors: Floors) -> dict[str, dict[Kind, ErrorCurve]]:
    curves: dict[str, dict[Kind, ErrorCurve]] = {}
    for estimator in ESTIMATORS:
        own = floors.get(estimator, {})
        for kind in KINDS:
            members = [
                (record, answer)
                for record in records
                if record.kind == kind
                and (answer := record.answers.get(alone(estimator))) is not None
            ]
            if len(members) < LEAST_LABELS:
                continue
            confidence = _numbers(record.confidences[estimator] for record, _ in members)
            error = _numbers(_lifted(r, answer, own) - r.truth for r, answer in members)
            curves.setdefault(estimator, {})[kind] = fit_curve(confidence, error)
    return curves


def _lifted(record: Record, answer: float, floors: dict[str, float]) -> float:
    floor = floors.get(record.dish or "", floors.get(record.compartment, 0.0))
    return above_floor(answer, floor)


def _better_policy(records: Sequence[Record]) -> tuple[Policy, dict[str, float]]:
    """The policy with the smaller error; the table's when both are the same."""
    if not any(len(record.confidences) > 1 for record in records):
        return "thresholds", {}
    both = [record for record in records if record.answers.get(CALIBRATED) is not None]
    truth = _numbers(record.truth for record in both)
    mae = {
        way: mean_absolute_error(_numbers(record.answers[way] for record in both), truth)
        for way in (THRESHOLDS, CALIBRATED)
    }
    better: Policy = "calibrated" if mae[CALIBRATED] < mae[THRESHOLDS] else "thresholds"
    return better, mae


def _numbers(values: object) -> Floats:
    return np.array(list(values), np.float64)  # type: ignore[call-overload]
