"""The pool's serial twin: the same interface in this process, for tests and for debugging.

Nothing is killed here: the budget is looked at between rungs, and a stuck call is stuck.
"""

from __future__ import annotations

import traceback
from collections import deque
from time import monotonic

from foodwaste.pool.deadline import deadline
from foodwaste.pool.protocol import Answer, Task, WorkerSpec
from foodwaste.pool.task_run import TaskRun
from foodwaste.pool.worker import make_work


class SerialEngine:
    """An :class:`~foodwaste.pool.protocol.Engine` that works when it is asked for an answer."""

    def __init__(self, spec: WorkerSpec) -> None:
        self._work = make_work(spec)
        self._runs: deque[TaskRun] = deque()

    @property
    def capacity(self) -> int:
        """One at a time."""
        return 1

    @property
    def in_flight(self) -> int:
        """Tasks submitted and not yet answered."""
        return len(self._runs)

    def submit(self, task: Task) -> None:
        """Gives a task in."""
        if self._runs:
            raise RuntimeError("1 task is in flight: take an answer first")
        self._runs.append(TaskRun(task, monotonic()))

    def next_answer(self, timeout_s: float | None = None) -> Answer | None:  # noqa: ARG002
        """Works on the next task and answers it; ``None`` when there is none."""
        if not self._runs:
            return None
        run = self._runs.popleft()
        run.clock = deadline(run.task.budget_s, monotonic(), run.task.hard_s)
        payload = run.task.payload
        try:
            for rung in self._work.rungs(payload, run.clock.worker_budget_s(monotonic())):
                run.rung = rung
                if monotonic() >= run.clock.cut_at_s:
                    return run.best_answer(monotonic())
        except Exception as error:  # noqa: BLE001 - an error of this task, as in a worker
            run.failed(f"{type(error).__name__}: {error}", traceback.format_exc())
        if not run.ended:
            return run.finished_answer(monotonic())
        if run.rung is None:
            try:
                run.fallback_rung = self._work.fallback(payload)
            except Exception as error:  # noqa: BLE001 - the answer says so
                run.trouble = f"{run.trouble}; fallback: {type(error).__name__}: {error}"
        return run.best_answer(monotonic())

    def close(self) -> None:
        """Drops what was not answered."""
        self._runs.clear()
