"""Fits what a profile knows of its errors: curves, intervals, spreads, residue floors.

Meals are parted in two. On the first part floors, reading and error curves are fitted; on the
second, which they have not seen, the fusion policy is chosen and the intervals are measured
(split conformal prediction).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.conformal import (
    parameters_sha256,
)
from foodwaste.evaluate.child_profile import write_child
from foodwaste.evaluate.fit_errors import (
    error_correlations,
    error_curves,
    fit_floors,
    fit_fused_readings,
    fit_readings,
)
from foodwaste.evaluate.fit_intervals import (
    LEAST_LABELS,
    interval_bands,
    spreads,
    tray_bands,
)
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.labels import Dataset, DatasetError, split_meals
from foodwaste.evaluate.metrics import mean_absolute_error
from foodwaste.evaluate.record import CALIBRATED, THRESHOLDS, Record
from foodwaste.evaluate.run import Progress, Results, run
from foodwaste.pipeline import Settings
from foodwaste.profile import (
    FitSource,
    FusionParameters,
    LoadedProfile,
    Policy,
)

#: Half of them for floors and curves, half for intervals: fewer say nothing of other meals.
LEAST_MEALS = 8
_SECOND_PART = 0.6

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
        last = "quantity" if settings.depth == "embedded" else "depth"
        fewer.append({last: "off"})
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
    floors = fit_floors(seen)
    readings = fit_readings(seen, floors)
    source = FitSource(
        data_sha256=dataset.sha256(),
        parameters_sha256=parameters_sha256(loaded.profile),
        trays=len(dataset.trays),
        meals=len(dataset.meals),
        policy="thresholds",
    )
    measured = FusionParameters(
        error_curves=error_curves(seen, floors, readings),
        error_correlations=error_correlations(seen, floors, readings),
        residue_floors=floors,
        reading_curves=readings,
        fitted_on=source,
    )
    fused = fit_fused_readings(_answered(judged(measured, first), dataset))
    measured = measured.model_copy(update={"reading_curves": readings | fused})
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
