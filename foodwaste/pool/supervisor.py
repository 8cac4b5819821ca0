"""Decides who works on what, listens to the workers, and keeps the time.

One call of :meth:`Supervisor.turn` waits for the next event and acts on it; nothing in it blocks
longer than asked. :mod:`foodwaste.pool.pool` calls it from a thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from multiprocessing import connection
from time import monotonic
from typing import Any

from foodwaste.pool.channel import ChannelError
from foodwaste.pool.deadline import deadline
from foodwaste.pool.member import Member
from foodwaste.pool.protocol import Answer, PlainData, Task
from foodwaste.pool.staff import Staff
from foodwaste.pool.task_run import TaskRun, how_it_ended


def task_message(
    do: str, task: Task, *, budget_s: float, guard_s: float, trace: bool
) -> dict[str, Any]:
    """What a worker is sent: the work, its budget, and how it guards itself meanwhile."""
    return {
        "do": do,
        "key": task.key,
        "payload": task.payload,
        "budget_s": round(budget_s, 4),
        "guard_s": round(guard_s, 4),
        "trace": trace,
    }


class Supervisor:
    """State of a pool: the runs that wait, the runs taken up, and the staff."""

    def __init__(
        self,
        staff: Staff,
        on_answer: Callable[[Answer], None],
        *,
        workers: int,
        spares: int,
        growth_bytes: int,
    ) -> None:
        self._staff = staff
        self._on_answer = on_answer
        self._workers = workers
        self._spares = spares
        self._growth_bytes = growth_bytes
        self._waiting: deque[TaskRun] = deque()  # not taken up yet, or to be tried again
        self._open: list[TaskRun] = []  # taken up and not answered

    def accept(self, run: TaskRun) -> None:
        """A task that was submitted; its clock may be running already."""
        self._waiting.append(run)
        if run.clock is not None:
            self._open.append(run)

    def turn(self, wake: int) -> None:
        """Acts on what is due, then waits for the next event or for ``wake`` to be readable.

        Raises:
            FoodwasteError: there is no worker and starting one keeps failing.
        """
        now_s = monotonic()
        self._staff.admit(now_s)
        if (failure := self._staff.hopeless()) is not None:
            raise failure
        self._keep_time(now_s)
        self._hand_out(now_s)
        asked = sum(run.fallback == "asked" for run in self._open)  # and no idle one took it
        self._staff.keep(self._workers + self._spares, min(asked, self._workers), now_s)
        self._wait(wake)

    # --- time --------------------------------------------------------------------------------

    def _keep_time(self, now_s: float) -> None:
        for run in list(self._open):
            clock = run.clock
            if clock is None:
                continue
            if now_s >= clock.cut_at_s:
                self._cut(run)
                continue
            if now_s >= clock.stack_at_s and not run.stack_asked:
                run.stack_asked = True
                for member in self._members_on(run):
                    member.ask_for_stack()
            if run.wants_fallback(now_s):
                run.fallback = "asked"
        for member in list(self._staff.members):
            if member.until_s is not None and now_s >= member.until_s:
                self._overdue(member, now_s)

    def _cut(self, run: TaskRun) -> None:
        for member in self._members_on(run):
            self._listen(member)  # an answer that has arrived counts
        if run not in self._open:
            return
        for member in self._members_on(run):
            if member.state == "analysing":
                run.stack = member.launched.stacks.last() or run.stack
            self._staff.dismiss(member)
        self._answer(run, run.best_answer(monotonic()))

    def _overdue(self, member: Member, now_s: float) -> None:
        run, was = member.run, member.state
        self._staff.dismiss(member)
        if was == "loading":
            self._staff.start_failed("a worker did not finish loading", None, now_s)
        elif run is not None:
            run.fallback = "spent"
            self._settle(run, now_s)

    # --- handing out -------------------------------------------------------------------------

    def _hand_out(self, now_s: float) -> None:
        for run in [run for run in self._open if run.fallback == "asked"]:
            self._hand_out_fallback(run, now_s)
        while self._waiting:
            busy = sum(member.state == "analysing" for member in self._staff.members)
            able = [member for member in self._idle() if self._staff.fits_all_work(member)]
            member = max(able, key=lambda m: m.idle_since_s, default=None)
            if busy >= self._workers or member is None:
                return
            self._hand_out_run(self._waiting.popleft(), member, now_s)

    def _hand_out_run(self, run: TaskRun, member: Member, now_s: float) -> None:
        clock = run.clock or deadline(run.task.budget_s, now_s, run.task.hard_s)
        message = task_message(
            "rungs",
            run.task,
            budget_s=clock.worker_budget_s(now_s),
            guard_s=clock.cut_at_s - now_s,
            trace=run.deaths > 0,
        )
        try:
            member.start("analysing", run, message)
        except ChannelError:
            self._waiting.appendleft(run)
            self._staff.dismiss(member)
            return
        if run.clock is None:
            run.clock = clock
            self._open.append(run)

    def _hand_out_fallback(self, run: TaskRun, now_s: float) -> None:
        member = min(self._idle(), key=lambda m: m.idle_since_s, default=None)
        if member is None or run.clock is None:
            return
        limit_s = min(run.clock.fallback_limit_s, run.clock.cut_at_s - now_s)
        message = task_message("fallback", run.task, budget_s=limit_s, guard_s=limit_s, trace=False)
        try:
            member.start("falling back", run, message, until_s=now_s + limit_s)
        except ChannelError:
            self._staff.dismiss(member)
            return
        run.fallback = "running"

    def _idle(self) -> list[Member]:
        return [member for member in self._staff.members if member.state == "idle"]

    def _members_on(self, run: TaskRun) -> list[Member]:
        return [member for member in self._staff.members if member.run is run]

    # --- what workers say --------------------------------------------------------------------

    def _wait(self, wake: int) -> None:
        now_s = monotonic()
        moments = [run.next_moment_s() for run in self._open]
        moments += [member.until_s for member in self._staff.members]
        moments.append(self._staff.next_moment_s(now_s))
        next_s = min((moment for moment in moments if moment is not None), default=None)
        speakers: dict[int, Member] = {}
        for member in self._staff.members:
            speakers[member.launched.channel.fileno()] = member
            if (stacks := member.launched.stacks.fileno()) >= 0:
                speakers[stacks] = member
        for member in [*self._staff.members, *self._staff.dying]:
            speakers[member.launched.process.sentinel] = member
        ready = connection.wait(
            [wake, *speakers], None if next_s is None else max(0.0, next_s - now_s)
        )
        heard = {id(speakers[fd]): speakers[fd] for fd in ready if fd in speakers}
        for member in heard.values():
            self._listen(member)

    def _listen(self, member: Member) -> None:
        member.launched.stacks.drain()
        gone = bool(connection.wait([member.launched.process.sentinel], 0))
        if member in self._staff.members:
            try:
                for message in member.launched.channel.receive():  # what it sent last counts too
                    self._hear(member, message, monotonic())
            except (ChannelError, KeyError, TypeError, ValueError) as error:
                member.complaint = f"it sent what is no message: {error}"
            if gone or member.complaint or member.launched.channel.ended:
                # A pipe that ends before its process: it is dying, or it is up to something.
                self._staff.lose(member)
        if gone and member in self._staff.dying:
            exit_code = member.launched.process.exit_code()
            if exit_code is not None:
                self._bereaved(member, exit_code, monotonic())
                self._staff.bury(member)

    def _hear(self, member: Member, message: dict[str, Any], now_s: float) -> None:
        said = message["say"]
        if said == "ready":
            self._staff.ready(member, now_s)
        elif said == "refused":
            self._staff.dismiss(member)
            self._staff.start_failed(message["message"], message.get("exit_code"), now_s)
        elif member.run is not None and message["key"] == member.run.task.key:
            if said == "taken":
                member.has_taken = True
            elif said == "rung":
                self._rung(member, member.run, dict(message["rung"]))
            else:
                self._task_over(member, member.run, message, now_s)

    def _rung(self, member: Member, run: TaskRun, rung: PlainData) -> None:
        if member.state == "falling back":
            run.fallback_rung = rung
        else:
            run.rung = rung

    def _task_over(
        self, member: Member, run: TaskRun, message: dict[str, Any], now_s: float
    ) -> None:
        was_fallback = member.state == "falling back"
        member.rest(now_s)
        if member.is_worn(message, self._growth_bytes):
            self._staff.dismiss(member)
        if was_fallback:
            run.fallback = "spent"
            self._settle(run, now_s)
        elif message["say"] == "done":
            self._answer(run, run.finished_answer(now_s))
        else:
            run.failed(message["message"], message.get("stack"))
            self._settle(run, now_s)

    def _bereaved(self, member: Member, exit_code: int, now_s: float) -> None:
        """A worker has ended by itself: what it was doing goes on without it."""
        run, was = member.run, member.state
        if was == "loading":
            why = f"a worker ended while loading ({how_it_ended(exit_code)})"
            self._staff.start_failed(why, None, now_s)
        elif run is not None and run in self._open:
            untouched = not member.has_taken and run.missed()
            if was == "falling back":
                run.fallback = "asked" if untouched else "spent"
            else:
                if not untouched:
                    run.died(exit_code, member.launched.stacks.last(), member.complaint)
                if not run.ended:
                    self._waiting.appendleft(run)
            self._settle(run, now_s)

    # --- answers -----------------------------------------------------------------------------

    def _settle(self, run: TaskRun, now_s: float) -> None:
        if run.is_over and run in self._open:
            self._answer(run, run.best_answer(now_s))

    def _answer(self, run: TaskRun, answer: Answer) -> None:
        if run not in self._open:
            return
        self._open.remove(run)
        if run in self._waiting:
            self._waiting.remove(run)
        for member in self._members_on(run):
            self._staff.dismiss(member)  # it works on what is answered: a fallback still running
        self._on_answer(answer)
