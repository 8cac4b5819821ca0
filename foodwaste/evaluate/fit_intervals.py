"""Fits intervals and spreads to what labelled trays were read as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foodwaste.conformal import Residuals, fit_bands, fit_spread, scale_of
from foodwaste.evaluate.record import Record
from foodwaste.evaluate.run import Results, TrayRecord
from foodwaste.profile import IntervalBand, Kind, Spread
from foodwaste.report import Reference

LEAST_LABELS = 20
KINDS: tuple[Kind, ...] = ("solid", "liquid")


def interval_bands(records: Sequence[Record]) -> tuple[IntervalBand, ...]:
    """How far truth lies from the answer, by kind of dish, estimators and reference."""
    groups: dict[tuple[Kind, str, Reference], list[Record]] = {}
    for record in records:
        if record.reference is not None:
            key = (record.kind, record.estimators, record.reference)
            groups.setdefault(key, []).append(record)
    bands: list[IntervalBand] = []
    for (kind, estimators, reference), members in groups.items():
        answer = _numbers(record.answer for record in members)
        truth = _numbers(record.truth for record in members)
        scale = _numbers(scale_of(record.stated_error) for record in members)
        meals = tuple(record.meal for record in members)
        bands += fit_bands(Residuals(kind, estimators, reference, answer, truth, scale, meals))
    return tuple(bands)


def tray_bands(results: Results) -> tuple[IntervalBand, ...]:
    """The same for whole trays."""
    groups: dict[tuple[str, Reference], list[TrayRecord]] = {}
    for tray in results.trays:
        groups.setdefault((tray.estimators, tray.reference), []).append(tray)
    bands: list[IntervalBand] = []
    for (estimators, reference), trays in groups.items():
        answer = _numbers(tray.answer for tray in trays)
        truth = _numbers(tray.truth for tray in trays)
        meals = tuple(tray.meal for tray in trays)
        scale = np.ones(len(trays))
        bands += fit_bands(Residuals("tray", estimators, reference, answer, truth, scale, meals))
    return tuple(bands)


def spreads(records: Sequence[Record]) -> dict[Kind, Spread]:
    """How errors spread from tray to tray and from meal to meal."""
    found: dict[Kind, Spread] = {}
    for kind in KINDS:
        members = [record for record in records if record.kind == kind]
        if len(members) >= LEAST_LABELS:
            error = _numbers(-(record.error or 0.0) for record in members)
            found[kind] = fit_spread(error, [record.meal for record in members])
    return found


def _numbers(values: object) -> NDArray[np.float64]:
    return np.array(list(values), np.float64)  # type: ignore[call-overload]
