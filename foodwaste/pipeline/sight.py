"""One photograph seen: decoded, its tray found and rectified."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import TrayNotFound
from foodwaste.imaging import Picture, load
from foodwaste.imaging.source import STDIN
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.job import Corner
from foodwaste.profile import Layout, available_profiles, load_profile
from foodwaste.tray import (
    RectifiedTray,
    TrayLocation,
    frame_of,
    locate,
    locate_again,
    rectify,
    resolution,
)
from foodwaste.tray.plates import Plate

#: Pixels decoded for a full analysis at most. The rectified tray has 0.11 Mpx and fills at least
#: a third of a usable photograph; 1.2 Mpx leaves three photograph pixels for each of its own.
FULL_PIXELS = 1_200_000
#: Pixels decoded for the fallback, and at first: of 1.2 Mpx most photographs' trays would be
#: averaged down to these again.
SMALL_PIXELS = 300_000
#: With fewer of a small picture's pixels to one of the frame, it is decoded again finer.
_LEAST_RESOLUTION = 1.0
#: A tray of another layout scores up to 0.27 (white ones as steel, steel ones as white); its own
#: layout then scores at least 0.12 more.
_DOUBTFUL_SCORE = 0.30
_CLEARLY_BETTER = 0.06
#: What a site made of its own tray can fit it less well than a shipped layout of the like, so that
#: one must be clearly better. One of another material is no such likeness: twelve real pictures
#: score at least 0.017 less by the layout of the other material.
_BETTER_ELSEWHERE = 0.01
_RIM_MATERIALS = ("steel", "white")
_ADVICE = (
    "take it from above with all of it in the picture, or give the --profile of this tray "
    "('foodwaste profiles' lists them, 'foodwaste calibrate' makes one)"
)


@dataclass(frozen=True)
class Sight:
    """A photograph and the tray in it; ``location`` is in pixels of the decoded picture.

    ``remarks`` tell what a reader of the report should know of how the tray was found. Where plates
    were found and no tray, ``plates`` are those, in pixels of the decoded picture, and there is no
    location.
    """

    picture: Picture
    tray: RectifiedTray
    remarks: tuple[str, ...] = ()
    plates: tuple[Plate, ...] = ()

    @property
    def location(self) -> TrayLocation:
        """Where the tray lies in the decoded picture."""
        return self.tray.location

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report should know of this picture and of the tray in it."""
        return (*self.picture.notes, *self.remarks)


def look(
    source: str,
    layout: Layout,
    budget: Budget,
    *,
    max_mpixels: float,
    target_pixels: int = FULL_PIXELS,
    corners_px: tuple[Corner, ...] | None = None,
) -> Sight:
    """Decodes a photograph and rectifies the tray in it.

    ``corners_px`` are in pixels of the whole upright photograph.

    Raises:
        ImageError: the picture cannot be read.
        TrayNotFound: no tray of this layout in it.
    """
    frame = frame_of(layout)
    # Standard input can be read once.
    small = target_pixels if source == STDIN else min(target_pixels, SMALL_PIXELS)
    with budget.stage("imaging"):
        picture = load(source, max_mpixels=max_mpixels, target_pixels=small)
    coarse = small < target_pixels and picture.scale < 1.0
    location: TrayLocation | None = None
    with budget.stage("tray"):
        try:
            location = _place(picture, layout, corners_px)
        except TrayNotFound as error:
            if not coarse:
                raise _not_found(picture.rgb, layout, error) from error
        if location is not None and not (
            coarse and resolution(location, frame) < _LEAST_RESOLUTION
        ):
            return _sight(picture, location, layout, given=corners_px is not None)
    with budget.stage("imaging"):
        picture = load(source, max_mpixels=max_mpixels, target_pixels=target_pixels)
    with budget.stage("tray"):
        if location is None or corners_px is not None:
            try:
                location = _place(picture, layout, corners_px)
            except TrayNotFound as error:
                raise _not_found(picture.rgb, layout, error) from error
        else:
            location = locate_again(picture.rgb, layout, location)
        return _sight(picture, location, layout, given=corners_px is not None)


def _place(picture: Picture, layout: Layout, corners_px: tuple[Corner, ...] | None) -> TrayLocation:
    given = None if corners_px is None else np.asarray(corners_px, np.float64) * picture.scale
    return locate(picture.rgb, layout, corners_px=given)


def _sight(picture: Picture, location: TrayLocation, layout: Layout, *, given: bool) -> Sight:
    if not given and location.score < _DOUBTFUL_SCORE:
        other = _another_tray(picture.rgb, layout, location.score)
        if other is not None:
            raise _another_profiles(other, location.score)
    return Sight(picture, rectify(picture.rgb, location, frame_of(layout)))


def _not_found(rgb: NDArray[np.uint8], layout: Layout, error: TrayNotFound) -> TrayNotFound:
    """The same error, with what can be done about it."""
    other = _another_tray(rgb, layout, error.score)
    if other is not None:
        return _another_profiles(other, error.score)
    return TrayNotFound(f"{error}: {_ADVICE}", score=error.score)


def _another_profiles(name: str, score: float) -> TrayNotFound:
    return TrayNotFound(
        f"tray not found: this looks like a tray of profile {name!r} (give --profile {name})",
        score=score,
        looks_like=name,
    )


def _another_tray(rgb: NDArray[np.uint8], layout: Layout, score: float) -> str | None:
    """Trays resemble each other: the shipped profile that fits this one better, if one does."""
    best, name_of_best = 0.0, None
    for name in available_profiles():
        other = load_profile(name).profile.layout
        if other == layout or other.material not in _RIM_MATERIALS:
            continue
        try:
            found = locate(rgb, other).score
        except TrayNotFound:
            continue
        lead = _CLEARLY_BETTER if other.material == layout.material else _BETTER_ELSEWHERE
        if found > max(score + lead, best):
            best, name_of_best = found, name
    return name_of_best


def unscaled(location: TrayLocation, picture: Picture) -> TrayLocation:
    """The same location in pixels of the whole upright photograph."""
    return replace(
        location,
        corners_px=location.corners_px / picture.scale,
        image_size_px=picture.original_size_px,
    )
