"""Analyses labelled trays: photographs through the whole pipeline, rectified pictures past it.

A picture of exactly 384 x 288 pixels is taken for a tray already seen in its own frame, as
``foodwaste render`` writes them for training: there is nothing to locate in it. Where its camera
stood is known as well as a photograph of the same tray would tell.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from foodwaste import backprojection
from foodwaste.errors import FoodwasteError
from foodwaste.evaluate.judge_plates import PlacedPlates, analyse_plates
from foodwaste.evaluate.labels import DatasetError, LabelledTray
from foodwaste.evaluate.later import add_findings, food_threshold
from foodwaste.evidence import Finding
from foodwaste.imaging import load
from foodwaste.pipeline import Analysis, Analyzer, Job, Settings, assemble
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.estimators import open_estimators
from foodwaste.pipeline.served import Served, ServedCache, as_rectified
from foodwaste.pipeline.sight import look
from foodwaste.profile import LoadedProfile
from foodwaste.render.found import camera_found
from foodwaste.report import TrayReport
from foodwaste.tray import RectifiedTray
from foodwaste.tray.frame import FRAME_HEIGHT_PX, FRAME_WIDTH_PX

_SERVED_KEPT = 8
#: Evaluation measures how wrong an answer is, so it waits for the best one.
_BUDGET_S = 60.0


@dataclass(frozen=True)
class Judged:
    """An analysis and the rectified pictures behind it.

    Attributes:
        placed: for free plates, where they lay in the photographs.
    """

    analysis: Analysis
    after: RectifiedTray | None
    before: RectifiedTray | None
    placed: PlacedPlates | None = None

    @property
    def report(self) -> TrayReport:
        """What the product says."""
        return self.analysis.report


class Judge:
    """Analyses labelled trays with one profile.

    Raises:
        ProfileError, ModelMissing: see :class:`foodwaste.pipeline.Analyzer`.
    """

    def __init__(self, settings: Settings, *, after_only: bool = False) -> None:
        self._later = open_estimators(settings)
        self._analyzer = Analyzer(settings, later=self._later)
        self._references = ServedCache(self.loaded, settings.max_mpixels)
        self._after_only = after_only
        self._served: OrderedDict[Path, Served] = OrderedDict()

    @property
    def loaded(self) -> LoadedProfile:
        """The profile in use, with the settings' policy."""
        return self._analyzer.loaded

    @property
    def food_threshold(self) -> float:
        """Probability from which the height network's map ``food`` says food."""
        return food_threshold(self._later)

    def judge(self, tray: LabelledTray) -> Judged:
        """Analyses one tray; a picture that cannot be used gives a failed report."""
        if tray.plates:
            plates = analyse_plates(tray, self.loaded, self._later)
            return Judged(plates.analysis, plates.after, plates.before, plates.placed)
        before = None if self._after_only else tray.before
        if is_rectified(tray.after) and (before is None or is_rectified(before)):
            return self._rectified(tray.after, before)
        job = Job(
            image=str(tray.after),
            before=None if before is None else str(before),
            budget_s=_BUDGET_S,
        )
        analysis = self._analyzer.analyze_in_detail(job)
        sight, served = analysis.sight, analysis.served
        return Judged(
            analysis,
            None if sight is None else sight.tray,
            None if served is None else served.tray,
        )

    def _rectified(self, after: Path, before: Path | None) -> Judged:
        profile = self.loaded.profile
        served = self._served_tray(before)
        begun = time.perf_counter()
        tray = as_rectified(load(after).rgb, profile, camera_found(after))
        colour = backprojection.estimate(tray, profile, served.colours)
        findings: dict[str, Finding] = {backprojection.NAME: colour}
        empty_rgb = self._references.empty_rgb
        add_findings(self._later, tray, profile, findings, served, served.tray, empty_rgb=empty_rgb)
        reports = assemble.compartments(profile, findings, served)
        report = TrayReport(
            image=str(after),
            before=None if before is None else str(before),
            profile=profile.name,
            status="ok",
            elapsed_s=round(time.perf_counter() - begun, 4),
            compartments=reports,
            tray=assemble.totals(profile, reports),
        )
        return Judged(
            Analysis(lambda: report, self.loaded, None, served, findings), tray, served.tray
        )

    def _served_tray(self, before: Path | None) -> Served:
        if before is None:
            return self._references.standard
        if before not in self._served:
            profile = self.loaded.profile
            tray = as_rectified(load(before).rgb, profile, camera_found(before))
            colours = backprojection.learn_references(profile, tray, self._references.empty_rgb)
            finding = backprojection.estimate(tray, profile, colours)
            self._served[before] = Served("before", tray, colours, {backprojection.NAME: finding})
            while len(self._served) > _SERVED_KEPT:
                self._served.popitem(last=False)
        return self._served[before]


def is_rectified(path: Path) -> bool:
    """Whether this picture is a tray in its own frame already."""
    try:
        with Image.open(path) as header:  # the size alone: nothing is decoded
            return header.size == (FRAME_WIDTH_PX, FRAME_HEIGHT_PX)
    except (OSError, UnidentifiedImageError):
        return False


def rectified_tray(path: Path, loaded: LoadedProfile) -> RectifiedTray:
    """A picture's tray in its frame, located first when it is a photograph.

    Raises:
        DatasetError: no tray is found in it, or it cannot be read; the message names it.
    """
    try:
        if is_rectified(path):
            return as_rectified(load(path).rgb, loaded.profile, camera_found(path))
        layout = loaded.profile.layout
        return look(str(path), layout, Budget.unlimited(), max_mpixels=60.0).tray
    except FoodwasteError as error:
        raise DatasetError(f"{path}: {error}") from error
