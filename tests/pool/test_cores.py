from __future__ import annotations

import os

import pytest

from foodwaste.pool.cores import available_cores


@pytest.fixture
def system(tmp_path):
    """A /proc and a cgroup tree of one's own."""
    (tmp_path / "proc/self").mkdir(parents=True)

    def make(membership, files):
        (tmp_path / "proc/self/cgroup").write_text(membership)
        for name, text in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return available_cores(tmp_path / "cgroup", tmp_path / "proc")

    return make


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def test_without_a_quota_affinity_decides(system):
    assert system("0::/app\n", {"app/cpu.max": "max 100000\n"}) == 8
    assert system("", {}) == 8


@pytest.mark.parametrize(("quota", "cores"), [("300000", 3), ("150000", 1), ("20000", 1)])
def test_quota_of_cgroup_2_counts_whole_cores(system, quota, cores):
    assert system("0::/app\n", {"app/cpu.max": f"{quota} 100000\n"}) == cores


def test_smallest_quota_on_the_way_up_decides(system):
    files = {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "200000 100000\n"}
    assert system("0::/a/b\n", files) == 2


def test_quota_of_cgroup_1(system):
    files = {"cpu/app/cpu.cfs_quota_us": "400000", "cpu/app/cpu.cfs_period_us": "100000"}
    assert system("4:cpu,cpuacct:/app\n3:memory:/x\n", files) == 4
    unlimited = {"cpu/app/cpu.cfs_quota_us": "-1"}
    assert system("4:cpu,cpuacct:/app\n", unlimited) == 8


def test_path_of_the_host_that_is_not_seen_in_a_container_falls_back_to_its_root(system):
    assert system("0::/host/only\n", {"cpu.max": "200000 100000\n"}) == 2
