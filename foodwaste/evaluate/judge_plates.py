"""Analyses a picture of free plates: before and after matched plate by plate."""

from __future__ import annotations

import time

from foodwaste import backprojection
from foodwaste.errors import FoodwasteError, TrayNotFound
from foodwaste.evaluate.labels import LabelledTray
from foodwaste.imaging import load
from foodwaste.pipeline import Analysis, assemble
from foodwaste.pipeline.served import Served
from foodwaste.profile import LoadedProfile, Profile
from foodwaste.report import TrayReport
from foodwaste.tray import RectifiedTray
from foodwaste.tray.plates import find_plates, match_plates, plates_layout, rectify_plates

Seen = tuple[Analysis, RectifiedTray | None, RectifiedTray | None]


def analyse_plates(tray: LabelledTray, loaded: LoadedProfile) -> Seen:
    """The colour estimator's answer on every plate of the before-picture.

    The profile gives the parameters; its wells and servings are those of another tray. The
    truth of plates is an area, so the area is not turned into an amount.
    """
    begun = time.perf_counter()
    try:
        after, before = _both(tray)
    except FoodwasteError as error:
        report = TrayReport(
            image=str(tray.after),
            profile=loaded.profile.name,
            status="failed",
            reason=str(error),
            failure="no-tray",
            elapsed_s=round(time.perf_counter() - begun, 4),
        )
        return Analysis(report, loaded), None, None
    profile = plates_profile(loaded.profile, before)
    colours = backprojection.learn_references(profile, before, None)
    served = Served(
        "before",
        before,
        colours,
        {backprojection.NAME: backprojection.estimate(before, profile, colours)},
    )
    findings = {backprojection.NAME: backprojection.estimate(after, profile, colours)}
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
    seen = LoadedProfile(profile, loaded.path)
    return Analysis(report, seen, None, served, findings), after, before


def plates_profile(profile: Profile, plates: RectifiedTray) -> Profile:
    """The profile's parameters on a layout of plates, areas left as areas."""
    parameters = profile.backprojection.model_copy(update={"area_exponent": 1.0})
    changes = {
        "layout": plates.frame.layout,
        "servings": {},
        "backprojection": parameters,
        "name": "plates",
    }
    return profile.model_copy(update=changes)


def _both(tray: LabelledTray) -> tuple[RectifiedTray, RectifiedTray]:
    if tray.before is None:
        raise TrayNotFound(f"{tray.after}: plates need a picture of the same plates before")
    first, last = load(tray.before).rgb, load(tray.after).rgb
    plates = find_plates(first)
    if not plates:
        raise TrayNotFound(f"{tray.before}: no plate found in it")
    matched = match_plates(first, plates, last, find_plates(last))
    layout = plates_layout(len(plates))
    return rectify_plates(last, matched, layout), rectify_plates(first, plates, layout)
