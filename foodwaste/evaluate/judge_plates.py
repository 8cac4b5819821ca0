"""Analyses a picture of free plates: before and after matched plate by plate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from foodwaste import backprojection
from foodwaste.errors import FoodwasteError, TrayNotFound
from foodwaste.evaluate.labels import LabelledTray
from foodwaste.evaluate.later import add_findings
from foodwaste.imaging import MAX_MPIXELS
from foodwaste.pipeline import Analysis, assemble
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.estimators import Estimator
from foodwaste.pipeline.plates import look_at_plates, plates_profile, served_on_plates
from foodwaste.profile import LoadedProfile
from foodwaste.report import TrayReport
from foodwaste.tray import RectifiedTray
from foodwaste.tray.plates import Plate


@dataclass(frozen=True)
class PlacedPlates:
    """The plates behind the slots, in the layout's order; ``None`` for one that is gone."""

    before: tuple[Plate, ...]
    after: tuple[Plate | None, ...]


@dataclass(frozen=True)
class JudgedPlates:
    """An analysis, the trays of plates behind it, and where they lay in the photographs."""

    analysis: Analysis
    after: RectifiedTray | None = None
    before: RectifiedTray | None = None
    placed: PlacedPlates | None = None


def analyse_plates(
    tray: LabelledTray, loaded: LoadedProfile, later: Sequence[Estimator] = ()
) -> JudgedPlates:
    """Every estimator's answer on every plate of the before-picture.

    As the product answers: with the profile's parameters and what was measured with them; its
    wells and servings are those of another tray, and so is its empty picture. Masks are drawn on
    whole photographs, so these are looked at whole.
    """
    begun = time.perf_counter()
    try:
        if tray.before is None:
            raise TrayNotFound(f"{tray.after}: plates need a picture of the same plates before")
        seen = look_at_plates(
            str(tray.after), str(tray.before), Budget.unlimited(), max_mpixels=MAX_MPIXELS
        )
    except FoodwasteError as error:
        report = TrayReport(
            image=str(tray.after),
            profile=loaded.profile.name,
            status="failed",
            reason=str(error),
            failure="no-tray",
            elapsed_s=round(time.perf_counter() - begun, 4),
        )
        return JudgedPlates(Analysis(lambda: report, loaded))
    profile = plates_profile(loaded.profile, seen.layout)
    before, after = seen.on_board()
    colour_before, colour_after = seen.between_rims()
    served = served_on_plates(profile, colour_before, before)
    colour = backprojection.estimate(colour_after, profile, served.colours)
    findings = {backprojection.NAME: colour}
    add_findings(later, after, profile, findings, served, before, empty_rgb=None)
    reports = assemble.compartments(profile, findings, served)
    report = TrayReport(
        image=str(tray.after),
        before=str(tray.before),
        profile=profile.name,
        status="ok",
        elapsed_s=round(time.perf_counter() - begun, 4),
        compartments=reports,
        tray=assemble.totals(profile, reports),
    )
    analysis = Analysis(lambda: report, LoadedProfile(profile, loaded.path), None, served, findings)
    return JudgedPlates(analysis, after, before, PlacedPlates(seen.before, seen.after))
