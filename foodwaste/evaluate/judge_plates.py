"""Analyses a picture of free plates: before and after matched plate by plate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.errors import FoodwasteError, TrayNotFound
from foodwaste.evaluate.labels import LabelledTray
from foodwaste.evaluate.later import add_findings
from foodwaste.evidence import Finding
from foodwaste.imaging import load
from foodwaste.pipeline import Analysis, assemble
from foodwaste.pipeline.estimators import Estimator
from foodwaste.pipeline.served import Served
from foodwaste.profile import Layout, LoadedProfile, Profile
from foodwaste.report import TrayReport
from foodwaste.tray import RectifiedTray
from foodwaste.tray.plate_matching import match_plates
from foodwaste.tray.plate_registration import register_plates
from foodwaste.tray.plate_slots import plates_layout, plates_on_board, rectify_plates
from foodwaste.tray.plates import Plate, find_plates


@dataclass(frozen=True)
class PlacedPlates:
    """The plates behind the slots, in the layout's order; ``None`` for one that is gone."""

    before: tuple[Plate, ...]
    after: tuple[Plate | None, ...]


@dataclass(frozen=True)
class SeenPlates:
    """An analysis, the trays of plates behind it, and where they lay in the photographs."""

    analysis: Analysis
    after: RectifiedTray | None = None
    before: RectifiedTray | None = None
    placed: PlacedPlates | None = None


@dataclass(frozen=True)
class _Photographs:
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    placed: PlacedPlates
    layout: Layout


def analyse_plates(
    tray: LabelledTray, loaded: LoadedProfile, later: Sequence[Estimator] = ()
) -> SeenPlates:
    """Every estimator's answer on every plate of the before-picture.

    The profile gives the parameters; its wells and servings are those of another tray, and so
    is its empty picture. The truth of plates is an area, so colour's area is not turned into
    an amount.
    """
    begun = time.perf_counter()
    try:
        seen = _look(tray)
    except FoodwasteError as error:
        report = TrayReport(
            image=str(tray.after),
            profile=loaded.profile.name,
            status="failed",
            reason=str(error),
            failure="no-tray",
            elapsed_s=round(time.perf_counter() - begun, 4),
        )
        return SeenPlates(Analysis(lambda: report, loaded))
    profile = plates_profile(loaded.profile, seen.layout)
    served, findings = _colour(seen, profile)
    before = plates_on_board(seen.before, seen.placed.before, seen.layout)
    after = plates_on_board(seen.after, seen.placed.after, seen.layout)
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
    return SeenPlates(analysis, after, before, seen.placed)


def plates_profile(profile: Profile, layout: Layout) -> Profile:
    """The profile's parameters on a layout of plates, areas left as areas."""
    parameters = profile.backprojection.model_copy(update={"area_exponent": 1.0})
    changes = {
        "layout": layout,
        "servings": {},
        "backprojection": parameters,
        "name": "plates",
    }
    return profile.model_copy(update=changes)


def _colour(seen: _Photographs, profile: Profile) -> tuple[Served, dict[str, Finding]]:
    """What was served, and colour's findings: plates between plates' rims."""
    before = rectify_plates(seen.before, seen.placed.before, seen.layout)
    after = rectify_plates(seen.after, seen.placed.after, seen.layout)
    colours = backprojection.learn_references(profile, before, None)
    finding = backprojection.estimate(before, profile, colours)
    served = Served("before", before, colours, {backprojection.NAME: finding})
    return served, {backprojection.NAME: backprojection.estimate(after, profile, colours)}


def _look(tray: LabelledTray) -> _Photographs:
    if tray.before is None:
        raise TrayNotFound(f"{tray.after}: plates need a picture of the same plates before")
    first, last = load(tray.before).rgb, load(tray.after).rgb
    plates = find_plates(first)
    if not plates:
        raise TrayNotFound(f"{tray.before}: no plate found in it")
    matched = match_plates(first, plates, last, find_plates(last))
    matched = register_plates(first, plates, last, matched)
    return _Photographs(first, last, PlacedPlates(plates, matched), plates_layout(plates))
