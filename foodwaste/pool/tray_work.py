"""The work of a tray pool: the analyzer behind the pool's plain-data interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foodwaste.pipeline import Analysis, Analyzer, Job, Settings
from foodwaste.pool.protocol import PlainData
from foodwaste.report import TrayReport

FACTORY = "foodwaste.pool.tray_work:TrayWork"

_SHORTEST_BUDGET_S = 0.001


class TrayWork:
    """Analyses trays with one set of settings, loaded once. ``settings`` is a plain ``Settings``.

    Raises:
        ProfileError: the profile cannot be used.
        ModelMissing: weights that the settings ask for are not there.
    """

    def __init__(self, settings: PlainData) -> None:
        self._analyzer = Analyzer(Settings.model_validate(settings))

    def rungs(self, payload: PlainData, budget_s: float) -> Iterator[PlainData]:
        """Reports as plain data; the audit sheet, where one is asked for, comes after the last."""
        job = _job(payload, budget_s)
        analysis: Analysis | None = None
        for analysis in self._analyzer.analyses(job):
            yield _plain(analysis.report)
        if job.audit is not None and analysis is not None and analysis.report.status != "failed":
            write_sheet(analysis, Path(job.audit))

    def fallback(self, payload: PlainData) -> PlainData:
        """The cheapest report."""
        return _plain(self._analyzer.fallback(_job(payload, float(payload.get("budget_s", 5.0)))))


def write_sheet(analysis: Analysis, path: Path) -> None:
    """Draws the audit sheet of one analysis into ``path``."""
    from foodwaste.audit import draw_sheet
    from foodwaste.imaging import save_png

    path.parent.mkdir(parents=True, exist_ok=True)
    save_png(path, draw_sheet(analysis))


def _job(payload: PlainData, budget_s: float) -> Job:
    return Job.model_validate({**payload, "budget_s": max(_SHORTEST_BUDGET_S, budget_s)})


def _plain(report: TrayReport) -> dict[str, Any]:
    return report.model_dump(mode="json", by_alias=True)
