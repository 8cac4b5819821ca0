"""Judges every labelled tray and sets all answers beside the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.comparison import Ratio
from foodwaste.conformal import kind_of
from foodwaste.evaluate.food_masks import FoodPixels, food_pixels
from foodwaste.evaluate.judge import Judge, Judged, rectified_tray
from foodwaste.evaluate.labels import Dataset, Label, LabelledTray
from foodwaste.evaluate.original import OriginalReference, original_ratio
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
from foodwaste.fusion import fuse
from foodwaste.pipeline.answers import answers_of, measured_part
from foodwaste.pipeline.assemble import share_served
from foodwaste.profile import Policy
from foodwaste.report import CompartmentReport, Reference

#: Called with how many trays are done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class TrayRecord:
    """One tray's own ratio against its truth, where every compartment was labelled."""

    tray: str
    meal: str
    truth: float
    answer: float
    interval: tuple[float, float]
    estimators: str
    reference: Reference


@dataclass(frozen=True)
class Results:
    """Everything measured on one data set with one profile."""

    dataset: Dataset
    records: tuple[Record, ...]
    trays: tuple[TrayRecord, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    pixels: tuple[FoodPixels, ...] = ()


def run(judge: Judge, dataset: Dataset, *, progress: Progress | None = None) -> Results:
    """Judges every tray; pictures that fail are listed with their reason, not dropped silently.

    Before-pictures are analysed once for neighbouring trays that share one.
    """
    records: list[Record] = []
    trays: list[TrayRecord] = []
    failed: dict[str, str] = {}
    empties: dict[Path, NDArray[np.uint8]] = {}
    pixels: dict[tuple[Path, str, str], FoodPixels] = {}
    for done, tray in enumerate(dataset.trays):
        if progress is not None:
            progress(done, len(dataset.trays))
        judged = judge.judge(tray)
        if judged.report.status == "failed":
            failed[str(tray.after)] = judged.report.reason or "unknown"
            continue
        empty = _empty_rgb(judge, tray, empties)
        own = list(_records(judged, tray, empty))
        records += own
        for each in food_pixels(judged, tray, judge.food_threshold):
            # A picture before the meal is seen with every one after it, and counts once.
            pixels.setdefault((each.picture, each.compartment, each.way), each)
        whole = _whole_tray(judged, tray, own)
        if whole is not None:
            trays.append(whole)
    if progress is not None:
        progress(len(dataset.trays), len(dataset.trays))
    answered = with_trivial_answers(records)
    return Results(dataset, answered, tuple(trays), failed, tuple(pixels.values()))


def with_trivial_answers(records: Sequence[Record]) -> tuple[Record, ...]:
    """Adds predict-the-mean (of all *other* meals; of all other trays when there is one), 0, 1."""
    by_meal = len({record.meal for record in records}) > 1
    key = [record.meal if by_meal else record.tray for record in records]
    truths = np.array([record.truth for record in records])
    total, count = truths.sum(), len(truths)
    own_sum: dict[str, float] = {}
    own_count: dict[str, int] = {}
    for name, truth in zip(key, truths, strict=True):
        own_sum[name] = own_sum.get(name, 0.0) + float(truth)
        own_count[name] = own_count.get(name, 0) + 1
    done = []
    for record, name in zip(records, key, strict=True):
        others = count - own_count[name]
        mean = (total - own_sum[name]) / others if others else None
        trivial = {MEAN: mean, ALL_EATEN: 0.0, ALL_LEFT: 1.0}
        done.append(replace(record, answers={**record.answers, **trivial}))
    return tuple(done)


def _records(
    judged: Judged, tray: LabelledTray, empty: NDArray[np.uint8] | None
) -> Iterator[Record]:
    profile = judged.analysis.profile.profile
    reports = {report.id: report for report in judged.report.compartments}
    for label in tray.labels:
        if label.leftover_ratio is None or label.compartment not in reports:
            continue
        report = reports[label.compartment]
        answers, confidences, stated = _answers(judged, label.compartment, report)
        answers |= _originals(judged, label.compartment, empty)
        yield Record(
            tray=str(tray.after),
            before=None if tray.before is None else str(tray.before),
            meal=tray.meal,
            compartment=label.compartment,
            dish=label.dish or report.dish,
            kind=kind_of(profile, label.compartment),
            truth=label.leftover_ratio,
            nominal=label.nominal,
            answers=answers,
            confidences=confidences,
            interval=report.interval,
            status=judged.report.status,
            reference=report.reference,
            elapsed_s=judged.report.elapsed_s,
            stated_error=stated,
            estimators="+".join(report.weights),
            said_dish=_recognised(judged, label),
            volume_ml=(label.volume_ml, report.volume_ml),
            mass_g=(label.mass_g, report.mass_g),
            notes=report.notes,
        )


def _answers(
    judged: Judged, name: str, report: CompartmentReport
) -> tuple[dict[str, float | None], dict[str, float], float]:
    analysis = judged.analysis
    profile = analysis.profile.profile
    ratios: Mapping[str, Ratio] = {}
    if analysis.findings is not None and analysis.served is not None:
        ratios = answers_of(profile, name, analysis.findings, analysis.served).ratios
    answers: dict[str, float | None] = {FUSED: report.leftover_ratio}
    answers |= {alone(estimator): ratio.value for estimator, ratio in ratios.items()}
    measured, kind = measured_part(profile), kind_of(profile, name)
    policies: dict[str, Policy] = {THRESHOLDS: "thresholds"}
    if measured.error_curves:
        policies[CALIBRATED] = "calibrated"
    for way, policy in policies.items():
        fused = fuse(ratios, measured.model_copy(update={"policy": policy}), kind)
        answers[way] = None if fused is None else fused.ratio
    own = fuse(ratios, measured, kind)
    confidences = {estimator: ratio.confidence for estimator, ratio in ratios.items()}
    return answers, confidences, 0.0 if own is None else own.error


def _originals(
    judged: Judged, name: str, empty: NDArray[np.uint8] | None
) -> dict[str, float | None]:
    if judged.after is None or judged.before is None:
        return {}
    references: dict[str, tuple[NDArray[np.uint8], OriginalReference]] = {
        ORIGINAL_DISH: (judged.before.rgb, "dish")
    }
    if empty is not None:
        references[ORIGINAL_EMPTY] = (empty, "empty")
    return {
        way: original_ratio(
            judged.after.frame,
            name,
            after_rgb=judged.after.rgb,
            before_rgb=judged.before.rgb,
            reference_rgb=rgb,
            reference=reference,
        )
        for way, (rgb, reference) in references.items()
    }


def _recognised(judged: Judged, label: Label) -> str | None:
    """The dish an estimator recognised by itself, not the one that the profile states."""
    for finding in (judged.analysis.findings or {}).values():
        evidence = finding.evidence.get(label.compartment)
        if evidence is not None and evidence.dish is not None:
            return evidence.dish
    return None


def _empty_rgb(
    judge: Judge, tray: LabelledTray, kept: dict[Path, NDArray[np.uint8]]
) -> NDArray[np.uint8] | None:
    path = tray.empty or judge.loaded.empty_picture
    if path is None:
        return None
    if path not in kept:
        kept[path] = rectified_tray(path, judge.loaded).rgb
    return kept[path]


def _whole_tray(judged: Judged, tray: LabelledTray, own: list[Record]) -> TrayRecord | None:
    """The tray's ratio against the same mean of the true ones; labels must cover the tray."""
    totals = judged.report.tray
    answered = {record.compartment for record in own if record.answer is not None}
    measured = {r.id for r in judged.report.compartments if r.leftover_ratio is not None}
    if totals.leftover_ratio is None or totals.interval is None or measured != answered:
        return None
    profile = judged.analysis.profile.profile
    shares = {name: share_served(profile, name) for name in measured}
    kept = [record for record in own if record.compartment in measured]
    reference = kept[0].reference
    if reference is None:
        return None
    truth = sum(shares[r.compartment] * r.truth for r in kept) / sum(shares.values())
    return TrayRecord(
        tray=str(tray.after),
        meal=tray.meal,
        truth=truth,
        answer=totals.leftover_ratio,
        interval=totals.interval,
        estimators=kept[0].estimators,
        reference=reference,
    )
