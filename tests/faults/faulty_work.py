"""Work that misbehaves on request: faults are fixtures. Each payload names its fault.

Workers import this module by name (``faulty_work:FaultyWork``); it uses the standard library
only, so that what is measured is the pool.
"""

from __future__ import annotations

import collections
import contextlib
import ctypes
import itertools
import os
import signal
import stat
import sys
import time
from pathlib import Path

from foodwaste.errors import ModelMissing

FACTORY = "faulty_work:FaultyWork"


def stick_in_c():
    """A loop in C that never gives the interpreter back."""
    collections.deque(itertools.repeat(None), maxlen=0)


def ignore_sigterm_and_stick():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    stick_in_c()


def allocate_far_too_much():
    bytearray(64_000_000_000)


def crash_in_c():
    ctypes.string_at(0)


def close_own_pipe_and_live():
    """Closes every descriptor above the standard ones, and goes on living."""
    os.closerange(3, 256)
    stick_in_c()


def send_garbage():
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, b"\xff not json\n")


FAULTS = {
    "stuck": stick_in_c,
    "sleeping": lambda: time.sleep(3600),
    "exit": lambda: os._exit(7),
    "sigkill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "sigstop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "sigterm ignored": ignore_sigterm_and_stick,
    "memory": allocate_far_too_much,
    "segfault": crash_in_c,
    "pipe closed": close_own_pipe_and_live,
    "garbage": send_garbage,
    "system exit": lambda: sys.exit(3),
    "exception": lambda: 1 // 0,
}


class FaultyWork:
    """``marker_folder`` remembers across processes what has happened once."""

    def __init__(
        self,
        marker_folder=None,
        load="well",
        load_s=0.0,
        growth_per_task_bytes=0,
    ):
        self._markers = None if marker_folder is None else Path(marker_folder)
        self._growth_bytes = growth_per_task_bytes
        self._kept = []
        time.sleep(load_s)
        if load == "fails once" and self._first_time("load"):
            raise RuntimeError("could not load, this once")
        if load == "fails":
            raise RuntimeError("cannot load")
        if load == "model missing":
            raise ModelMissing("no weights: run 'foodwaste models fetch'")
        if load == "exits":
            os._exit(9)
        if load == "hangs once" and self._first_time("load"):
            time.sleep(3600)
        if load == "hangs":
            time.sleep(3600)

    def _first_time(self, name):
        try:
            (self._markers / name.replace("/", "_")).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def rungs(self, payload, budget_s):
        sys.stdout.write("a library prints to stdout\n")
        name = payload["name"]
        fault = payload.get("fault")
        if payload.get("first_rung"):
            yield {"name": name, "by": "first rung"}
        if payload.get("only_once") and not self._first_time(name):
            fault = None
        if self._growth_bytes:
            self._kept.append(bytearray(os.urandom(1) * self._growth_bytes))
        time.sleep(payload.get("work_s", 0.01))
        if fault == "unpicklable":
            yield {"name": name, "by": lambda: None}
        elif fault == "not a mapping":
            yield 3
        elif fault == "half a message":
            yield {"name": name, "by": "x" * 20_000_000}
        elif fault == "no rung":
            return
        elif fault is not None:
            FAULTS[fault]()
        yield {"name": name, "by": "analysis", "pid": os.getpid(), "budget_s": budget_s}

    def fallback(self, payload):
        fault = payload.get("fallback_fault")
        if fault is not None:
            FAULTS[fault]()
        return {"name": payload["name"], "by": "fallback", "pid": os.getpid()}
