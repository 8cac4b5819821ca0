"""Starts worker processes: by a fork server that has imported but never run, or afresh. Never fork.

A forked child of a process that has run one parallel operation hangs for good; a fork server
imports the libraries and runs nothing, so that its children are safe, and start within 10 ms.
Where there is none, each worker is a fresh interpreter (``spawn``).
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from dataclasses import dataclass
from typing import Literal, Protocol

from foodwaste.errors import UsageError
from foodwaste.pool.channel import Channel, ChannelError, channel_pair
from foodwaste.pool.protocol import WorkerSpec
from foodwaste.pool.stacks import StackTail

StartMethod = Literal["forkserver", "spawn"]


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
        UsageError: neither way works here (Windows passes no sockets to a new process).
    """
    import multiprocessing

    if sys.platform == "win32":
        raise UsageError("worker processes need Linux or macOS; on Windows use WSL")
    methods = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in methods else "spawn"


def prepare(method: StartMethod) -> None:
    """Waits until a launch takes milliseconds: call it where waiting half a second is no harm."""
    if method == "forkserver":
        from foodwaste.pool.fork_server import start_server

        start_server()


def launch(spec: WorkerSpec, method: StartMethod) -> Launched:
    """Starts one worker and sends it what to load; returns at once, before it is ready."""
    channel, link = channel_pair()
    stack_read, stack_write = os.pipe()
    try:
        process = _start(method, link, stack_write, spec.threads)
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


def _start(
    method: StartMethod, link: socket.socket, stack: int, threads: int | None
) -> WorkerProcess:
    # Each way imports its own half of the standard library: one photograph needs the light one.
    if method == "forkserver":
        from foodwaste.pool.fork_server import launch_from_server

        return launch_from_server(link, stack, threads)
    from foodwaste.pool.fresh_interpreter import launch_afresh

    return launch_afresh(link, stack, threads)
