"""Puts findings together into the report."""

from __future__ import annotations

import math
from collections.abc import Mapping

from foodwaste.comparison import Ratio, area_exponent, leftover_ratio
from foodwaste.evidence import ESTIMATORS, Evidence, Finding
from foodwaste.fusion import Fused, fuse, interval_90
from foodwaste.pipeline.served import Served
from foodwaste.profile import Profile
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
    the whole. Errors of compartments are taken as independent.
    """
    measured = [report for report in reports if report.leftover_ratio is not None]
    if not measured:
        return TrayTotals()
    shares = [_share_served(profile, report.id) for report in measured]
    whole = sum(shares)
    ratio = (
        sum(
            share * (report.leftover_ratio or 0.0)
            for share, report in zip(shares, measured, strict=True)
        )
        / whole
    )
    variance = 0.0
    for share, report in zip(shares, measured, strict=True):
        low, high = report.interval or (0.0, 1.0)
        variance += (share / whole * (high - low) / 2 / 1.6449) ** 2
    return TrayTotals(
        leftover_ratio=round(ratio, 4),
        interval=_rounded(interval_90(ratio, math.sqrt(variance))),
        volume_ml=_sum([report.volume_ml for report in measured]),
        mass_g=_sum([report.mass_g for report in measured]),
    )


def _compartment(
    profile: Profile, name: str, findings: Mapping[str, Finding], served: Served
) -> CompartmentReport:
    said: dict[str, EvidenceReport] = {}
    ratios: dict[str, Ratio] = {}
    notes: list[str] = []
    for estimator in ESTIMATORS:
        finding = findings.get(estimator)
        if finding is None:
            continue
        if name in finding.dropped:
            notes.append(f"{estimator}: {finding.dropped[name]}")
            continue
        after = finding.evidence[name]
        before = served.amount(profile, name, estimator)
        ratio = None
        if before is None:
            notes.append(f"{estimator}: no serving to compare with")
        else:
            exponent = area_exponent(profile, name, estimator)
            ratio = leftover_ratio(estimator, after, before, exponent=exponent)
            if ratio is None:
                notes.append(f"{estimator}: nothing was served")
            else:
                ratios[estimator] = ratio
        said[estimator] = EvidenceReport(
            amount=round(after.amount, 4),
            leftover_ratio=None if ratio is None else round(ratio.value, 4),
            confidence=round(after.confidence, 4),
            notes=after.notes,
        )
    fused = fuse(ratios)
    if any(ratio.clipped for ratio in ratios.values()):
        notes.append("more than was served: read as 1")
    return _report(profile, name, fused, said, findings, served, tuple(notes))


def _report(
    profile: Profile,
    name: str,
    fused: Fused | None,
    said: dict[str, EvidenceReport],
    findings: Mapping[str, Finding],
    served: Served,
    notes: tuple[str, ...],
) -> CompartmentReport:
    dish = _dish(profile, name, findings)
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


def _dish(profile: Profile, name: str, findings: Mapping[str, Finding]) -> str | None:
    serving = profile.servings.get(name)
    if serving is not None and serving.dish is not None:
        return serving.dish
    recognised = findings.get("quantity")
    evidence = None if recognised is None else recognised.evidence.get(name)
    return None if evidence is None else evidence.dish


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


def _share_served(profile: Profile, name: str) -> float:
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
