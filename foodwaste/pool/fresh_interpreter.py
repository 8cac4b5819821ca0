"""Starts a worker as a fresh interpreter: nothing is shared, and nothing else is imported first."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys

from foodwaste.pool.interrupts import interrupt_blocked
from foodwaste.pool.threads import set_thread_environment

# The parent's module path, and not the current folder, where a user's file may be called
# like a module.
_BOOT = (
    "import sys; sys.path[:] = {path!r}; "
    "from foodwaste.pool.fresh_interpreter import run_spawned; "
    "run_spawned({link}, {stack}, {parent})"
)


class SpawnedProcess:
    """A fresh interpreter; its sentinel is a pipe that only it holds open."""

    def __init__(self, child: subprocess.Popen[bytes], sentinel: int) -> None:
        self._child = child
        self.pid = child.pid
        self.sentinel = sentinel

    def kill(self) -> None:
        """SIGKILL."""
        self._child.kill()

    def exit_code(self) -> int | None:
        """Its exit code, ``None`` while it runs."""
        if self.sentinel >= 0 and _has_ended(self.sentinel):
            # The pipe closes a moment before the process can be collected.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._child.wait(0.2)
        return self._child.poll()

    def release(self) -> None:
        """Collects the ended process."""
        if self.sentinel >= 0:
            os.close(self.sentinel)
            self.sentinel = -1
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1.0)


def launch_afresh(link: socket.socket, stack: int, threads: int | None) -> SpawnedProcess:
    """Starts a worker that inherits ``link`` and the writing end of its stack pipe."""
    environment = dict(os.environ)
    if threads is not None:
        set_thread_environment(threads, environment)
    boot = _BOOT.format(path=sys.path, link=link.fileno(), stack=stack, parent=os.getpid())
    sentinel, held_by_child = os.pipe()
    try:
        with interrupt_blocked():
            child = subprocess.Popen(
                [sys.executable, "-c", boot],
                env=environment,
                pass_fds=(link.fileno(), stack, held_by_child),
                stdin=subprocess.DEVNULL,
            )
    except BaseException:
        os.close(sentinel)
        raise
    finally:
        os.close(held_by_child)
    return SpawnedProcess(child, sentinel)


def _has_ended(sentinel: int) -> bool:
    poll = select.poll()
    poll.register(sentinel, select.POLLIN)
    return bool(poll.poll(0))


def run_spawned(link: int, stack: int, parent_pid: int) -> None:
    """Entry of the worker."""
    from foodwaste.pool.worker import serve

    serve(socket.socket(fileno=link), stack, parent_pid)
