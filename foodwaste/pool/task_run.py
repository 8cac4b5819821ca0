"""One task on its way through the pool: its clock, its best rung, its deaths, its answer."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal

from foodwaste.pool.deadline import Deadline
from foodwaste.pool.protocol import Answer, Outcome, PlainData, Task
from foodwaste.pool.stacks import innermost

#: A task may cost two workers; what killed two is not given a third.
MAX_DEATHS = 2

#: So often a task may be handed to a worker that turns out to be dead already, at no cost.
_MAX_MISSES = 8

FallbackState = Literal["not asked", "asked", "running", "spent"]


@dataclass
class TaskRun:
    """State of one task between being submitted and being answered.

    Attributes:
        clock: set when a worker takes the task up; it is not restarted by a second try.
        rung: the best rung so far.
        fallback_rung: the spare's answer, should no rung come.
        deaths: workers that died over the analysis.
        misses: times it was handed to a worker that was dead before it took it up.
        ended: the analysis will bring nothing more (it failed or its tries are used up).
        trouble: what went wrong, as part of a sentence.
    """

    task: Task
    submitted_at_s: float
    clock: Deadline | None = None
    rung: PlainData | None = None
    fallback_rung: PlainData | None = None
    fallback: FallbackState = "not asked"
    deaths: int = 0
    misses: int = 0
    ended: bool = False
    stack_asked: bool = False
    trouble: str | None = None
    exit_code: int | None = None
    stack: str | None = None

    def died(self, exit_code: int | None, stack: str | None, complaint: str | None) -> None:
        """A worker died over the analysis, or was killed for what it sent (``complaint``)."""
        self.deaths += 1
        self.exit_code = exit_code
        self.stack = stack or self.stack
        self.ended = self.deaths >= MAX_DEATHS
        times = "twice" if self.ended else "once"
        how = complaint or how_it_ended(exit_code)
        where = f", in {innermost(self.stack)}" if self.stack else ""
        self.trouble = f"the worker died {times} over this picture ({how}{where})"

    def missed(self) -> bool:
        """A worker died before it took the task up; whether that is still no fault of the task."""
        self.misses += 1
        return self.misses <= _MAX_MISSES

    def failed(self, message: str, stack: str | None) -> None:
        """The analysis ended with an error that its worker survived."""
        self.ended = True
        self.trouble = message
        self.stack = stack

    def wants_fallback(self, now_s: float) -> bool:
        """Whether to ask the spare: nothing stands, and the analysis is late or has failed.

        What killed two workers is not given to the spare.
        """
        if self.clock is None or self.rung is not None or self.fallback != "not asked":
            return False
        if self.deaths >= MAX_DEATHS:
            return False
        return self.ended or now_s >= self.clock.fallback_at_s

    @property
    def is_over(self) -> bool:
        """Nothing better can come any more."""
        if not self.ended:
            return False
        if self.rung is not None or self.fallback_rung is not None or self.deaths >= MAX_DEATHS:
            return True
        return self.fallback == "spent"

    def next_moment_s(self) -> float | None:
        """When the clock next asks for something."""
        if self.clock is None:
            return None
        moment_s = self.clock.cut_at_s if self.stack_asked else self.clock.stack_at_s
        if self.fallback == "not asked" and self.rung is None:
            moment_s = min(moment_s, self.clock.fallback_at_s)
        return moment_s

    def finished_answer(self, now_s: float) -> Answer:
        """The answer of an analysis that ended by itself; its last rung is whole."""
        if self.rung is None:
            return self._answer("failed", None, "the analysis ended without an answer", now_s)
        return self._answer("finished", self.rung, None, now_s)

    def best_answer(self, now_s: float) -> Answer:
        """The answer of an analysis that did not end by itself, from what there is."""
        reason = self.trouble if self.ended and self.trouble else self._deadline_reason()
        if self.rung is not None:
            return self._answer("cut", self.rung, reason, now_s)
        if self.fallback_rung is not None:
            return self._answer("fallback", self.fallback_rung, reason, now_s)
        return self._answer("failed", None, reason, now_s)

    def _deadline_reason(self) -> str:
        budget_s = 0.0 if self.clock is None else self.clock.budget_s
        where = f" (stuck in {innermost(self.stack)})" if self.stack else ""
        reason = f"stopped at the deadline of {budget_s:g} s{where}"
        return f"{reason}; {self.trouble}" if self.trouble else reason

    def _answer(
        self, outcome: Outcome, payload: PlainData | None, reason: str | None, now_s: float
    ) -> Answer:
        taken_at_s = now_s if self.clock is None else self.clock.taken_at_s
        return Answer(
            key=self.task.key,
            outcome=outcome,
            payload=payload,
            reason=reason,
            waited_s=taken_at_s - self.submitted_at_s,
            elapsed_s=now_s - taken_at_s,
            exit_code=self.exit_code,
            stack=self.stack,
        )


def how_it_ended(exit_code: int | None) -> str:
    """An exit code in words: ``exit code 3``, ``signal 9 SIGKILL``."""
    if exit_code is None:
        return "exit code unknown"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"signal {-exit_code} {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"signal {-exit_code}"
