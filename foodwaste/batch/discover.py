"""Finds the pictures of a folder: recursively, in a stable order, never in circles."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

#: Endings of the formats that ``imaging`` reads. What a file really is, its content tells when
#: it is read; the ending only says that somebody meant it as a picture.
PICTURE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif"}
    | {".tif", ".tiff", ".heic", ".heif", ".hif"}
)


@dataclass
class Found:
    """Pictures, as paths relative to the searched folder, and what could not be searched."""

    pictures: list[Path] = field(default_factory=list)
    problems: list[tuple[Path, str]] = field(default_factory=list)


def find_pictures(folder: Path, *, leave_out: tuple[Path, ...] = ()) -> Found:
    """All pictures below ``folder``, sorted, hidden files and ``leave_out`` folders aside.

    Links to folders are followed, each real folder once.
    """
    found = Found()
    closed = {_identity(path) for path in leave_out}
    _search(folder, Path(), found, closed - {None})
    return found


def is_picture_name(name: str) -> bool:
    """Whether a file of this name is meant as a picture."""
    return not name.startswith(".") and Path(name).suffix.lower() in PICTURE_ENDINGS


def same_name(text: str) -> str:
    """A name as people compare it: composed, whatever its case (macOS writes decomposed)."""
    return unicodedata.normalize("NFC", text).casefold()


def _search(root: Path, relative: Path, found: Found, closed: set[tuple[int, int] | None]) -> None:
    folder = root / relative
    identity = _identity(folder)
    if identity in closed:
        return
    closed.add(identity)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        found.problems.append((relative, f"folder cannot be searched ({reason})"))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = relative / entry.name
        try:
            is_folder = entry.is_dir()
        except OSError as error:
            found.problems.append((path, (error.strerror or str(error)).lower()))
            continue
        if is_folder:
            _search(root, path, found, closed)
        elif is_picture_name(entry.name):
            found.pictures.append(path)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
