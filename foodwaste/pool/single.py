"""One photograph, or a few, at a command line: the same hard budget, from a cold start.

The command's own process must be able to answer whatever happens inside the analysis, so the
analysis runs in a child. The child starts first and imports while its parent still imports what
it needs to show the answer; on two cores the second process costs little of the cold start
(``docs/deadline.md`` has the figures and what else was considered).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any

from foodwaste.pool.deadline import SHORTEST_HARD_BUDGET_S
from foodwaste.pool.pool import Pool
from foodwaste.pool.protocol import Task, WorkerSpec

if TYPE_CHECKING:
    from foodwaste.report import TrayReport

_FACTORY = "foodwaste.pool.tray_work:TrayWork"
_STDIN = "-"
_HARD_S = 5.0

#: Showing the answer and ending the command take 40 ms on a quiet core, and are the command's time.
_ENDING_S = 0.1
_MOST_START_S = 0.5


def answer_within(
    settings: Mapping[str, Any],
    jobs: Iterable[Mapping[str, Any]],
    budget_s: float,
    on_report: Callable[[TrayReport], None],
    *,
    started_s: float | None = None,
    factory: str = _FACTORY,
) -> None:
    """Analyses ``jobs`` one after the other and gives each report to ``on_report`` in order.

    ``settings`` and ``jobs`` are plain ``pipeline.Settings`` and ``pipeline.Job``: the caller
    need not import the pipeline. The first answer comes within ``budget_s`` of ``started_s``
    (monotonic; default: now), each further one within ``budget_s`` of the one before; loading
    the models counts. Give ``process_started_s()`` to count from the command's own start.

    Raises:
        FoodwasteError: the profile or the models cannot be loaded.
    """
    spec = WorkerSpec(factory, {"settings": dict(settings)}, threads=settings.get("threads", 1))
    # Should loading itself be what takes too long, the fallback must not load the same.
    light = {**settings, "depth": "off", "quantity": "off"}
    light_spec = WorkerSpec(factory, {"settings": light}, threads=spec.threads)
    clock_from_s = monotonic() if started_s is None else started_s
    # A budget that no cold start can keep asks for the quickest answer, not for none.
    hard_s = (budget_s if budget_s >= SHORTEST_HARD_BUDGET_S else _HARD_S) - _ENDING_S
    with Pool(spec, 1, spares=0, start_method="spawn", fallback_spec=light_spec) as pool:
        from foodwaste.pool.tray_answers import report_of  # while the child loads

        profile = Path(str(settings.get("profile", ""))).stem
        for index, job in enumerate(jobs):
            with ExitStack() as leaving:
                payload = dict(job)
                if job["image"] == _STDIN:
                    folder = leaving.enter_context(TemporaryDirectory(prefix="foodwaste-"))
                    payload["image"] = str(Path(folder) / "stdin")
                    problem = _spool_stdin(Path(payload["image"]))
                    clock_from_s = monotonic()  # until here it was the sender's time
                    if problem is not None:
                        on_report(_unreadable(problem, profile))
                        continue
                task = Task(str(index), payload, budget_s, hard_s)
                pool.submit(task, clock_from_s=clock_from_s)
                answer = pool.next_answer()
            if answer is None:
                raise RuntimeError("the pool ended without an answer")
            report = report_of(
                answer, image=payload["image"], before=job.get("before"), profile=profile
            )
            on_report(_named(report, payload["image"], job["image"]))
            clock_from_s = monotonic()


def process_started_s() -> float:
    """When this process started, on the monotonic clock; now, where the system does not tell."""
    age_s = 0.0
    with suppress(OSError, ValueError, IndexError, AttributeError):
        fields = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
        started_after_boot_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - started_after_boot_s
    # A shell's last command replaces the shell itself and inherits its start: after
    # 'pip install . && foodwaste analyze' the process is minutes old. No interpreter takes
    # longer than this to get here.
    return monotonic() - min(max(0.0, age_s), _MOST_START_S)


def _spool_stdin(path: Path) -> str | None:
    """Puts standard input into a file, for every process to read; returns why it cannot."""
    from foodwaste.errors import ImageError
    from foodwaste.imaging.source import read_source

    try:
        path.write_bytes(read_source(_STDIN))
    except ImageError as error:
        return f"standard input: {error}"
    return None


def _unreadable(reason: str, profile: str) -> TrayReport:
    from foodwaste.report import TrayReport

    return TrayReport(
        image=_STDIN,
        profile=profile,
        status="failed",
        reason=reason,
        failure="unreadable",
        elapsed_s=0.0,
    )


def _named(report: TrayReport, path: str, name: str) -> TrayReport:
    """The report under the name that the user gave."""
    if path == name:
        return report
    reason = None if report.reason is None else report.reason.replace(path, "standard input")
    return report.model_copy(update={"image": name, "reason": reason})
