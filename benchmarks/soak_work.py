"""The real analysis with injected faults: what a day's worst photographs do to their workers.

The fault follows from the picture's file name (``…-fault-stuck.jpg``), so that an undisturbed
run and a killed and resumed one meet the same.
"""

from __future__ import annotations

import collections
import itertools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foodwaste.pool.tray_work import TrayWork

FACTORY = "soak_work:SoakWork"


def stick_in_c() -> None:
    """A loop in C that holds the interpreter."""
    collections.deque(itertools.repeat(None), maxlen=0)


FAULTS = {
    "stuck": stick_in_c,
    "sleeping": lambda: time.sleep(3600),
    "exit": lambda: os._exit(3),
    "sigkill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "sigstop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "memory": lambda: bytearray(1 << 50),
}


class SoakWork(TrayWork):
    """Misbehaves where the file's name says so."""

    def rungs(self, payload: dict[str, Any], budget_s: float) -> Iterator[dict[str, Any]]:
        """As the real work, after the fault."""
        _, marked, fault = Path(payload["image"]).stem.partition("-fault-")
        if marked:
            FAULTS[fault]()
        yield from super().rungs(payload, budget_s)
