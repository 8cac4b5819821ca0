"""What each estimator says of one compartment, as leftover ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from foodwaste.comparison import Ratio, area_exponent, leftover_ratio
from foodwaste.conformal import above_floor, kind_of, parameters_sha256, worth
from foodwaste.evidence import ESTIMATORS, Evidence, Finding
from foodwaste.pipeline.served import Served
from foodwaste.profile import FusionParameters, Profile
from foodwaste.report import EvidenceReport


@dataclass
class Answers:
    """One compartment's answers by estimator, as reported and as ratios to be weighed."""

    said: dict[str, EvidenceReport] = field(default_factory=dict)
    ratios: dict[str, Ratio] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def answers_of(
    profile: Profile, name: str, findings: Mapping[str, Finding], served: Served
) -> Answers:
    """Every estimator's leftover ratio of compartment ``name``, as its readings are worth."""
    found = Answers()
    measured, kind = measured_part(profile), kind_of(profile, name)
    dish = dish_of(profile, name, findings)
    for estimator in ESTIMATORS:
        finding = findings.get(estimator)
        if finding is None:
            continue
        if name in finding.dropped:
            found.notes.append(f"{estimator}: {finding.dropped[name]}")
            continue
        after = finding.evidence[name]
        ratio = _ratio(profile, name, estimator, after, served, found.notes)
        if ratio is not None:
            floors = measured.residue_floors.get(estimator, {})
            ratio = _above_floor(ratio, floors, name, dish)
            curve = measured.reading_curves.get(estimator, {}).get(kind)
            if curve is not None:
                ratio = replace(ratio, value=worth(curve, ratio.value))
            found.ratios[estimator] = ratio
        found.said[estimator] = EvidenceReport(
            amount=round(after.amount, 4),
            leftover_ratio=None if ratio is None else round(ratio.value, 4),
            confidence=round(after.confidence, 4),
            notes=after.notes,
        )
    if any(ratio.clipped for ratio in found.ratios.values()):
        found.notes.append("more than was served: read as 1")
    return found


def dish_of(profile: Profile, name: str, findings: Mapping[str, Finding]) -> str | None:
    """What is served here: as the profile says, else as the quantity network recognised it."""
    serving = profile.servings.get(name)
    if serving is not None and serving.dish is not None:
        return serving.dish
    recognised = findings.get("quantity")
    evidence = None if recognised is None else recognised.evidence.get(name)
    return None if evidence is None else evidence.dish


def measured_part(profile: Profile) -> FusionParameters:
    """The profile's fusion parameters without measurements made with other parameters."""
    fusion = profile.fusion
    if not measured_with_other_parameters(profile):
        return fusion
    nothing: dict[str, object] = {
        "error_curves": {},
        "error_correlations": {},
        "intervals": (),
        "spreads": {},
        "residue_floors": {},
        "reading_curves": {},
    }
    return fusion.model_copy(update=nothing)


def measured_with_other_parameters(profile: Profile) -> bool:
    """Whether the profile's back-projection was changed after its errors were measured."""
    source = profile.fusion.fitted_on
    return source is not None and source.parameters_sha256 != parameters_sha256(profile)


def _ratio(
    profile: Profile,
    name: str,
    estimator: str,
    after: Evidence,
    served: Served,
    notes: list[str],
) -> Ratio | None:
    before = served.amount(profile, name, estimator)
    if before is None:
        notes.append(f"{estimator}: no serving to compare with")
        return None
    exponent = area_exponent(profile, name, estimator)
    ratio = leftover_ratio(estimator, after, before, exponent=exponent)
    if ratio is None:
        notes.append(f"{estimator}: nothing was served")
    return ratio


def _above_floor(ratio: Ratio, floors: Mapping[str, float], name: str, dish: str | None) -> Ratio:
    """The dish's own floor before the compartment's."""
    floor = floors.get(dish) if dish is not None else None
    if floor is None:
        floor = floors.get(name)
    return ratio if floor is None else replace(ratio, value=above_floor(ratio.value, floor))
