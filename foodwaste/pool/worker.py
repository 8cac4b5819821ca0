"""One worker process: loads its work once, then streams rungs, one task after another.

Messages in: ``{"do": "load", "spec": …}`` once, then ``{"do": "rungs" | "fallback", …}``.
Messages out: ``ready`` or ``refused``; for each task ``taken``, any number of ``rung``, then
``done`` or ``error``. The worker leaves when its pipe ends.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import signal
import socket
import time
import traceback
from collections.abc import Iterator
from typing import IO, Any

from foodwaste.errors import FoodwasteError
from foodwaste.pool.memory import limit_address_space, resident_bytes
from foodwaste.pool.parent import leave_with_parent
from foodwaste.pool.protocol import PlainData, Work, WorkerSpec, decode, encode
from foodwaste.pool.threads import (
    assert_thread_counts,
    limit_loaded_libraries,
    set_thread_environment,
    thread_counts,
)

#: How long after its budget a worker ends itself, when nobody else has ended it.
GUARD_GRACE_S = 2.0

#: While a picture that has already killed a worker is tried again, the stack is written down
#: this often: a process that is killed cannot say where it was.
TRACE_EVERY_S = 0.02


def serve(link: socket.socket, stack_descriptor: int, parent_pid: int) -> None:
    """Runs the worker over ``link`` until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent acts
    leave_with_parent(parent_pid)
    _redirect_standard_streams()
    os.set_blocking(stack_descriptor, False)  # a full pipe must not hold up a signal handler
    faulthandler.enable(stack_descriptor)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=stack_descriptor, all_threads=False)
    messages = _messages(link)
    first = next(messages, None)
    if first is None:
        return
    spec = WorkerSpec(**first["spec"])
    work = _load(spec, link)
    if work is None:
        return
    for message in messages:
        _guard(message, stack_descriptor)
        _run(message, work, link)
        faulthandler.cancel_dump_traceback_later()
        if spec.threads is not None:
            limit_loaded_libraries(spec.threads)  # a decoder may have loaded with this task


def make_work(spec: WorkerSpec) -> Work:
    """Imports the factory and calls it.

    Raises:
        ValueError: the factory is not of the form ``module:callable``.
        Exception: whatever the factory raises.
    """
    module, _, name = spec.factory.partition(":")
    if not module or not name:
        raise ValueError(f"a factory is 'module:callable', not {spec.factory!r}")
    factory = getattr(importlib.import_module(module), name)
    work: Work = factory(**spec.arguments)
    return work


def _redirect_standard_streams() -> None:
    """Nothing a library prints may reach the command's stdout, and nobody reads its stdin."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)


def _messages(link: socket.socket) -> Iterator[dict[str, Any]]:
    incoming: IO[bytes] = link.makefile("rb")
    for line in incoming:
        yield decode(line)


def _load(spec: WorkerSpec, link: socket.socket) -> Work | None:
    started_s = time.monotonic()
    try:
        if spec.memory_limit_bytes is not None:
            limit_address_space(spec.memory_limit_bytes)
        if spec.threads is not None:
            set_thread_environment(spec.threads, os.environ)
        work = make_work(spec)
        if spec.threads is not None:
            limit_loaded_libraries(spec.threads)
            assert_thread_counts(spec.threads)
    except FoodwasteError as error:
        _send(link, say="refused", message=str(error), exit_code=int(error.exit_code))
        return None
    except BaseException as error:  # noqa: BLE001 - told to the supervisor, then this process ends
        _send(link, say="refused", message=_one_line(error), stack=traceback.format_exc())
        return None
    load_s = time.monotonic() - started_s
    _send(link, say="ready", load_s=round(load_s, 4), threads=thread_counts())
    return work


def _guard(message: PlainData, stack_descriptor: int) -> None:
    """A second guard in C: it works while a library holds the interpreter, with no parent left."""
    if message.get("trace"):
        faulthandler.dump_traceback_later(TRACE_EVERY_S, repeat=True, file=stack_descriptor)
    else:
        limit_s = float(message["guard_s"]) + GUARD_GRACE_S
        faulthandler.dump_traceback_later(limit_s, exit=True, file=stack_descriptor)


def _run(message: PlainData, work: Work, link: socket.socket) -> None:
    key = message["key"]
    try:
        _send(link, say="taken", key=key)
        if message["do"] == "fallback":
            _send(link, say="rung", key=key, rung=work.fallback(message["payload"]))
        else:
            for rung in work.rungs(message["payload"], float(message["budget_s"])):
                _send(link, say="rung", key=key, rung=rung)
    except BrokenPipeError:
        os._exit(0)  # the supervisor is gone
    except BaseException as error:  # noqa: BLE001 - an error of this task, told to the supervisor
        _send(
            link,
            say="error",
            key=key,
            message=_one_line(error),
            stack=traceback.format_exc(),
            # What failed for want of memory leaves a heap full of holes: start afresh.
            worn=isinstance(error, MemoryError),
        )
    else:
        _send(link, say="done", key=key, resident_bytes=resident_bytes())


def _send(link: socket.socket, **message: object) -> None:
    link.sendall(encode(message))


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
