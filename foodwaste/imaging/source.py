"""Reads the bytes of a picture: from a path, from memory, from standard input."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from pathlib import Path
from typing import BinaryIO

from foodwaste.errors import ImageError
from foodwaste.imaging.formats.recognise import HEAD_BYTES, recognise

Source = str | os.PathLike[str] | bytes

STDIN = "-"

#: No photograph is larger: 60 megapixels of 16-bit RGBA, uncompressed, are 480 MB.
_MAX_BYTES = 1 << 29
_PART_BYTES = 1 << 20
_MAX_SHOWN_NAME = 160


def read_source(source: Source) -> bytes:
    """All bytes of ``source``; stops early where the first ones are no picture's.

    Raises:
        ImageError: missing, a folder, empty, unreadable, far too long, or not a picture. The
            message does not name the file.
    """
    if isinstance(source, bytes):
        return _checked(source)
    if os.fspath(source) == STDIN:
        return _read_stdin()
    path = _existing(Path(source))
    if path.is_dir():
        raise ImageError("is a folder; 'foodwaste batch' reads folders")
    try:
        with path.open("rb") as stream:
            return _read(stream, path.stat().st_size)
    except OSError as error:
        raise ImageError(_reason(error)) from error


def source_name(source: Source) -> str:
    """How messages call ``source``: one line, however long or strange the name."""
    if isinstance(source, bytes):
        return f"picture of {len(source)} bytes"
    text = os.fspath(source)
    if text == STDIN:
        return "standard input"
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    if len(text) > _MAX_SHOWN_NAME:
        half = _MAX_SHOWN_NAME // 2
        text = f"{text[:half]}…{text[-half:]}"
    return text


def _existing(path: Path) -> Path:
    """The path, in the Unicode form under which it exists.

    macOS writes Korean names decomposed (NFD), everybody else composed (NFC); on Linux the two
    are different files that look the same, and a copied name may be in the other form.
    """
    try:
        path.stat()
    except FileNotFoundError as error:
        for form in ("NFC", "NFD"):
            other = Path(unicodedata.normalize(form, str(path)))
            # A decomposed name is longer, and may be too long to ask for.
            with contextlib.suppress(OSError):
                if other != path and other.exists():
                    return other
        raise ImageError("no such file") from error
    except OSError as error:
        raise ImageError(_reason(error)) from error
    except ValueError as error:  # a NUL in the name
        raise ImageError("no such file: the name is not possible") from error
    return path


def _read_stdin() -> bytes:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise ImageError("there is no standard input to read from")
    if stream.isatty():
        raise ImageError("is the keyboard: pipe a picture into it")
    try:
        return _read(stream)
    except OSError as error:
        raise ImageError(_reason(error)) from error


def _read(stream: BinaryIO, length: int = 0) -> bytes:
    """Reads to the end. ``length`` is what the file says; a pipe has to be read to find out."""
    parts = [_checked(stream.read(HEAD_BYTES), whole=False)]
    while length <= _MAX_BYTES and (part := stream.read(_PART_BYTES)):
        parts.append(part)
        length = max(length, sum(map(len, parts)))
    if length > _MAX_BYTES:
        raise ImageError(f"more than {_MAX_BYTES >> 20} MB: too long for a photograph")
    return b"".join(parts)


def _checked(data: bytes, *, whole: bool = True) -> bytes:
    if not data:
        raise ImageError("the file is empty" if not whole else "no bytes were given")
    recognise(data[:HEAD_BYTES])
    return data


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "permission denied"
    text = error.strerror or str(error) or type(error).__name__
    return f"cannot be read ({text.lower()})"
