"""Fits each estimator's own errors to labelled trays: floors, worth of readings, likeness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from foodwaste.conformal import (
    above_floor,
    correlation_of,
    fit_curve,
    fit_floor,
    fit_reading,
    worth,
)
from foodwaste.evaluate.fit_intervals import KINDS, LEAST_LABELS
from foodwaste.evaluate.labels import split_meals
from foodwaste.evaluate.record import CALIBRATED, Record, alone
from foodwaste.evidence import ESTIMATORS
from foodwaste.profile import ErrorCurve, Kind, ReadingCurve

#: Ways of halving the meals by which it is judged whether a correction helps on other ones.
_HALVINGS = 10

Floors = dict[str, dict[str, float]]
Readings = dict[str, dict[Kind, ReadingCurve]]
Floats = NDArray[np.float64]


def fit_floors(records: Sequence[Record]) -> Floors:
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
    change = 0.0
    for learned in _halves(records):
        floor = _floor([record for record in records if record.meal in learned], way)
        if floor is None:
            return False
        for record in records:
            if record.meal not in learned:
                reading = record.answers[way] or 0.0
                change += abs(above_floor(reading, floor) - record.truth)
                change -= abs(reading - record.truth)
    return change < 0


def _halves(records: Sequence[Record]) -> Iterator[frozenset[str]]:
    """Both halves of the meals, for every way of halving them."""
    meals = tuple(dict.fromkeys(record.meal for record in records))
    for seed in range(_HALVINGS):
        yield from map(frozenset, split_meals(meals, 0.5, seed=seed))


def fit_readings(records: Sequence[Record], floors: Floors) -> Readings:
    """What readings above their floors are worth, where that helps on other meals."""
    found: Readings = {}
    for estimator in ESTIMATORS:
        for kind in KINDS:
            members = _measured(records, kind, (estimator,))
            read = [corrected(record, estimator, floors, {}) for record in members]
            _add_curve(found, estimator, kind, members, read)
    return found


def fit_fused_readings(records: Sequence[Record]) -> Readings:
    """What the answer of several estimators together is worth, by their names joined by ``+``."""
    found: Readings = {}
    for together in sorted({each.estimators for each in records if "+" in each.estimators}):
        for kind in KINDS:
            members = [
                record
                for record in records
                if record.kind == kind
                and record.estimators == together
                and record.answers.get(CALIBRATED) is not None
            ]
            read = [record.answers[CALIBRATED] or 0.0 for record in members]
            _add_curve(found, together, kind, members, read)
    return found


def _add_curve(
    found: Readings, name: str, kind: Kind, records: Sequence[Record], read: Sequence[float]
) -> None:
    """Adds a curve where curves learned on either half of the meals help on the other half.

    In the mean over several ways of halving: with one way, curves that fit chance pass half the
    time, and each costs more on other meals than nothing would.
    """
    readings, truth = _numbers(read), _numbers(record.truth for record in records)
    curve = fit_reading(readings, truth)
    if curve is None:
        return
    change = 0.0
    for learned in _halves(records):
        own = np.array([record.meal in learned for record in records])
        half = fit_reading(readings[own], truth[own])
        if half is None:
            return
        worths = np.array([worth(half, reading) for reading in readings[~own]])
        change += float(np.abs(worths - truth[~own]).sum())
        change -= float(np.abs(readings[~own] - truth[~own]).sum())
    if change < 0:
        found.setdefault(name, {})[kind] = curve


def error_curves(
    records: Sequence[Record], floors: Floors, readings: Readings
) -> dict[str, dict[Kind, ErrorCurve]]:
    """Error against confidence, by estimator and kind of dish."""
    curves: dict[str, dict[Kind, ErrorCurve]] = {}
    for estimator in ESTIMATORS:
        for kind in KINDS:
            members = _measured(records, kind, (estimator,))
            if len(members) < LEAST_LABELS:
                continue
            confidence = _numbers(record.confidences[estimator] for record in members)
            error = _errors(members, estimator, floors, readings)
            curves.setdefault(estimator, {})[kind] = fit_curve(confidence, error)
    return curves


def error_correlations(
    records: Sequence[Record], floors: Floors, readings: Readings
) -> dict[str, dict[Kind, float]]:
    """How alike two estimators err, by both their names and kind of dish."""
    found: dict[str, dict[Kind, float]] = {}
    for pair in combinations(ESTIMATORS, 2):
        for kind in KINDS:
            members = _measured(records, kind, pair)
            if len(members) >= LEAST_LABELS:
                errors = [_errors(members, name, floors, readings) for name in pair]
                found.setdefault("+".join(pair), {})[kind] = round(correlation_of(*errors), 3)
    return found


def corrected(record: Record, estimator: str, floors: Floors, readings: Readings) -> float:
    """An estimator's own answer above its floor, and what that is worth."""
    own = floors.get(estimator, {})
    floor = own.get(record.dish or "", own.get(record.compartment, 0.0))
    lifted = above_floor(record.answers[alone(estimator)] or 0.0, floor)
    curve = readings.get(estimator, {}).get(record.kind)
    return lifted if curve is None else worth(curve, lifted)


def _measured(records: Sequence[Record], kind: Kind, estimators: Sequence[str]) -> list[Record]:
    """Records of one kind that all of these estimators answered."""
    return [
        record
        for record in records
        if record.kind == kind
        and all(record.answers.get(alone(each)) is not None for each in estimators)
    ]


def _errors(
    records: Sequence[Record], estimator: str, floors: Floors, readings: Readings
) -> Floats:
    return _numbers(
        corrected(record, estimator, floors, readings) - record.truth for record in records
    )


def _numbers(values: object) -> Floats:
    return np.array(list(values), np.float64)  # type: ignore[call-overload]
