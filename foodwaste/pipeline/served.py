"""The served tray that a picture is compared with, analysed once and kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.comparison import ServedAmount, standard_serving
from foodwaste.errors import FoodwasteError, ImageError, ProfileError, TrayNotFound
from foodwaste.evidence import Finding
from foodwaste.imaging import load
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.job import Job
from foodwaste.pipeline.sight import look
from foodwaste.profile import LoadedProfile, Profile
from foodwaste.report import Reference
from foodwaste.tray import RectifiedTray, TrayLocation, frame_of
from foodwaste.tray.camera import Camera

_KEPT = 64


@dataclass(frozen=True)
class Served:
    """What was served.

    Attributes:
        reference: which of the three kinds this is.
        tray: the served tray's rectified picture; ``None`` for a standard serving without one.
        colours: what the colour estimator learned from it.
        findings: by estimator; filled as the stages of the ladder need them.
    """

    reference: Reference
    tray: RectifiedTray | None
    colours: backprojection.ColourReferences
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def same_tray(self) -> RectifiedTray | None:
        """The very tray that is judged, before the meal; another served tray is not it."""
        return self.tray if self.reference == "before" else None

    @property
    def same_dishes(self) -> RectifiedTray | None:
        """A tray with the dishes that are judged; the standard meal may be another day's."""
        return None if self.reference == "serving" else self.tray

    def amount(self, profile: Profile, compartment_id: str, estimator: str) -> ServedAmount | None:
        """What this estimator says was served in a compartment; ``None`` when it cannot say."""
        finding = self.findings.get(estimator)
        if finding is None:
            return standard_serving(profile, compartment_id, estimator)
        evidence = finding.evidence.get(compartment_id)
        if evidence is None:
            return None
        dishes = self.colours.dishes
        if estimator == backprojection.NAME and dishes and not dishes[compartment_id].present:
            return ServedAmount(0.0, 0.0)
        error = evidence.amount_error
        if self.reference != "before":
            # Another tray was served as much as this one give or take the kitchen's spread.
            serving = profile.servings.get(compartment_id)
            spread = 0.15 if serving is None else serving.relative_error
            error = float(np.hypot(error, spread * evidence.amount))
        return ServedAmount(evidence.amount, error)


class ServedCache:
    """Analyses served trays and keeps the last ones by the hash of their file."""

    def __init__(self, loaded: LoadedProfile, max_mpixels: float) -> None:
        self._loaded = loaded
        self._max_mpixels = max_mpixels
        self._kept: OrderedDict[tuple[str, Reference], Served] = OrderedDict()
        self._hashes: dict[tuple[str, int, int], str] = {}
        self.empty_rgb = _rectified_picture(loaded.empty_picture, "empty tray")
        self.standard = self._standard_serving()

    def find(self, job: Job, budget: Budget) -> Served:
        """The served tray of a job: before, else meal reference, else standard serving.

        Raises:
            ImageError, TrayNotFound: the message says that it is the before picture's.
        """
        if job.before is not None:
            return self._of_picture(job.before, "before", budget)
        if job.meal_reference is not None:
            return self._of_picture(job.meal_reference, "meal", budget)
        return self.standard

    def knows(self, job: Job) -> bool:
        """Whether ``find`` would answer without analysing a picture."""
        source = job.before if job.before is not None else job.meal_reference
        if source is None:
            return True
        reference: Reference = "before" if job.before is not None else "meal"
        content = self._hashes.get(_stat_key(source))
        return content is not None and (content, reference) in self._kept

    def _of_picture(self, source: str, reference: Reference, budget: Budget) -> Served:
        stat_key = _stat_key(source)
        content = self._hashes.get(stat_key)
        if content is not None and (content, reference) in self._kept:
            self._kept.move_to_end((content, reference))
            return self._kept[content, reference]
        with budget.stage("reference"):
            served, content = self._analyse(source, reference)
        self._hashes[stat_key] = content
        self._kept[content, reference] = served
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        if len(self._hashes) > 4 * _KEPT:
            self._hashes.clear()
        return served

    def _analyse(self, source: str, reference: Reference) -> tuple[Served, str]:
        profile = self._loaded.profile
        inner = Budget.unlimited()
        try:
            sight = look(source, profile.layout, inner, max_mpixels=self._max_mpixels)
        except TrayNotFound as error:
            message = f"{reference} picture {source}: {error} (profile {profile.name})"
            raise TrayNotFound(message, score=error.score, looks_like=error.looks_like) from error
        except ImageError as error:
            raise ImageError(f"{reference} picture: {error}") from error
        return self._learn(reference, sight.tray), sight.picture.sha256

    def _learn(self, reference: Reference, tray: RectifiedTray) -> Served:
        profile = self._loaded.profile
        colours = backprojection.learn_references(profile, tray, self.empty_rgb)
        finding = backprojection.estimate(tray, profile, colours)
        return Served(reference, tray, colours, {backprojection.NAME: finding})

    def _standard_serving(self) -> Served:
        profile = self._loaded.profile
        picture = _rectified_picture(self._loaded.served_picture, "standard meal")
        if picture is not None:
            return self._learn("serving", as_rectified(picture, profile))
        colours = backprojection.learn_references(profile, None, self.empty_rgb)
        return Served("serving", None, colours)


def as_rectified(
    rgb: NDArray[np.uint8], profile: Profile, camera: Camera | None = None
) -> RectifiedTray:
    """A picture stored in the tray's frame, as the rectified tray it is; its camera if known."""
    frame = frame_of(profile.layout)
    height, width = frame.shape
    to_px = frame.mm_to_px
    corners = frame.points_px(
        [
            (0, 0),
            (profile.layout.width_mm, 0),
            (profile.layout.width_mm, profile.layout.height_mm),
            (0, profile.layout.height_mm),
        ]
    ).astype(np.float64)
    location = TrayLocation(corners, 0, 1.0, (width, height))
    return RectifiedTray(
        rgb,
        np.ones(frame.shape, bool),
        frame,
        to_px,
        location,
        photographed=False,
        seen_from=camera,
    )


def _rectified_picture(path: Path | None, what: str) -> NDArray[np.uint8] | None:
    if path is None:
        return None
    try:
        rgb = load(path).rgb
    except FoodwasteError as error:
        raise ProfileError(f"the profile's picture of the {what}: {error}") from error
    if rgb.shape[:2] != (288, 384):
        raise ProfileError(
            f"the profile's picture of the {what} ({path}) is not 384 x 288 pixels: "
            "make the profile again with 'foodwaste calibrate'"
        )
    return rgb


def _stat_key(source: str) -> tuple[str, int, int]:
    try:
        status = Path(source).stat()
    except OSError:
        return (source, -1, -1)
    return (source, status.st_mtime_ns, status.st_size)
