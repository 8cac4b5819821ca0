"""How a folder run looks on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from foodwaste.batch.totals import Totals
from foodwaste.report import TrayReport

#: Without a terminal (a log file), one line in so many seconds.
_LINE_EVERY_S = 30.0


class BatchProgress:
    """A :class:`~foodwaste.batch.Listener` that shows progress and writes JSON Lines.

    ``results`` takes one JSON object per finished tray; ``None`` writes none. ``reader_left``
    tells that nobody reads them any more.
    """

    def __init__(self, results: TextIO | None, *, limit: int | None) -> None:
        self._results = results
        self.reader_left = False
        self._limit = limit
        self._console = Console(stderr=True, highlight=False)
        self._is_terminal = self._console.is_terminal
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]} [dim]{task.fields[counts]}[/]"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._is_terminal,
        )
        self._task: TaskID | None = None
        self._started_s = monotonic()
        self._line_at_s = self._started_s + _LINE_EVERY_S
        self._found = 0
        self._known = 0
        self._totals = Totals()

    def __enter__(self) -> BatchProgress:
        """Shows the bar."""
        self._progress.start()
        self._task = self._progress.add_task("trays", total=None, rate="", counts="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leaves the bar as it stands."""
        self._progress.stop()

    def planned(self, trays: int) -> None:
        """So many more trays have been found."""
        self._found += trays
        self._show()

    def known(self, key: str) -> None:  # noqa: ARG002 - its name is in the results
        """One was done before."""
        self._known += 1
        self._show()

    def finished(self, report: TrayReport) -> None:
        """One has been recorded."""
        if self._results is not None and not self.reader_left:
            try:
                self._results.write(report.to_json() + "\n")
                self._results.flush()
            except BrokenPipeError:
                self.reader_left = True
        self._totals.count(report)
        if report.status == "failed":
            reason = report.reason or "failed"
            self.said(reason if report.image in reason else f"{report.image}: {reason}")
        self._show()

    def said(self, message: str) -> None:
        """One line above the bar."""
        if self._is_terminal:
            self._console.print(f"foodwaste: {message}", markup=False, soft_wrap=True)
        else:
            sys.stderr.write(f"foodwaste: {message}\n")
            sys.stderr.flush()

    def _show(self) -> None:
        now_s = monotonic()
        made = self._totals.made
        rate = f"{made / (now_s - self._started_s):.1f} trays/s" if made else ""
        counts = f"{self._totals.fallback} fallback, {self._totals.failed} failed"
        total = self._found if self._limit is None else min(self._found, self._known + self._limit)
        if self._task is not None:
            self._progress.update(
                self._task, completed=made + self._known, total=total, rate=rate, counts=counts
            )
        if not self._is_terminal and now_s >= self._line_at_s:
            self._line_at_s = now_s + _LINE_EVERY_S
            left = ""
            if made and (missing := total - made - self._known) > 0:
                left = f", about {missing * (now_s - self._started_s) / made:.0f} s left"
            self.said(f"{made + self._known} of {total} trays, {rate}, {counts}{left}")
