"""A worker leaves when its parent dies, whatever it is doing."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.5


def leave_with_parent(parent_pid: int) -> None:
    """From now on this process ends when process ``parent_pid`` does.

    On Linux the kernel kills it (``prctl(PR_SET_PDEATHSIG)``), stuck or not. Elsewhere a thread
    looks every half second, which a library call that never yields can hold up: there the
    worker's own alarm (``faulthandler``) ends it after its deadline.
    """
    if not _kernel_kills_orphans():
        threading.Thread(target=_watch, args=(parent_pid,), daemon=True).start()
    if os.getppid() != parent_pid:  # it died before the lines above took effect
        os._exit(1)


def _kernel_kills_orphans() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) == 0)


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_POLL_S)
    os._exit(1)
