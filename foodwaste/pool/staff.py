"""Keeps enough workers alive: starts, counts, and buries them.

Starting a process can block (a fork server that has to start anew takes half a second), and the
supervisor must not: a thread of its own launches.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing import connection
from time import monotonic

from foodwaste.errors import ExitCode, FoodwasteError
from foodwaste.pool.launch import Launched, StartMethod, launch
from foodwaste.pool.member import Member
from foodwaste.pool.protocol import WorkerSpec

#: So many starts in a row without one ready worker, and none at work: it is not going to work.
_MAX_FAILED_STARTS = 3

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


class WorkersCannotStart(FoodwasteError):  # noqa: N818 - names the finding
    """No worker could be started; the message says what the last one said."""

    exit_code = ExitCode.INTERNAL


class Staff:
    """The worker processes of one pool. All methods are the supervisor thread's."""

    def __init__(
        self,
        spec: WorkerSpec,
        method: StartMethod,
        wake: Callable[[], None],
        fallback_spec: WorkerSpec | None = None,
    ) -> None:
        self._spec = spec
        self._fallback_spec = None if fallback_spec == spec else fallback_spec
        self._method: StartMethod = method
        self._wake = wake
        self._requests: queue.SimpleQueue[WorkerSpec | None] = queue.SimpleQueue()
        self._arrivals: deque[tuple[WorkerSpec, Launched | Exception]] = deque()
        self._starting: list[WorkerSpec] = []
        self._failed_starts = 0
        self._not_before_s = 0.0
        self._last_failure: FoodwasteError | None = None
        self.members: list[Member] = []
        self.dying: list[Member] = []
        self._thread = threading.Thread(target=self._launch_on_request, daemon=True)
        self._thread.start()

    def keep(self, regular: int, extra: int, now_s: float) -> None:
        """Asks for the processes that are missing, and lets idle ones go that are too many.

        ``extra`` ones are for fallbacks that no idle process can take.
        """
        if self._fallback_spec is None:
            self._keep_kind(self._spec, regular + extra, now_s)
        else:
            self._keep_kind(self._spec, regular, now_s)
            self._keep_kind(self._fallback_spec, extra, now_s)

    def _keep_kind(self, spec: WorkerSpec, wanted: int, now_s: float) -> None:
        kind = [member for member in self.members if member.spec is spec]
        surplus = len(kind) + self._starting.count(spec) - wanted
        if surplus > 0:
            idle = [member for member in kind if member.state == "idle"]
            for member in sorted(idle, key=lambda m: m.idle_since_s)[:surplus]:
                self.dismiss(member)
        elif now_s >= self._not_before_s:
            for _ in range(-surplus):
                self._starting.append(spec)
                self._requests.put(spec)

    def fits_all_work(self, member: Member) -> bool:
        """Whether a worker has loaded everything, not just what a fallback needs."""
        return member.spec is self._spec

    def admit(self, now_s: float) -> None:
        """Takes in the processes that were launched meanwhile."""
        while self._arrivals:
            spec, arrival = self._arrivals.popleft()
            self._starting.remove(spec)
            if isinstance(arrival, Exception):
                # Several asked for at once fail at once, as when the fork server has just died:
                # that is one failure, and the next try starts a new server.
                if now_s >= self._not_before_s:
                    self.start_failed(f"no process could be started: {arrival}", None, now_s)
            else:
                self.members.append(Member(arrival, spec, until_s=now_s + spec.load_limit_s))

    def ready(self, member: Member, now_s: float) -> None:
        """A worker has loaded."""
        self._failed_starts = 0
        self._not_before_s = 0.0
        member.rest(now_s)

    def start_failed(self, message: str, exit_code: int | None, now_s: float) -> None:
        """A worker refused, died or hung while loading; ``exit_code`` is a user error's."""
        self._failed_starts += 1
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (self._failed_starts - 1))
        self._not_before_s = now_s + pause_s
        if exit_code is None:
            self._last_failure = WorkersCannotStart(f"workers cannot start: {message}")
        else:
            # What a user can mend (weights, profile) is said in its own words, and at once.
            self._last_failure = FoodwasteError(message)
            self._last_failure.exit_code = ExitCode(exit_code)
            self._failed_starts = max(self._failed_starts, _MAX_FAILED_STARTS)

    def hopeless(self) -> FoodwasteError | None:
        """Why there will be no worker, when there is none and the last starts all failed."""
        working = any(member.state != "loading" for member in self.members)
        if working or self._failed_starts < _MAX_FAILED_STARTS:
            return None
        return self._last_failure

    def next_moment_s(self, now_s: float) -> float | None:
        """When a pause after failed starts ends."""
        return self._not_before_s if self._not_before_s > now_s else None

    def dismiss(self, member: Member) -> None:
        """SIGKILL, at once, and whatever it was doing is no longer its business."""
        member.run = None
        member.state = "idle"
        self.lose(member)

    def lose(self, member: Member) -> None:
        """Kills a worker that counts no more; what it was doing is settled when its end is seen."""
        member.launched.process.kill()
        member.launched.channel.close()
        if member in self.members:
            self.members.remove(member)
            self.dying.append(member)

    def bury(self, member: Member) -> None:
        """Frees what an ended process held."""
        self.dying.remove(member)
        member.launched.stacks.close()
        member.launched.process.release()

    def close(self, limit_s: float) -> None:
        """Kills everything and waits until it is gone, at most ``limit_s``."""
        self._requests.put(None)
        end_s = monotonic() + limit_s
        self._thread.join(limit_s)
        while self._arrivals:
            spec, arrival = self._arrivals.popleft()
            if not isinstance(arrival, Exception):
                self.members.append(Member(arrival, spec, until_s=None))
        for member in list(self.members):
            self.dismiss(member)
        while self.dying and (left_s := end_s - monotonic()) > 0:
            gone = connection.wait([m.launched.process.sentinel for m in self.dying], left_s)
            for member in list(self.dying):
                if member.launched.process.sentinel in gone:
                    self.bury(member)

    def _launch_on_request(self) -> None:
        # Ctrl-C belongs to the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        while (spec := self._requests.get()) is not None:
            try:
                self._arrivals.append((spec, launch(spec, self._method)))
            except (OSError, RuntimeError, EOFError, ValueError) as error:
                self._arrivals.append((spec, error))
            self._wake()
