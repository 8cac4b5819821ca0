"""Puts findings together into the report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from foodwaste.conformal import band_for, estimators_key, kind_of, scale_of
from foodwaste.evidence import Evidence, Finding
from foodwaste.fusion import Fused, fuse, interval_90
from foodwaste.pipeline.answers import (
    answers_of,
    dish_of,
    measured_part,
    measured_with_other_parameters,
)
from foodwaste.pipeline.served import Served
from foodwaste.profile import IntervalBand, Profile
from foodwaste.report import CompartmentReport, EvidenceReport, TrayTotals


def compartments(
    profile: Profile, findings: Mapping[str, Finding], served: Served
) -> tuple[CompartmentReport, ...]:
    """One report per compartment of the layout, in its order."""
    return tuple(
        _compartment(profile, name, findings, served) for name in profile.layout.compartments
    )


def totals(profile: Profile, reports: tuple[CompartmentReport, ...]) -> TrayTotals:
    """The whole tray: ratios weighed by what was served, volumes and masses summed.

    A sum is ``None`` as soon as one measured compartment lacks it: a partial sum would read as
    the whole. The interval is the one measured on whole trays where the profile has it; else
    errors of compartments are taken as independent.
    """
    measured = [report for report in reports if report.leftover_ratio is not None]
    if not measured:
        return TrayTotals()
    shares = [share_served(profile, report.id) for report in measured]
    whole = sum(shares)
    ratio = (
        sum(
            share * (report.leftover_ratio or 0.0)
            for share, report in zip(shares, measured, strict=True)
        )
        / whole
    )
    interval = _measured_interval(profile, measured, ratio) or _independent(measured, shares, ratio)
    return TrayTotals(
        leftover_ratio=round(ratio, 4),
        interval=_rounded(interval),
        volume_ml=_sum([report.volume_ml for report in measured]),
        mass_g=_sum([report.mass_g for report in measured]),
    )


def _measured_interval(
    profile: Profile, reports: list[CompartmentReport], ratio: float
) -> tuple[float, float] | None:
    keys = {(estimators_key(report.weights), report.reference) for report in reports}
    if len(keys) > 1:
        return None
    key, reference = keys.pop()
    band = band_for(measured_part(profile), "tray", key, str(reference), ratio)
    return None if band is None else _reached(ratio, band, 1.0)


def _independent(
    reports: list[CompartmentReport], shares: list[float], ratio: float
) -> tuple[float, float]:
    variance, whole = 0.0, sum(shares)
    for share, report in zip(shares, reports, strict=True):
        low, high = report.interval or (0.0, 1.0)
        variance += (share / whole * (high - low) / 2 / 1.6449) ** 2
    return interval_90(ratio, math.sqrt(variance))


def profile_notes(profile: Profile) -> tuple[str, ...]:
    """What a reader of every report of this profile should know."""
    if measured_with_other_parameters(profile):
        return (
            "the profile's measured errors belong to other back-projection parameters and are "
            "left aside: run 'foodwaste calibrate --fit' again",
        )
    return ()


def _compartment(
    profile: Profile, name: str, findings: Mapping[str, Finding], served: Served
) -> CompartmentReport:
    answers = answers_of(profile, name, findings, served)
    measured, kind = measured_part(profile), kind_of(profile, name)
    fused = fuse(answers.ratios, measured, kind)
    if fused is not None:
        key = estimators_key(fused.weights)
        band = band_for(measured, kind, key, served.reference, fused.ratio)
        if band is None:
            # Measured against another reference: in units of stated errors, which hold the
            # spread of servings, it still says more than the stated error alone.
            band = band_for(measured, kind, key, "before", fused.ratio)
        if band is not None:
            fused = replace(fused, interval=_reached(fused.ratio, band, scale_of(fused.error)))
    return _report(profile, name, fused, answers.said, findings, served, tuple(answers.notes))


def _reached(ratio: float, band: IntervalBand, scale: float) -> tuple[float, float]:
    return max(0.0, ratio - scale * band.below), min(1.0, ratio + scale * band.above)


def _report(
    profile: Profile,
    name: str,
    fused: Fused | None,
    said: dict[str, EvidenceReport],
    findings: Mapping[str, Finding],
    served: Served,
    notes: tuple[str, ...],
) -> CompartmentReport:
    dish = dish_of(profile, name, findings)
    if fused is None:
        return CompartmentReport(
            id=name,
            dish=dish,
            reference=served.reference if said else None,
            evidence=said,
            notes=notes,
        )
    volume = _volume_ml(profile, name, fused, findings)
    return CompartmentReport(
        id=name,
        dish=dish,
        leftover_ratio=round(fused.ratio, 4),
        interval=_rounded(fused.interval),
        confidence=round(fused.confidence, 4),
        volume_ml=None if volume is None else round(volume, 1),
        mass_g=_mass_g(profile, name, dish, volume, fused),
        reference=served.reference,
        weights={key: round(weight, 4) for key, weight in fused.weights.items()},
        evidence=said,
        notes=notes,
    )


def _volume_ml(
    profile: Profile, name: str, fused: Fused, findings: Mapping[str, Finding]
) -> float | None:
    """Measured volume (depth first, then a liquid's waterline), else a share of the serving."""
    for estimator in ("depth", "backprojection"):
        evidence: Evidence | None = None
        if estimator in findings:
            evidence = findings[estimator].evidence.get(name)
        if evidence is not None and evidence.volume_ml is not None:
            return evidence.volume_ml
    serving = profile.servings.get(name)
    if serving is None or serving.volume_ml is None:
        return None
    return fused.ratio * serving.volume_ml


def _mass_g(
    profile: Profile, name: str, dish: str | None, volume_ml: float | None, fused: Fused
) -> float | None:
    density = None if dish is None else profile.densities_g_per_ml.get(dish)
    if volume_ml is not None and density is not None:
        return round(volume_ml * density, 1)
    serving = profile.servings.get(name)
    if serving is None or serving.mass_g is None:
        return None
    return round(fused.ratio * serving.mass_g, 1)


def share_served(profile: Profile, name: str) -> float:
    """Weight of a dish in the tray's ratio: the volume served, else the well's capacity."""
    serving = profile.servings.get(name)
    if serving is not None and serving.volume_ml is not None:
        return serving.volume_ml
    # Wells are served about half full: 0.5 keeps both kinds of weight on one scale.
    return 0.5 * profile.layout.compartments[name].capacity_ml


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 1) if len(known) == len(values) else None


def _rounded(interval: tuple[float, float]) -> tuple[float, float]:
    return round(interval[0], 4), round(interval[1], 4)
