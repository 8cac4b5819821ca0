"""Decides, picture by picture, what is done already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from foodwaste.batch.fingerprint import Fingerprints
from foodwaste.batch.options import BatchOptions
from foodwaste.batch.pair import TrayPictures
from foodwaste.batch.store import Store
from foodwaste.report import Status

AUDIT_FOLDER = "audit"


@dataclass(frozen=True)
class Known:
    """How a picture that need not be made again ended."""

    status: Status


class Todo:
    """Compares trays with what the store holds.

    Raises:
        ProfileError: the profile cannot be read.
    """

    def __init__(self, options: BatchOptions, store: Store) -> None:
        self._options = options
        self._fingerprints = Fingerprints(options)
        self._done = store.done() if options.resume else {}

    def fingerprint(self, tray: TrayPictures) -> str:
        """What identifies this tray's work.

        Raises:
            OSError: one of its pictures cannot be read.
        """
        return self._fingerprints.of(tray)

    def known(self, tray: TrayPictures, fingerprint: str) -> Known | None:
        """How the very same work ended before; ``None`` when it has to be done."""
        recorded, status = self._done.get(tray.key, (None, "failed"))
        if recorded != fingerprint:
            return None
        if status == "failed":
            return None if self._options.retry_failed else Known("failed")
        if self._options.audit and not audit_path(self._options.out, tray.key).is_file():
            return None
        return Known("ok" if status == "ok" else "fallback")

    def remember(self, key: str, fingerprint: str | None, status: Status) -> None:
        """It has just been recorded."""
        self._done[key] = (fingerprint, status)


def audit_path(out: Path, key: str) -> Path:
    """Where the audit sheet of a tray goes: its own path in the folder, plus ``.png``."""
    path = PurePosixPath(key)
    parts = [part for part in path.parts if part not in (path.anchor, "..")]
    return out.joinpath(AUDIT_FOLDER, *parts[:-1], f"{parts[-1]}.png")
