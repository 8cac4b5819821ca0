"""The folder that results go to: made when missing, one run at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from foodwaste.errors import UsageError

_LOCK_NAME = ".foodwaste.lock"


@contextlib.contextmanager
def results_folder(folder: Path) -> Iterator[Path]:
    """Makes sure that ``folder`` exists, can be written, and is nobody else's meanwhile.

    The lock is the kernel's: a killed run leaves none behind.

    Raises:
        UsageError: it cannot be made or written, or another run is writing to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o666)
    except FileExistsError as error:
        raise UsageError(f"--out {folder}: is a file, not a folder") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"--out {folder}: cannot be written ({reason})") from error
    try:
        _lock(descriptor, folder)
        yield folder
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(f"--out {folder}: another run is writing there") from error
    except OSError:
        return  # a file system without locks: nothing can be promised there
