"""Starts workers from a process that has imported everything and has run nothing.

Its children are safe where a fork of a running program is not, and start within 10 ms.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import threading
from collections.abc import Iterator
from multiprocessing import connection, resource_tracker, spawn
from multiprocessing.process import BaseProcess
from typing import Any

from foodwaste.pool.interrupts import interrupt_blocked

#: Imported once by the fork server; it sets the thread counts before anything else.
PRELOAD = ("foodwaste.pool.preload",)


class ServedProcess:
    """A process that the fork server started."""

    def __init__(self, process: BaseProcess) -> None:
        if process.pid is None:
            raise RuntimeError("the process was not started")
        self._process = process
        self._ended_with: int | None = None
        self.pid = process.pid
        self.sentinel = process.sentinel

    def kill(self) -> None:
        """SIGKILL."""
        with contextlib.suppress(ValueError):  # released
            self._process.kill()

    def exit_code(self) -> int | None:
        """Its exit code, ``None`` while it runs."""
        if self._ended_with is None:
            self._ended_with = self._process.exitcode
        return self._ended_with

    def release(self) -> None:
        """Frees what belongs to the ended process."""
        with contextlib.suppress(ValueError):  # still running: collected at exit
            self._process.close()


#: Two pools starting processes at the same moment share one fork server.
_server_lock = threading.Lock()


def start_server() -> None:
    """Starts the fork server and waits until it has imported; nothing happens when it runs.

    From here on a launch takes milliseconds.
    """
    _start_from_server(multiprocessing.get_context("forkserver").Process(target=int)).join()


def launch_from_server(link: socket.socket, stack: int, threads: int | None) -> ServedProcess:
    """Starts a worker that inherits ``link`` and the writing end of its stack pipe."""
    if threads != 1:
        raise ValueError("the fork server's libraries are loaded with one thread each")
    stack_end = connection.Connection(os.dup(stack), readable=False)
    context = multiprocessing.get_context("forkserver")
    try:
        process = context.Process(target=_run_served, args=(link, stack_end), daemon=True)
        return ServedProcess(_start_from_server(process))
    finally:
        stack_end.close()


def _start_from_server(process: BaseProcess) -> BaseProcess:
    with _server_lock:
        multiprocessing.get_context("forkserver").set_forkserver_preload(list(PRELOAD))
        resource_tracker.ensure_running()  # unblocks SIGINT as it starts: before the block below
        with interrupt_blocked(), _without_main():
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
def _without_main() -> Iterator[None]:
    """Leaves the caller's ``__main__`` out of what a process started here is told to import.

    Otherwise a script without the usual guard would start a pool in each of its workers, and
    the command's own entry would cost each of them 0.1 s. Workers never need it. Processes that
    other threads start meanwhile are told everything, as ever.
    """
    original, thread = spawn.get_preparation_data, threading.get_ident()

    def preparation(name: str) -> dict[str, Any]:
        data: dict[str, Any] = original(name)
        if threading.get_ident() == thread:
            data.pop("init_main_from_name", None)
            data.pop("init_main_from_path", None)
        return data

    setattr(spawn, "get_preparation_data", preparation)  # noqa: B010 - a library's own function
    try:
        yield
    finally:
        setattr(spawn, "get_preparation_data", original)  # noqa: B010
