"""Keeps Ctrl-C away from processes that are just starting."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def interrupt_blocked() -> Iterator[None]:
    """Processes started inside inherit a blocked SIGINT: Ctrl-C cannot hit them half started."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
