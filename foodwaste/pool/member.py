"""One worker as its supervisor sees it."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from typing import Any, Literal

from foodwaste.pool.launch import Launched
from foodwaste.pool.protocol import PlainData, WorkerSpec
from foodwaste.pool.task_run import TaskRun

State = Literal["loading", "idle", "analysing", "falling back"]

#: Memory settles over the first tasks (arenas, lazily loaded decoders): growth counts from here.
_SETTLED_AFTER_TASKS = 5


@dataclass
class Member:
    """A process with its channel and what it is doing.

    ``until_s`` is when loading or a fallback has lasted too long (monotonic clock), ``None`` in
    other states. ``idle_since_s`` orders the idle ones, so that the busiest stays busy and the
    spare stays a spare. ``complaint`` is why it was killed, where it was for what it sent.
    ``has_taken`` is whether it has said that it took up its ``run``: one that dies before did
    not die over it.
    """

    launched: Launched
    spec: WorkerSpec
    until_s: float | None
    state: State = "loading"
    run: TaskRun | None = None
    idle_since_s: float = 0.0
    tasks_done: int = 0
    settled_bytes: int = 0
    complaint: str | None = None
    has_taken: bool = False

    @property
    def pid(self) -> int:
        """Process id."""
        return self.launched.process.pid

    def start(
        self, state: State, run: TaskRun, message: PlainData, until_s: float | None = None
    ) -> None:
        """Hands a task over.

        Raises:
            ChannelError: the worker is gone or does not read.
        """
        self.launched.stacks.forget()
        self.launched.channel.send(message)
        self.state, self.run, self.until_s = state, run, until_s
        self.has_taken = False

    def rest(self, now_s: float) -> None:
        """Its task is over."""
        self.state, self.run, self.until_s, self.idle_since_s = "idle", None, None, now_s

    def is_worn(self, message: dict[str, Any], growth_bytes: int) -> bool:
        """Whether it has to be replaced after this ``done`` or ``error`` message."""
        if message.get("worn"):
            return True
        resident_bytes = int(message.get("resident_bytes", 0))
        self.tasks_done += 1
        if self.tasks_done <= _SETTLED_AFTER_TASKS:
            self.settled_bytes = max(self.settled_bytes, resident_bytes)
        return resident_bytes > self.settled_bytes + growth_bytes

    def ask_for_stack(self) -> None:
        """Its signal handler in C writes the stack down, stuck or not."""
        if hasattr(signal, "SIGUSR1") and self.launched.process.exit_code() is None:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGUSR1)
