"""Looks again and again for pictures that are new, changed, and whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from foodwaste.batch.options import BatchOptions
from foodwaste.batch.pair import Pairing, TrayPictures
from foodwaste.batch.plan import plan

#: Cameras and network folders write a file in pieces: one that changed within this time is not
#: taken for whole yet.
SETTLED_AFTER_S = 1.0

_LOOK_EVERY_S = 0.5

State = tuple[tuple[int, int] | None, ...]


class Watch:
    """Rounds over a folder; each tray comes up when its pictures have settled in a new state."""

    def __init__(self, options: BatchOptions, *, now_s: Callable[[], float] = time.time) -> None:
        self._options = options
        self._now_s = now_s
        self._seen: dict[str, State] = {}

    def rounds(self) -> Iterator[Pairing | None]:
        """Without end: the trays that are new, or ``None`` after a pause with none."""
        while True:
            pairing = self.look()
            if pairing.trays:
                yield pairing
            else:
                yield None
                time.sleep(_LOOK_EVERY_S)

    def look(self) -> Pairing:
        """The trays whose pictures are new or changed, and have settled."""
        pairing = plan(self._options)
        new = []
        for tray in pairing.trays:
            state = _state(tray)
            if self._seen.get(tray.key) != state and self._settled(state):
                self._seen[tray.key] = state
                new.append(tray)
        return Pairing(new, pairing.left_over)

    def _settled(self, state: State) -> bool:
        limit_ns = (self._now_s() - SETTLED_AFTER_S) * 1e9
        return all(part is None or part[1] <= limit_ns for part in state)


def _state(tray: TrayPictures) -> State:
    return tuple(_file_state(path) for path in (tray.image, tray.before, tray.meal_reference))


def _file_state(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
