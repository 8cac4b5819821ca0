"""Starts worker processes: by a fork server that has imported but never run, or afresh. Never fork.

A forked child of a process that has run one parallel operation hangs for good; a fork server
imports the libraries and runs nothing, so that its children are safe, and start within 10 ms.
Where there is none, each worker is a fresh interpreter (``spawn``).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Literal, Protocol

from foodwaste.pool.channel import Channel, ChannelError, channel_pair
from foodwaste.pool.protocol import WorkerSpec
from foodwaste.pool.stacks import StackTail
from foodwaste.pool.threads import set_thread_environment

StartMethod = Literal["forkserver", "spawn"]

#: Imported once by the fork server, in this order; what is missing is passed over.
PRELOAD = ("foodwaste.pool.preload",)

_BOOT = (
    "import sys; sys.path[:] = {path!r}; "
    "from foodwaste.pool.launch import run_spawned; run_spawned({link}, {stack}, {parent})"
)


class WorkerProcess(Protocol):
    """A started process. ``sentinel`` becomes readable when it has ended."""

    pid: int
    sentinel: int

    def kill(self) -> None:
        """SIGKILL, at once; nothing happens when it has ended."""

    def exit_code(self) -> int | None:
        """Its exit code (negative: the signal), ``None`` while it runs."""

    def release(self) -> None:
        """Frees what belongs to an ended process."""


@dataclass(frozen=True)
class Launched:
    """A process just started, the channel to it, and its stack pipe."""

    process: WorkerProcess
    channel: Channel
    stacks: StackTail


def default_start_method() -> StartMethod:
    """``forkserver`` where the system has one.

    Raises:
        OSError: neither way works here (Windows has no private Unix sockets).
    """
    if not hasattr(socket, "socketpair") or sys.platform == "win32":
        raise OSError("the process pool needs Linux or macOS")
    methods = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in methods else "spawn"


def launch(spec: WorkerSpec, method: StartMethod) -> Launched:
    """Starts one worker and sends it what to load; returns at once, before it is ready."""
    channel, link = channel_pair()
    stack_read, stack_write = os.pipe()
    try:
        start = _launch_from_server if method == "forkserver" else _launch_afresh
        process = start(link, stack_write, spec.threads)
    except BaseException:
        channel.close()
        os.close(stack_read)
        raise
    finally:
        link.close()
        os.close(stack_write)
    with contextlib.suppress(ChannelError):  # already dead: its sentinel tells
        channel.send({"do": "load", "spec": spec.to_plain()})
    return Launched(process, channel, StackTail(stack_read))


def run_spawned(link: int, stack: int, parent_pid: int) -> None:
    """Entry of a worker that was started afresh."""
    from foodwaste.pool.worker import serve

    serve(socket.socket(fileno=link), stack, parent_pid)


# --- afresh ----------------------------------------------------------------------------------


class _SpawnedProcess:
    def __init__(self, child: subprocess.Popen[bytes], sentinel: int) -> None:
        self._child = child
        self.pid = child.pid
        self.sentinel = sentinel

    def kill(self) -> None:
        self._child.kill()

    def exit_code(self) -> int | None:
        if self.sentinel >= 0 and connection.wait([self.sentinel], 0):
            # The pipe closes a moment before the process can be collected.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._child.wait(0.2)
        return self._child.poll()

    def release(self) -> None:
        if self.sentinel >= 0:
            os.close(self.sentinel)
            self.sentinel = -1
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1.0)


def _launch_afresh(link: socket.socket, stack: int, threads: int | None) -> WorkerProcess:
    environment = dict(os.environ)
    if threads is not None:
        set_thread_environment(threads, environment)
    boot = _BOOT.format(path=sys.path, link=link.fileno(), stack=stack, parent=os.getpid())
    sentinel, held_by_child = os.pipe()
    try:
        with _interrupt_blocked():
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
    return _SpawnedProcess(child, sentinel)


# --- from the fork server --------------------------------------------------------------------


class _ServedProcess:
    def __init__(self, process: BaseProcess) -> None:
        if process.pid is None:
            raise RuntimeError("the process was not started")
        self._process = process
        self._ended_with: int | None = None
        self.pid = process.pid
        self.sentinel = process.sentinel

    def kill(self) -> None:
        with contextlib.suppress(ValueError):  # released
            self._process.kill()

    def exit_code(self) -> int | None:
        if self._ended_with is None:
            self._ended_with = self._process.exitcode
        return self._ended_with

    def release(self) -> None:
        with contextlib.suppress(ValueError):  # still running: collected at exit
            self._process.close()


#: Two pools starting processes at the same moment share one fork server and one ``__main__``.
_server_lock = threading.Lock()


def start_server() -> None:
    """Starts the fork server and waits until it has imported; nothing happens when it runs.

    From here on a launch takes milliseconds. Called where the pool is made rather than in its
    background thread, because ``__main__`` is hidden meanwhile.
    """
    _start_from_server(multiprocessing.get_context("forkserver").Process(target=int)).join()


def _launch_from_server(link: socket.socket, stack: int, threads: int | None) -> WorkerProcess:
    if threads != 1:
        raise ValueError("the fork server's libraries are loaded with one thread each")
    stack_end = connection.Connection(os.dup(stack), readable=False)
    context = multiprocessing.get_context("forkserver")
    try:
        process = context.Process(target=_run_served, args=(link, stack_end), daemon=True)
        return _ServedProcess(_start_from_server(process))
    finally:
        stack_end.close()


def _start_from_server(process: BaseProcess) -> BaseProcess:
    with _server_lock:
        multiprocessing.get_context("forkserver").set_forkserver_preload(list(PRELOAD))
        resource_tracker.ensure_running()  # unblocks SIGINT as it starts: before the block below
        with _interrupt_blocked(), _main_hidden():
            process.start()
        # The standard library polls all children at each start, from whichever thread, and of
        # two readers of one exit code one gets 255. It would also wait for them at exit.
        getattr(multiprocessing.process, "_children", set()).discard(process)
    return process


def _run_served(link: socket.socket, stack_end: connection.Connection) -> None:
    from foodwaste.pool.worker import serve

    _let_server_die_with_its_client()
    serve(link, stack_end.fileno(), os.getppid())


def _let_server_die_with_its_client() -> None:
    """Closes this worker's copy of the pipe whose end tells the fork server to leave.

    Every child holds a copy, so that one stuck worker would keep the server alive after its
    client was killed, and with it the worker itself: it dies with the server.
    """
    from multiprocessing import forkserver

    server = getattr(forkserver, "_forkserver", None)
    descriptor = getattr(server, "_forkserver_alive_fd", None)
    if server is not None and descriptor is not None:
        os.close(descriptor)
        server._forkserver_alive_fd = None


@contextlib.contextmanager
def _main_hidden() -> Iterator[None]:
    """Hides the caller's ``__main__`` while a process starts.

    ``multiprocessing`` would import it in every worker: a script without the usual guard would
    start a pool in each, and the command's own entry costs 0.1 s. Workers never need it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _interrupt_blocked() -> Iterator[None]:
    """Processes started inside inherit a blocked SIGINT: Ctrl-C cannot hit them half started."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
