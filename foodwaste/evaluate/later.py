"""Runs the estimators after colour on a tray: on what was served first, then on what is left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.depth import EmbeddedDepth
from foodwaste.evidence import Finding
from foodwaste.pipeline.estimators import Estimator
from foodwaste.pipeline.served import Served
from foodwaste.profile import Profile
from foodwaste.tray import RectifiedTray

#: Probability from which a pixel holds food where a network's card states none.
_FOOD_THRESHOLD = 0.5


def add_findings(
    later: Sequence[Estimator],
    tray: RectifiedTray,
    profile: Profile,
    findings: dict[str, Finding],
    served: Served,
    served_tray: RectifiedTray | None,
    *,
    empty_rgb: NDArray[np.uint8] | None,
) -> None:
    """Adds every later estimator's finding to ``findings``, and its finding of the served tray.

    Args:
        later: the estimators.
        tray: what is judged, as they see it.
        profile: its layout and servings.
        findings: by estimator, with colour's.
        served: what it is compared with; its findings are added where they are missing.
        served_tray: that tray as they see it; ``None`` where there is no picture of it.
        empty_rgb: the site's clean tray in its frame.
    """
    same_tray = served_tray if served.reference == "before" else None
    for estimator in later:
        if served_tray is not None and estimator.name not in served.findings:
            seen = served.findings[backprojection.NAME]
            served.findings[estimator.name] = estimator.estimate(
                served_tray, profile, seen, empty_rgb=empty_rgb
            )
        findings[estimator.name] = estimator.estimate(
            tray,
            profile,
            findings[backprojection.NAME],
            served=same_tray,
            served_finding=served.findings.get(estimator.name),
            empty_rgb=empty_rgb,
        )


def food_threshold(later: Sequence[Estimator]) -> float:
    """Probability from which the height network's map ``food`` says food, as its card states."""
    for estimator in later:
        if isinstance(estimator, EmbeddedDepth):
            figures = estimator.session.card.figures
            return float(figures.get("food_threshold", _FOOD_THRESHOLD))
    return _FOOD_THRESHOLD
