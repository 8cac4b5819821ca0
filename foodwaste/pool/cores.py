"""How many cores this process may really use: by affinity and cgroup quota."""

from __future__ import annotations

import os
from pathlib import Path


def available_cores(cgroup_root: Path = Path("/sys/fs/cgroup"), proc: Path = Path("/proc")) -> int:
    """Cores by scheduler affinity, lowered to the cgroup's CPU quota (v1 or v2), at least 1.

    A quota of 1.5 cores counts as 1: a second worker would be throttled for half of its time,
    and a throttled worker misses deadlines.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = _cgroup_quota(cgroup_root, proc)
    if quota is not None:
        cores = min(cores, int(quota))
    return max(1, cores)


def _cgroup_quota(root: Path, proc: Path) -> float | None:
    """The smallest quota, in cores, from this process' group up to the root; ``None`` without."""
    quotas: list[float] = []
    for controllers, group in _memberships(proc):
        relative = group.lstrip("/")
        if controllers == "":
            base, read = root, _quota_v2
        elif "cpu" in controllers.split(","):
            base, read = root / "cpu", _quota_v1
        else:
            continue
        folder = base / relative
        # Inside a container the path of the host's group may not exist: its root stands for it.
        for candidate in [folder, *folder.parents]:
            quota = read(candidate)
            if quota is not None:
                quotas.append(quota)
            if candidate == base:
                break
    return min(quotas) if quotas else None


def _memberships(proc: Path) -> list[tuple[str, str]]:
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return []
    parts = [line.split(":", 2) for line in lines]
    return [(part[1], part[2]) for part in parts if len(part) == 3]


def _quota_v2(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()[:2]
        return None if quota == "max" else float(quota) / float(period)
    except (OSError, ValueError):
        return None


def _quota_v1(folder: Path) -> float | None:
    try:
        quota = float((folder / "cpu.cfs_quota_us").read_text())
        period = float((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return quota / period if quota > 0 and period > 0 else None
