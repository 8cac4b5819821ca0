"""From records to the summary: every figure, each over the compartments it is defined on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from foodwaste.conformal import mean_interval, trays_needed
from foodwaste.conformal.floors import CLEAN
from foodwaste.evaluate import metrics
from foodwaste.evaluate.bootstrap import mean_interval_by_group
from foodwaste.evaluate.food_masks import EVERYTHING, FoodPixels
from foodwaste.evaluate.record import (
    ALL_EATEN,
    ALL_LEFT,
    CALIBRATED,
    FUSED,
    MEAN,
    ORIGINAL_DISH,
    ORIGINAL_EMPTY,
    THRESHOLDS,
    Record,
    alone,
)
from foodwaste.evaluate.run import Results, TrayRecord
from foodwaste.evaluate.summary import (
    DayScore,
    IntervalScore,
    Latency,
    MaskScore,
    QuantityScore,
    Score,
    Summary,
)
from foodwaste.evidence import ESTIMATORS
from foodwaste.pipeline.answers import measured_part
from foodwaste.profile import Profile

#: Amount bands of the *true* ratio.
BANDS = ((CLEAN, "eaten clean"), (0.25, "up to 25 %"), (0.5, "25 to 50 %"), (0.75, "50 to 75 %"))
_LAST_BAND = "over 75 %"
_ORDER = (
    FUSED,
    THRESHOLDS,
    CALIBRATED,
    *(alone(name) for name in ESTIMATORS),
    ORIGINAL_EMPTY,
    ORIGINAL_DISH,
    MEAN,
    ALL_EATEN,
    ALL_LEFT,
)

Floats = NDArray[np.float64]


def summarise(results: Results, profile: Profile) -> Summary:
    """All figures of one evaluation."""
    records = results.records
    ways = [way for way in _ORDER if any(way in record.answers for record in records)]
    latencies = {record.tray: record.elapsed_s for record in records}
    recognised = [r for r in records if r.said_dish is not None and r.dish is not None]
    return Summary(
        dataset=results.dataset.name,
        data_sha256=results.dataset.sha256(),
        profile=profile.name,
        policy=profile.fusion.policy,
        trays=len(results.dataset.trays),
        meals=len(results.dataset.meals),
        compartments=len(records),
        unanswered=sum(record.answer is None for record in records),
        failed=dict(results.failed),
        notes=_notes(results),
        methods=tuple(score(way, records, way) for way in ways),
        groups={
            "dish": _grouped(records, lambda r: r.dish or r.compartment),
            "compartment": _grouped(records, lambda r: r.compartment),
            "kind": _grouped(records, lambda r: r.kind),
            "amount": _grouped(records, lambda r: band_of(r.truth), _band_names()),
            "status": _grouped(records, lambda r: r.status),
            "compared with": _grouped(records, lambda r: r.reference or "nothing"),
        },
        intervals=_intervals(records, results.trays),
        masks=_masks(results.pixels),
        quantities=tuple(
            found
            for name, pairs in (
                ("volume", [record.volume_ml for record in records]),
                ("mass", [record.mass_g for record in records]),
            )
            if (found := _quantity(name, pairs)) is not None
        ),
        food_accuracy=float(np.mean([r.said_dish == r.dish for r in recognised]))
        if recognised
        else None,
        food_count=len(recognised),
        latency=_latency(list(latencies.values())),
        days=_days(records, profile),
    )


def score(name: str, records: Iterable[Record], way: str = FUSED) -> Score:
    """One way of answering over these records, where it answered at all."""
    kept = [record for record in records if record.answers.get(way) is not None]
    if not kept:
        return Score(name=name, count=0, mae=None)
    answer = np.array([record.answers[way] for record in kept], np.float64)
    truth = np.array([record.truth for record in kept], np.float64)
    found = metrics.agreement(answer, truth)
    meals = [record.meal for record in kept]
    return Score(
        name=name,
        count=len(kept),
        mae=metrics.mean_absolute_error(answer, truth),
        mae_interval=mean_interval_by_group(np.abs(answer - truth), meals),
        bias=found.bias,
        limits=found.limits if len(kept) > 1 else None,
        clean_share=metrics.clean_share(answer, truth),
        clean_count=int((truth <= CLEAN).sum()),
    )


def band_of(truth: float) -> str:
    """Name of the amount band of a true ratio."""
    return next((name for end, name in BANDS if truth <= end), _LAST_BAND)


def _band_names() -> list[str]:
    return [*(name for _, name in BANDS), _LAST_BAND]


def _grouped(
    records: Sequence[Record], key: Callable[[Record], str], order: Sequence[str] | None = None
) -> tuple[Score, ...]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    names = [name for name in order if name in groups] if order is not None else sorted(groups)
    return tuple(score(name, groups[name]) for name in names)


def _intervals(records: Sequence[Record], trays: Sequence[TrayRecord]) -> tuple[IntervalScore, ...]:
    stated = [(r, r.interval) for r in records if r.interval is not None]
    groups: dict[str, Callable[[Record], bool]] = {"all compartments": lambda _: True}
    for kind in ("solid", "liquid"):
        groups[kind] = lambda r, kind=kind: r.kind == kind  # type: ignore[misc]
    for band in _band_names():
        groups[f"truth: {band}"] = lambda r, band=band: band_of(r.truth) == band  # type: ignore[misc]
    rows = [
        (name, [(interval, record.truth) for record, interval in stated if belongs(record)])
        for name, belongs in groups.items()
    ]
    rows.append(("whole tray", [(tray.interval, tray.truth) for tray in trays]))
    found = []
    for name, members in rows:
        if members:
            low, high = np.array([interval for interval, _ in members], np.float64).T
            truth = np.array([truth for _, truth in members], np.float64)
            coverage, width = metrics.coverage_and_width(low, high, truth)
            found.append(
                IntervalScore(name=name, count=len(members), coverage=coverage, width=width)
            )
    return tuple(found)


def _masks(pixels: Sequence[FoodPixels]) -> tuple[MaskScore, ...]:
    """Each way over the same wells: one that colour could not judge counts as found empty."""
    scores = []
    for way in dict.fromkeys(each.way for each in pixels):
        overlaps = [each.overlap for each in pixels if each.way == way]
        intersection, union, total = (sum(part) for part in zip(*overlaps, strict=True))
        iou, dice = metrics.overlap_scores(intersection, union, total)
        scores.append(MaskScore(name=way, count=len(overlaps), iou=iou, dice=dice))
    return tuple(sorted(scores, key=lambda score: score.name == EVERYTHING))


def _quantity(
    name: str, pairs: Sequence[tuple[float | None, float | None]]
) -> QuantityScore | None:
    known = [(t, a) for t, a in pairs if t is not None and a is not None]
    if not known:
        return None
    truth, answer = np.array(known, np.float64).T
    mape, over_mean = metrics.relative_errors(answer, truth)
    return QuantityScore(name=name, count=len(known), mape=mape, mae_over_mean=over_mean)


def _latency(seconds: Sequence[float]) -> Latency | None:
    if not seconds:
        return None
    median, late = np.quantile(seconds, [0.5, 0.95])
    return Latency(median_s=float(median), p95_s=float(late))


def _days(records: Sequence[Record], profile: Profile) -> tuple[DayScore, ...]:
    """Every dish as if all its trays were one day's; needs the measured spread of errors."""
    spreads = measured_part(profile).spreads
    groups: dict[str, list[Record]] = {}
    for record in records:
        if record.answer is not None:
            groups.setdefault(record.dish or record.compartment, []).append(record)
    days = []
    for dish, members in sorted(groups.items()):
        ratios = [record.answer for record in members if record.answer is not None]
        spread, meals = spreads.get(members[0].kind), len({record.meal for record in members})
        found = None if spread is None else mean_interval(ratios, spread, meals=meals)
        days.append(
            DayScore(
                dish=dish,
                trays=len(ratios),
                truth=float(np.mean([record.truth for record in members])),
                mean=float(np.mean(ratios)) if found is None else found.mean,
                interval=None if found is None else found.interval,
                trays_for_10_points=None if spread is None else trays_needed(spread, 0.10),
            )
        )
    return tuple(days)


def _notes(results: Results) -> tuple[str, ...]:
    notes = list(results.dataset.notes)
    if len(results.dataset.meals) == 1:
        notes.append("one meal only: nothing here says how other meals would read")
    if any(record.nominal for record in results.records):
        notes.append("true ratios are nominal: judged by eye, not weighed")
    silent = sorted({r.compartment for r in results.records if r.answer is None})
    if silent:
        notes.append(f"not measured in some trays: {', '.join(silent)}")
    return tuple(dict.fromkeys(notes))
