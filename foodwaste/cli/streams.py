"""Keeps stdout for results: whatever a library prints goes to stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO


@contextlib.contextmanager
def protected_stdout() -> Iterator[TextIO]:
    """Sets the real stdout aside and yields it as a text stream for results alone.

    File descriptor 1 and ``sys.stdout`` point to stderr meanwhile, so that neither C code nor
    Python's ``print`` can spoil the output. The stream is UTF-8 on every platform.
    """
    sys.stdout.flush()
    try:
        real = os.dup(1)
    except OSError:  # started with stdout closed: there is nothing to protect
        with contextlib.redirect_stdout(sys.stderr):
            yield sys.stderr
        return
    previous = sys.stdout
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    stream = os.fdopen(real, "w", encoding="utf-8", errors="backslashreplace", closefd=True)
    try:
        yield stream
    finally:
        sys.stdout = previous
        with contextlib.suppress(BrokenPipeError, ValueError):
            stream.flush()
        with contextlib.suppress(OSError):
            os.dup2(real, 1)
        with contextlib.suppress(BrokenPipeError):
            stream.close()


def say(message: str) -> None:
    """One line for the user on stderr."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
