"""SHA-256 of model files, computed once per file and remembered beside it."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from foodwaste.models.errors import ModelDamaged

_CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file (about 1 s for DPT_Large's 1.4 GB)."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_file(path: Path, expected: str, *, mend: str, trust_stamp: bool = True) -> None:
    """Checks a file against its hash.

    A successful check leaves a stamp (hash, size and time of change) beside the file, so that
    each worker's start does not read a gigabyte again; in a read-only folder there is no stamp
    and every check reads the file.

    Args:
        path: the file.
        expected: its SHA-256.
        mend: the command that replaces the file, for the message.
        trust_stamp: False reads the file whatever the stamp says.

    Raises:
        ModelDamaged: another hash, or unreadable.
    """
    stamp = path.with_name(path.name + ".verified")
    try:
        state = path.stat()
        line = f"{expected} {state.st_size} {state.st_mtime_ns}\n"
        if trust_stamp and stamp.is_file() and stamp.read_text(encoding="ascii") == line:
            return
        found = sha256_file(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ModelDamaged(f"{path}: cannot be read ({error}); {mend}") from error
    if found != expected:
        size_mb = state.st_size / 1e6
        raise ModelDamaged(
            f"{path} ({size_mb:.1f} MB) is damaged or another file: SHA-256 {found[:12]}…, "
            f"expected {expected[:12]}…; {mend}"
        )
    with contextlib.suppress(OSError):
        stamp.write_text(line, encoding="ascii")
