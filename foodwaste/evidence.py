"""What one estimator says about one compartment: plain data that every estimator answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Names of the estimators, in the order in which they are shown and weighed.
ESTIMATORS = ("backprojection", "depth", "quantity")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One estimator's finding in one compartment.

    Attributes:
        amount: how much food is there, in the estimator's own unit (area or fill fraction
            0..1 for backprojection, ml for depth, fraction of a serving 0..1.25 for quantity).
        confidence: 0..1, how far the estimator trusts this finding.
        amount_error: one standard deviation of ``amount``, same unit.
        volume_ml: volume of the food where the estimator measures one, else ``None``.
        dish: the food's name where the estimator recognises one, else ``None``.
        notes: short reasons for a low confidence ("glare", "references disagree").
    """

    amount: float
    confidence: float
    amount_error: float
    volume_ml: float | None = None
    dish: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Everything one estimator says about one tray.

    Attributes:
        evidence: by compartment id; a compartment it cannot judge is absent.
        maps: per-pixel results in the tray's frame by name, each ``(H, W)``; for example
            ``food`` (float32, 0..1 probability), ``residue`` (bool), ``height_mm`` (float32).
        dropped: reasons by compartment id, for those that it could not judge.
    """

    evidence: Mapping[str, Evidence]
    maps: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
