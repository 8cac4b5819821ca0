"""Measures one site's tray: where it lies, what it looks like empty, what is served in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.calibrate.menu import dishes_served, photographed_menu
from foodwaste.calibrate.size import SizeMm, scaled_layout
from foodwaste.errors import ImageError, TrayNotFound, UsageError
from foodwaste.evidence import Finding
from foodwaste.imaging import MAX_MPIXELS, load
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.job import Corner
from foodwaste.pipeline.sight import Sight, look
from foodwaste.profile import EmptyTray, Layout, LoadedProfile, Profile

Corners = tuple[Corner, Corner, Corner, Corner]

#: What is really served differs from one photographed serving by this share (one standard
#: deviation): kitchens report 5 to 25 %.
SERVING_ERROR = 0.15
#: Less of a well than this is smears: nothing was served there.
_LEAST_SERVED = 0.03
#: A well of which less than this is in the picture is worth a note.
_IN_VIEW = 0.95


@dataclass(frozen=True)
class Request:
    """What to measure. Sizes in mm, corners in pixels of the whole upright photograph."""

    empty: str | None = None
    serving: str | None = None
    size_mm: SizeMm | None = None
    rim_height_mm: float | None = None
    dishes: Mapping[str, str] = field(default_factory=dict)
    corners_px: Corners | None = None
    serving_corners_px: Corners | None = None
    max_mpixels: float = MAX_MPIXELS


@dataclass(frozen=True)
class Calibration:
    """What was measured: the whole profile, the pictures it rests on, and what to know."""

    profile: Profile
    empty: Sight | None
    served: Sight | None
    served_finding: Finding | None
    notes: tuple[str, ...]


def calibrate(request: Request, base: LoadedProfile, *, name: str, stem: str) -> Calibration:
    """Measures a tray of the base profile's layout.

    Args:
        request: what to measure.
        base: the profile that gives the layout and everything that is not measured.
        name: the new profile's name.
        stem: what its pictures' file names begin with.

    Raises:
        ImageError, TrayNotFound: a photograph cannot be used; the message names it.
        UsageError: a dish for an unknown compartment, or proportions of another tray.
    """
    layout = scaled_layout(base.profile.layout, request.size_mm, request.rim_height_mm)
    _check_dishes(request.dishes, layout)
    empty = served = None
    empty_rgb: NDArray[np.uint8] | None = None
    if request.empty is not None:
        empty = _look(request.empty, "empty tray", layout, request, request.corners_px)
        empty_rgb = empty.tray.rgb
    elif base.empty_picture is not None:
        empty_rgb = load(base.empty_picture).rgb
    if request.serving is not None:
        served = _look(request.serving, "served tray", layout, request, request.serving_corners_px)
    changes: dict[str, Any] = {"name": name, "layout": layout.model_dump()}
    if empty is not None:
        changes["empty_tray"] = EmptyTray(picture=f"{stem}.empty.png").model_dump()
    if served is not None:
        changes["served_picture"] = f"{stem}.served.png"
    data = base.profile.model_dump(by_alias=True) | changes
    servings = {key: dict(value) for key, value in data["servings"].items()}
    for compartment_id, dish in request.dishes.items():
        _name_dish(servings.setdefault(compartment_id, {}), dish)
    profile = Profile.model_validate(data | {"servings": servings})
    finding = None
    notes = [*_cut_off(empty, "empty tray"), *_cut_off(served, "served tray")]
    if served is not None:
        references = backprojection.learn_references(profile, served.tray, empty_rgb)
        finding = backprojection.estimate(served.tray, profile, references)
        for compartment_id in layout.compartments:
            serving = servings.get(compartment_id, {})
            note = _measure_serving(profile, compartment_id, finding, serving)
            if note is None:
                servings[compartment_id] = serving
            else:
                notes.append(note)
        profile = Profile.model_validate(data | {"servings": servings})
        menu = photographed_menu(served.tray, dishes_served(profile, finding.evidence))
        profile = profile.model_copy(update={"menu": menu})
    notes += _unknown_amounts(profile, request.dishes)
    return Calibration(profile, empty, served, finding, tuple(notes))


def _look(
    source: str, what: str, layout: Layout, request: Request, corners_px: Corners | None
) -> Sight:
    try:
        return look(
            source,
            layout,
            Budget.unlimited(),
            max_mpixels=request.max_mpixels,
            corners_px=corners_px,
        )
    except TrayNotFound as error:
        option = "--corners" if what == "empty tray" else "--serving-corners"
        raise TrayNotFound(
            f"{source}: tray not found in the picture of the {what}: take it from above with "
            f"the whole tray in view, or give its corners with {option} 'x,y x,y x,y x,y'",
            score=error.score,
        ) from error
    except ImageError as error:
        raise ImageError(f"picture of the {what}: {error}") from error


def _cut_off(sight: Sight | None, what: str) -> list[str]:
    """A note when wells reach out of the picture."""
    if sight is None:
        return []
    tray = sight.tray
    cut = [
        name
        for name, well in tray.frame.rim_masks.items()
        if (well & tray.valid).sum() < _IN_VIEW * well.sum()
    ]
    if not cut:
        return []
    return [f"the picture of the {what} cuts off {', '.join(cut)}: better take it with a margin"]


def _check_dishes(dishes: Mapping[str, str], layout: Layout) -> None:
    for name in dishes:
        if name not in layout.compartments:
            known = ", ".join(layout.compartments)
            raise UsageError(f"--dish names no compartment {name!r} (known: {known})")


def _name_dish(serving: dict[str, Any], dish: str) -> None:
    """Names the dish; the amounts of another dish do not stay with it."""
    if serving.get("dish") != dish:
        serving |= {"dish": dish, "volume_ml": None, "mass_g": None}


def _measure_serving(
    profile: Profile, compartment_id: str, finding: Finding, serving: dict[str, Any]
) -> str | None:
    """Writes what was seen into ``serving``; a note instead when there is nothing to write."""
    if compartment_id in finding.dropped:
        return f"{compartment_id}: serving not measured ({finding.dropped[compartment_id]})"
    evidence = finding.evidence[compartment_id]
    if evidence.amount < _LEAST_SERVED:
        return f"{compartment_id}: nothing seen there, no serving measured"
    serving["relative_error"] = SERVING_ERROR
    if not profile.is_liquid(compartment_id):
        serving["area_fraction"] = round(min(1.0, evidence.amount), 3)
    elif evidence.volume_ml is not None:
        serving["volume_ml"] = round(evidence.volume_ml, 1)
        density = profile.densities_g_per_ml.get(serving.get("dish") or "")
        serving["mass_g"] = None if density is None else round(evidence.volume_ml * density, 1)
    return None


def _unknown_amounts(profile: Profile, dishes: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: how much {dish} is served is not known in ml or g; write volume_ml and mass_g "
        f"under servings: {name}: to have amounts reported"
        for name, dish in dishes.items()
        if profile.servings[name].volume_ml is None and profile.servings[name].mass_g is None
    ]
