"""The pool: an answer for every task in time, from workers that are killed when they are late.

The supervisor runs in a thread of its own, so that whatever the caller does between two answers
(a database commit, hashing the next file) cannot delay a deadline.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import signal
import threading
import traceback
from collections import deque
from time import monotonic

from foodwaste.errors import ExitCode, FoodwasteError
from foodwaste.pool.channel import check_task_size
from foodwaste.pool.deadline import deadline
from foodwaste.pool.launch import StartMethod, default_start_method, prepare
from foodwaste.pool.protocol import Answer, Task, WorkerSpec
from foodwaste.pool.staff import Staff
from foodwaste.pool.supervisor import Supervisor, task_message
from foodwaste.pool.task_run import TaskRun

#: A worker that has grown by this much since it settled is replaced.
GROWTH_BYTES = 300_000_000

#: Ctrl-C leaves 2 s in all; ending the workers takes milliseconds of them.
_CLOSE_LIMIT_S = 1.0


class PoolFailure(FoodwasteError):  # noqa: N818 - names the finding
    """The supervisor itself failed: a defect."""

    exit_code = ExitCode.INTERNAL


class Pool:
    """An :class:`~foodwaste.pool.protocol.Engine` over worker processes.

    Up to ``workers`` tasks run at a time; ``spares`` more processes wait with everything
    loaded. With a ``fallback_spec``, processes started for a fallback alone load that.
    Use the pool as a context manager: leaving it ends every process. Its methods belong to one
    thread.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        workers: int = 1,
        *,
        spares: int = 1,
        start_method: StartMethod | None = None,
        fallback_spec: WorkerSpec | None = None,
        growth_bytes: int = GROWTH_BYTES,
    ) -> None:
        if workers < 1 or spares < 0:
            raise ValueError("a pool has at least one worker and no negative number of spares")
        method = start_method or default_start_method()
        prepare(method)
        self._workers = workers
        self._in_flight = 0
        self._stopping = False
        self._submitted: deque[TaskRun] = deque()
        self._answers: queue.SimpleQueue[Answer | FoodwasteError] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._staff = Staff(spec, method, self._wake, fallback_spec)
        self._supervisor = Supervisor(
            self._staff,
            self._answers.put,
            workers=workers,
            spares=spares,
            growth_bytes=growth_bytes,
        )
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    @property
    def capacity(self) -> int:
        """Running tasks, and as many again waiting so that no worker waits for the caller."""
        return 2 * self._workers

    @property
    def in_flight(self) -> int:
        """Tasks submitted whose answers were not yet taken."""
        return self._in_flight

    def submit(self, task: Task, *, clock_from_s: float | None = None) -> None:
        """Gives a task in.

        Its clock starts when a worker takes it up, or ran already since ``clock_from_s`` (on
        the monotonic clock): then waiting for a worker counts.

        Raises:
            RuntimeError: ``capacity`` tasks are in flight, or the pool is closed.
            ValueError: the task is no plain data, or too large for a worker's pipe.
        """
        if self._stopping:
            raise RuntimeError("the pool is closed")
        if self._in_flight >= self.capacity:
            raise RuntimeError(f"{self.capacity} tasks are in flight: take an answer first")
        check_task_size(task_message("fallback", task, budget_s=0.0, guard_s=0.0, trace=False))
        self._in_flight += 1
        clock = None if clock_from_s is None else deadline(task.budget_s, clock_from_s, task.hard_s)
        self._submitted.append(TaskRun(task, monotonic(), clock))
        self._wake()

    def next_answer(self, timeout_s: float | None = None) -> Answer | None:
        """The next answer; ``None`` when none came in time.

        Raises:
            FoodwasteError: no worker can be started; the tasks in flight get no answer.
        """
        try:
            answer = self._answers.get(timeout_s != 0, timeout_s)
        except queue.Empty:
            return None
        if isinstance(answer, FoodwasteError):
            self._answers.put(answer)  # for whoever asks again
            raise answer
        self._in_flight -= 1
        return answer

    def worker_pids(self) -> list[int]:
        """Process ids of the workers alive at this moment."""
        return [member.pid for member in list(self._staff.members)]

    def close(self) -> None:
        """Kills every worker and waits for their end: milliseconds, at most about a second."""
        if self._stopping:
            return
        self._stopping = True
        self._wake()
        self._thread.join(3 * _CLOSE_LIMIT_S)
        if not self._thread.is_alive():
            os.close(self._wake_read)
            os.close(self._wake_write)
        atexit.unregister(self.close)

    def __enter__(self) -> Pool:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends every process."""
        self.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake anyway
            os.write(self._wake_write, b"w")

    def _supervise(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is the main thread's
        try:
            while not self._stopping:
                while self._submitted:
                    self._supervisor.accept(self._submitted.popleft())
                self._supervisor.turn(self._wake_read)
                with contextlib.suppress(BlockingIOError):
                    # Emptied before looking at what it announced, or an announcement is lost.
                    os.read(self._wake_read, 4096)
        except FoodwasteError as error:
            self._answers.put(error)
        except Exception:  # noqa: BLE001 - handed to the caller's thread, which raises it
            self._answers.put(PoolFailure(f"the pool failed:\n{traceback.format_exc()}"))
        finally:
            self._staff.close(_CLOSE_LIMIT_S)
