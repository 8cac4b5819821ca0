"""Where a worker was when it had to be stopped, read from the pipe its ``faulthandler`` writes to.

A pipe rather than a file: nothing stays on disk when everything is killed, and the kernel keeps
what was written after its writer has died.
"""

from __future__ import annotations

import contextlib
import os
import re

_KEEP_BYTES = 32_768
_FRAME = re.compile(r'File "([^"]+)", line (\d+|\?\?\?) in (.+)')
_MACHINERY = "foodwaste/pool/worker.py"  # from here outwards every stack is the same
_DUMP_START = re.compile(r"^.*most recent call first.*$", re.MULTILINE)


class StackTail:
    """The reading end of one worker's stack pipe; keeps the last 32 kB."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._tail = b""

    def fileno(self) -> int:
        """Descriptor to wait on; -1 once ended."""
        return self._descriptor

    def drain(self) -> None:
        """Takes in what has been written by now."""
        while self._descriptor >= 0:
            try:
                data = os.read(self._descriptor, 65_536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.close()
                return
            self._tail = (self._tail + data)[-_KEEP_BYTES:]

    def forget(self) -> None:
        """Drops what was written so far: it belongs to an earlier task."""
        self.drain()
        self._tail = b""

    def last(self) -> str | None:
        """The last stack, innermost frame first; ``None`` when none was written."""
        self.drain()
        return last_stack(self._tail.decode("utf-8", "replace"))

    def close(self) -> None:
        """Closes the reading end."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1


def last_stack(text: str) -> str | None:
    """The last whole stack in ``faulthandler`` output."""
    starts = list(_DUMP_START.finditer(text))
    for start in reversed(starts):
        frames = []
        for line in text[start.end() :].splitlines()[1:]:
            if not _FRAME.search(line) or _MACHINERY in line:
                break
            frames.append(line.strip())
        if frames:
            return "\n".join(frames)
    return None


def innermost(stack: str) -> str:
    """The innermost frame in a few words: ``decode in load.py, line 12``."""
    match = _FRAME.search(stack)
    if match is None:
        return stack.splitlines()[0] if stack else ""
    path, line, function = match.groups()
    return f"{function} in {path.rsplit('/', 1)[-1]}, line {line}"
