"""A profile for a tray nobody has measured: its layout comes from the empty tray's picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foodwaste.calibrate.measure import Corners
from foodwaste.calibrate.size import SizeMm
from foodwaste.calibrate.store import Target, new_target
from foodwaste.errors import ImageError, ProfileError, TrayNotFound
from foodwaste.imaging import load
from foodwaste.pipeline.sight import FULL_PIXELS
from foodwaste.profile import Layout, LoadedProfile, load_profile
from foodwaste.profile.schema import Material
from foodwaste.tray.auto_layout import measure_layout

#: Rim above the table where it is not given: that of the steel tray; 25 to 30 are usual, mm.
USUAL_RIM_MM = 30.0
#: Whose parameters of the estimators a tray of that material starts with.
_LIKE: dict[Material, str] = {"steel": "steel-5", "white": "white-5", "canteen": "canteen-plates"}


@dataclass(frozen=True)
class AutoTarget:
    """A profile to be made, the tray's corners in its picture, and what has to be checked."""

    target: Target
    corners_px: Corners
    notes: tuple[str, ...]


def auto_target(
    path: Path,
    empty: str,
    *,
    size_mm: SizeMm,
    rim_height_mm: float | None,
    material: Material,
    corners_px: Corners | None,
    max_mpixels: float,
) -> AutoTarget:
    """Measures an unknown tray's wells on a photograph of it, clean and empty.

    Args:
        path: the profile to be made.
        empty: the photograph.
        size_mm: the tray's outer size.
        rim_height_mm: its rim above the table; the usual one, with a note, when not known.
        material: decides what the bare tray can look like, and whose parameters are taken.
        corners_px: in pixels of the whole upright photograph, in any order around the tray.
        max_mpixels: limit of the photograph's size.

    Raises:
        ImageError, TrayNotFound, ProfileError: the photograph cannot be used, no tray of that
            size is in it, or its wells cannot be told apart; the message names the photograph.
        UsageError: the profile cannot be made there.
    """
    like = load_profile(_LIKE[material])
    own: dict[str, Any] = {"name": path.stem, "title": "", "servings": {}, "menu": None}
    bare = like.profile.model_copy(update=own)
    # Before anything is measured: the name must be free.
    new_target(path, LoadedProfile(bare, path))
    try:
        picture = load(empty, max_mpixels=max_mpixels, target_pixels=FULL_PIXELS)
    except ImageError as error:
        raise ImageError(f"picture of the empty tray: {error}") from error
    try:
        found = measure_layout(
            picture.rgb,
            size_mm=size_mm,
            rim_height_mm=USUAL_RIM_MM if rim_height_mm is None else rim_height_mm,
            material=material,
            corners_px=None
            if corners_px is None
            else np.asarray(corners_px, np.float64) * picture.scale,
        )
    except TrayNotFound as error:
        raise TrayNotFound(
            f"{empty}: no outline of {size_mm[0]:g} x {size_mm[1]:g} mm found: take it from above "
            "with the whole tray in view on a table of another colour, or give its corners with "
            "--corners 'x,y x,y x,y x,y'",
            score=error.score,
        ) from error
    except ProfileError as error:
        raise ProfileError(f"{empty}: {error}") from error
    layout = found.layout
    target = new_target(path, LoadedProfile(bare.model_copy(update={"layout": layout}), path))
    x, y = (found.corners_px / picture.scale).T.tolist()
    corners: Corners = ((x[0], y[0]), (x[1], y[1]), (x[2], y[2]), (x[3], y[3]))
    return AutoTarget(target, corners, tuple(_notes(layout, rim_height_mm)))


def _notes(layout: Layout, rim_height_mm: float | None) -> list[str]:
    notes = []
    if rim_height_mm is None:
        notes.append(
            f"the rim is taken to be {USUAL_RIM_MM:g} mm above the table, as nothing else was "
            "said: measure it and give --rim-height"
        )
    wells = list(layout.compartments)
    depth_mm = layout.compartments[wells[0]].depth_mm
    notes.append(
        f"depths cannot be seen in one picture: each well is taken to be {depth_mm:g} mm deep. "
        f"Check layout: compartments: {wells[0]}..{wells[-1]}: depth_mm and capacity_ml in the "
        "profile, set liquid: true where soup is served, and servings: WELL: tray_coloured: true "
        "where white rice lies on a bare tray"
    )
    return notes
