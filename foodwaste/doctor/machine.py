"""The machine: Python, cores, memory, folders that can be written."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from foodwaste.doctor.check import Check

_OLDEST, _NEWEST = (3, 10), (3, 13)

#: ``analyze`` peaks at 110 MB resident on a 12-megapixel JPEG (decoded at reduced scale) and at
#: 500 MB on a PNG of 60 megapixels, the largest that is accepted by default.
_LITTLE_MEMORY_MB = 600


def check_python() -> Check:
    """Version of the interpreter, and whether it is one that is tested."""
    version = platform.python_version()
    detail = f"{version} ({sys.executable})"
    if sys.version_info[:2] < _OLDEST or sys.version_info[:2] > _NEWEST:
        tested = f"{_OLDEST[0]}.{_OLDEST[1]} to {_NEWEST[0]}.{_NEWEST[1]}"
        mend = "make the virtual environment with another Python: python3.12 -m venv .venv"
        return Check("python", "warn", f"{detail}; tested are {tested}", mend)
    return Check("python", "ok", detail)


def check_cores() -> Check:
    """Cores this process may use, which is what a batch starts workers by."""
    from foodwaste.pool.cores import available_cores

    usable, installed = available_cores(), os.cpu_count() or 1
    detail = f"{usable} of {installed} usable" if usable < installed else f"{usable}"
    return Check("cores", "ok", detail)


def check_memory(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> Check:
    """Memory that is free now, or allowed by the container's limit if that is less."""
    available = _available_mb(proc)
    limit = _limit_mb(cgroup)
    if available is None:
        return Check("memory", "ok", "this system does not tell")
    detail = f"{available:.0f} MB available"
    if limit is not None and limit < available:
        detail += f", limited to {limit:.0f} MB"
        available = limit
    if available < _LITTLE_MEMORY_MB:
        mend = f"close programs, or raise the limit: {_LITTLE_MEMORY_MB} MB a worker"
        return Check("memory", "warn", detail, mend)
    return Check("memory", "ok", detail)


def check_temporary_folder() -> Check:
    """Whether temporary files can be written."""
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        return Check("temporary folder", "missing", str(error), "export TMPDIR=/a/writable/folder")
    return Check("temporary folder", "ok", str(folder))


def check_model_folder() -> Check:
    """Whether fetched and exported models can be kept."""
    from foodwaste.models.cache import MODELS_VARIABLE, models_dir

    folder = models_dir()
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if existing.is_dir() and os.access(existing, os.W_OK):
        return Check("model folder", "ok", str(folder))
    mend = f"export {MODELS_VARIABLE}=/a/writable/folder"
    return Check("model folder", "warn", f"{folder} cannot be written", mend)


def _available_mb(proc: Path) -> float | None:
    try:
        for line in (proc / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    except (AttributeError, ValueError, OSError):
        return None


def _limit_mb(cgroup: Path) -> float | None:
    """The container's memory limit (cgroup v2, then v1), where there is one."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        file = cgroup / name
        text = file.read_text().strip() if file.is_file() else "max"
        if text.isdigit():
            return int(text) / 2**20
    return None
