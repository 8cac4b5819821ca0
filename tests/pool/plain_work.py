"""Work that behaves, and tells about the process it runs in."""

from __future__ import annotations

import os
import signal
import sys
import time


class PlainWork:
    """Answers with what it was given; ``load`` names libraries to load first."""

    def __init__(self, load=()):
        for name in load:
            __import__(name)

    def rungs(self, payload, budget_s):
        for step in range(payload.get("rungs", 1)):
            time.sleep(payload.get("work_s", 0.0))
            yield {"step": step, **payload}

    def fallback(self, payload):
        return {"step": "fallback", **payload}


class Witness(PlainWork):
    """Tells about its process."""

    def rungs(self, payload, budget_s):
        from foodwaste.pool.threads import thread_counts

        yield {
            "pid": os.getpid(),
            "threads": thread_counts(),
            "sigint_ignored": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
            "main": getattr(sys.modules["__main__"], "__file__", None),
            "stdin_is_empty": os.read(0, 1) == b"",
            "same_output": os.fstat(1).st_ino == os.fstat(2).st_ino,
            "sockets": sum(_is_socket(fd) for fd in range(3, 64)),
        }


class Wasteful(PlainWork):
    """Starts more threads than it was given."""

    def __init__(self):
        import cv2

        # The pool sets the counts after loading: this one sets them back when it is asked.
        self._cv2 = cv2
        cv2.setNumThreads = lambda _: None


def _is_socket(descriptor):
    import stat

    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False
