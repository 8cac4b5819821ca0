"""Finds the measured interval that speaks for an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from foodwaste.evidence import ESTIMATORS
from foodwaste.profile import FusionParameters, IntervalBand, Kind, Profile
from foodwaste.profile.content_key import content_key


def kind_of(profile: Profile, compartment_id: str) -> Kind:
    """Whether a compartment's dish is judged as a liquid or as a solid."""
    return "liquid" if profile.is_liquid(compartment_id) else "solid"


def estimators_key(names: Iterable[str]) -> str:
    """Estimators' names joined in their usual order: ``backprojection+depth``."""
    present = set(names)
    return "+".join(name for name in ESTIMATORS if name in present)


def parameters_sha256(profile: Profile) -> str:
    """Fingerprint of what the colour estimator's answers depend on in this profile."""
    return _sha256(content_key(profile.backprojection))


@lru_cache(maxsize=16)
def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def band_for(
    parameters: FusionParameters, kind: Kind, estimators: str, reference: str, ratio: float
) -> IntervalBand | None:
    """The band fitted on answers like this one; ``None`` when there were none."""
    for band in parameters.intervals:
        if (
            band.kind == kind
            and band.estimators == estimators
            and band.reference == reference
            and band.from_ratio <= ratio <= band.to_ratio
        ):
            return band
    return None
