"""One process at a time: an advisory lock on a file, released by the system when a holder dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from foodwaste.errors import ModelMissing

_POLL_S = 0.2


@contextmanager
def exclusive(
    path: Path, *, timeout_s: float = 3600.0, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Holds the lock file ``path`` (made when absent, left behind afterwards).

    Args:
        path: the lock file; its folder must exist and be writable.
        timeout_s: how long to wait for another holder.
        on_wait: called once when there is another holder.

    Raises:
        ModelMissing: another process held it for ``timeout_s``.
        OSError: the lock file cannot be made (read-only folder).
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + timeout_s
        announced = False
        while not _try_lock(handle):
            if not announced and on_wait is not None:
                on_wait()
            announced = True
            if time.monotonic() > deadline:
                raise ModelMissing(
                    f"another process has been fetching for {timeout_s:.0f} s ({path}); "
                    "wait for it, or end it and run the command again"
                )
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
