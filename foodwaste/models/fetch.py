"""Gets one file from its publisher: lock, temporary file, hash check, atomic rename."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from foodwaste.errors import ModelMissing
from foodwaste.models.download import Progress, download
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.hashing import check_file
from foodwaste.models.lock import exclusive


def fetch_file(
    url: str,
    target: Path,
    *,
    sha256: str,
    size_mb: float = 0.0,
    force: bool = False,
    progress: Progress | None = None,
    on_wait: Callable[[], None] | None = None,
) -> bool:
    """Makes sure that ``target`` is the published file.

    Several processes may ask at once: one downloads, the others wait and find it done. A
    crash leaves at most a ``.partial`` file, which the next call overwrites; ``target`` itself
    is only ever whole.

    Args:
        url: where the file is published.
        target: where to put it.
        sha256: its hash.
        size_mb: its size, to refuse early when the disk is too full.
        force: download even when a good file is there.
        progress: told about each piece.
        on_wait: called when another process is at it.

    Returns:
        True when it was downloaded, False when a good file was there already.

    Raises:
        ModelMissing: no connection, no room, or a folder that cannot be written.
        ModelDamaged: what arrived is not what was published.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not force and _is_good(target, sha256):
            return False
        with exclusive(target.with_name(target.name + ".lock"), on_wait=on_wait):
            if not force and _is_good(target, sha256):
                return False
            _require_room(target.parent, size_mb)
            partial = target.with_name(target.name + ".partial")
            try:
                found = download(url, partial, progress=progress)
                if found != sha256:
                    raise ModelDamaged(
                        f"{url}: SHA-256 {found[:12]}…, expected {sha256[:12]}…; nothing was kept"
                    )
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
    except OSError as error:
        raise ModelMissing(
            f"{target.parent} cannot be written ({error.strerror}); set TORCH_HOME to a folder "
            "that can, or let someone who may run 'foodwaste models fetch'"
        ) from error
    return True


def _is_good(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    try:
        check_file(path, sha256, mend="")
    except ModelDamaged:
        return False
    return True


def _require_room(folder: Path, size_mb: float) -> None:
    free_mb = shutil.disk_usage(folder).free / 1e6
    if free_mb < size_mb * 1.02:
        raise ModelMissing(
            f"{folder}: {free_mb:.0f} MB free, {size_mb:.0f} MB needed; "
            "make room, or set TORCH_HOME to a folder on another disk"
        )
