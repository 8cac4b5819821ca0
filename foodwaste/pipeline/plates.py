"""Plates that stand free: the same ones in two photographs, each a compartment.

Nobody puts a plate twice in the same place, so there is no layout to find. The plates of the
picture before the meal are found by their rims, matched with those of the picture after it, and
put on a tray made up for them; from there on plates are wells.
"""

from __future__ import annotations

from dataclasses import dataclass

from foodwaste import backprojection
from foodwaste.errors import ImageError, TrayNotFound
from foodwaste.imaging import Picture, load
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.served import Served
from foodwaste.profile import Layout, Profile
from foodwaste.report import Reference
from foodwaste.tray import RectifiedTray
from foodwaste.tray.plate_pairs import find_same_plates
from foodwaste.tray.plate_registration import register_plates
from foodwaste.tray.plate_slots import plates_layout, plates_on_board, rectify_plates
from foodwaste.tray.plates import Plate


@dataclass(frozen=True)
class SeenPlates:
    """The same plates before and after the meal.

    Attributes:
        pictures: before and after.
        before: every plate of the first, the largest first, in its pixels.
        after: the same ones in the second; ``None`` for one that is gone.
        layout: of the tray made up for them, a slot for each, in their order.
    """

    pictures: tuple[Picture, Picture]
    before: tuple[Plate, ...]
    after: tuple[Plate | None, ...]
    layout: Layout

    def between_rims(self) -> tuple[RectifiedTray, RectifiedTray]:
        """Before and after as colour wants them: bare rims around the plates."""
        first, last = self.pictures
        return (
            rectify_plates(first.rgb, self.before, self.layout),
            rectify_plates(last.rgb, self.after, self.layout),
        )

    def on_board(self) -> tuple[RectifiedTray, RectifiedTray]:
        """Before and after as networks know plates: around them is what they stand on."""
        first, last = self.pictures
        return (
            plates_on_board(first.rgb, self.before, self.layout),
            plates_on_board(last.rgb, self.after, self.layout),
        )


def look_at_plates(
    after: str,
    before: str,
    budget: Budget,
    *,
    max_mpixels: float,
    target_pixels: int | None = None,
) -> SeenPlates:
    """Finds the plates of two photographs and matches them.

    Args:
        after: file, address or standard input.
        before: the same plates as they were served.
        budget: times the stages.
        max_mpixels: larger pictures are refused.
        target_pixels: decoded at most; all by default.

    Raises:
        ImageError: a picture cannot be read.
        TrayNotFound: no plate in the one before, or none of its plates in the other.
    """
    with budget.stage("imaging"):
        last = load(after, max_mpixels=max_mpixels, target_pixels=target_pixels)
        try:
            first = load(before, max_mpixels=max_mpixels, target_pixels=target_pixels)
        except ImageError as error:
            raise ImageError(f"before picture: {error}") from error
    with budget.stage("tray"):
        plates, matched = find_same_plates(first.rgb, last.rgb)
        if not plates:
            raise TrayNotFound(f"before picture {before}: no plate found in it")
        if not any(matched):
            raise TrayNotFound("no plate found in it")
        matched = register_plates(first.rgb, plates, last.rgb, matched)
    return SeenPlates((first, last), plates, matched, plates_layout(plates))


def plates_profile(profile: Profile, layout: Layout) -> Profile:
    """The profile's parameters on a layout of plates; its servings are those of other wells."""
    return profile.model_copy(update={"layout": layout, "servings": {}})


def served_on_plates(
    profile: Profile,
    between_rims: RectifiedTray,
    on_board: RectifiedTray,
    reference: Reference = "before",
) -> Served:
    """What was served: its colours, and what colour found of it.

    Args:
        profile: of :func:`plates_profile`.
        between_rims: the plates before the meal as colour wants them.
        on_board: the same as the other estimators are to see them.
        reference: whose picture it is.
    """
    colours = backprojection.learn_references(profile, between_rims, None)
    finding = backprojection.estimate(between_rims, profile, colours)
    return Served(reference, on_board, colours, {backprojection.NAME: finding})
