"""What one job's answers rest on: the tray as it is, as it was served, and by which profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.errors import TrayNotFound
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.job import Job
from foodwaste.pipeline.plates import look_at_plates, plates_profile, served_on_plates
from foodwaste.pipeline.served import Served, ServedCache
from foodwaste.pipeline.served_sight import look_knowing
from foodwaste.pipeline.sight import FULL_PIXELS, SMALL_PIXELS, Sight
from foodwaste.profile import LoadedProfile, Profile
from foodwaste.report import Reference
from foodwaste.tray import RectifiedTray

_PLATES = "no tray was found: its plates were, and are compared one by one"


@dataclass(frozen=True)
class Scene:
    """Everything that estimators are shown.

    Attributes:
        loaded: the profile; of plates that stand free, with a layout of theirs.
        sight: the photograph, and the tray in it.
        served: what it is compared with.
        colours: what colour knows of the dishes.
        colour_tray: the tray as colour sees it.
        empty_rgb: the site's clean tray in its frame, if there is a picture of it.
    """

    loaded: LoadedProfile
    sight: Sight
    served: Served
    colours: backprojection.ColourReferences
    colour_tray: RectifiedTray
    empty_rgb: NDArray[np.uint8] | None

    @property
    def profile(self) -> Profile:
        """The profile itself."""
        return self.loaded.profile


class Scenes:
    """Sees the photographs of one profile, and keeps the served trays they are compared with."""

    def __init__(self, loaded: LoadedProfile, max_mpixels: float) -> None:
        self._loaded = loaded
        self._max_mpixels = max_mpixels
        self._served = ServedCache(loaded, max_mpixels)

    def knows_served(self, job: Job) -> bool:
        """Whether what a job is compared with needs no look any more."""
        return self._served.knows(job)

    def see(self, job: Job, budget: Budget) -> Scene:
        """The whole scene of a job.

        Raises:
            ImageError: a picture cannot be read.
            TrayNotFound: no tray of the profile in it, nor, where its trays carry plates, these.
        """
        try:
            served = self._served.find(job, budget)
            return self._tray(job, budget, served, served.colours, FULL_PIXELS)
        except TrayNotFound as error:
            return self._plates(job, budget, FULL_PIXELS, error)

    def glance(self, job: Job, budget: Budget) -> Scene:
        """The cheapest scene: a small picture, known to colour by the empty tray alone.

        A served tray already known costs nothing; an unknown one is left aside, and the report
        says that the standard serving was the reference. Plates that stand free are always
        compared with those before the meal. Raises as :meth:`see`.
        """
        profile, known = self._loaded.profile, self._served.knows(job)
        only_empty = backprojection.learn_references(profile, None, self._served.empty_rgb)
        try:
            served = self._served.find(job, budget) if known else self._served.standard
            return self._tray(job, budget, served, only_empty, SMALL_PIXELS)
        except TrayNotFound as error:
            return self._plates(job, budget, SMALL_PIXELS, error)

    def _tray(
        self,
        job: Job,
        budget: Budget,
        served: Served,
        colours: backprojection.ColourReferences,
        target_pixels: int,
    ) -> Scene:
        sight = look_knowing(
            served.same_dishes,
            job.image,
            self._loaded.profile.layout,
            budget,
            max_mpixels=self._max_mpixels,
            target_pixels=target_pixels,
            corners_px=job.corners_px,
        )
        empty_rgb = self._served.empty_rgb
        return Scene(self._loaded, sight, served, colours, sight.tray, empty_rgb)

    def _plates(self, job: Job, budget: Budget, target_pixels: int, error: TrayNotFound) -> Scene:
        """The scene of a tray whose plates stand as they like; the error where there is none."""
        # Round wells of another tray are found as plates are.
        if self._loaded.profile.layout.material != "canteen" or error.looks_like is not None:
            raise error
        before = job.before or job.meal_reference
        if before is None:
            raise TrayNotFound(
                f"{error}; plates that stand free are compared with a picture of them before "
                "the meal: give --before",
                score=error.score,
            )
        seen = look_at_plates(
            job.image, before, budget, max_mpixels=self._max_mpixels, target_pixels=target_pixels
        )
        profile = plates_profile(self._loaded.profile, seen.layout)
        with budget.stage("reference"):
            full, left = seen.on_board()
            colour_full, colour_left = seen.between_rims()
            reference: Reference = "before" if job.before is not None else "meal"
            served = served_on_plates(profile, colour_full, full, reference)
        there = tuple(plate for plate in seen.after if plate is not None)
        sight = Sight(seen.pictures[1], left, remarks=(_PLATES,), plates=there)
        loaded = LoadedProfile(profile, self._loaded.path)
        # The site's clean tray is another tray.
        return Scene(loaded, sight, served, served.colours, colour_left, None)
