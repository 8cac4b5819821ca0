"""Runs tasks through a pool whose work misbehaves, and holds what must always hold."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from foodwaste.pool import Task, WorkerSpec, answers
from foodwaste.pool.pool import Pool

HERE = Path(__file__).parent
FACTORY = "faulty_work:FaultyWork"


@pytest.fixture(scope="session", autouse=True)
def _workers_find_the_faults():
    sys.path.insert(0, str(HERE))  # workers get the parent's path
    yield
    sys.path.remove(str(HERE))


@pytest.fixture(params=["forkserver", "spawn"])
def start_method(request):
    return request.param


@dataclass
class Run:
    """What a pool answered. ``longest_s`` is measured here, not taken from the answers."""

    by_key: dict
    pids: set

    @property
    def longest_s(self):
        return max(answer.elapsed_s for answer in self.by_key.values())

    def outcomes(self):
        return {key: answer.outcome for key, answer in self.by_key.items()}


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until_gone(pids, limit_s=3.0):
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        left = {pid for pid in pids if is_running(pid)}
        if not left:
            return set()
        time.sleep(0.01)
    return left


@pytest.fixture
def run_pool(start_method, tmp_path):
    """Runs tasks to the end; every one is answered exactly once and no process stays."""

    def run(tasks, *, workers=2, spares=1, budget_s=1.0, growth_bytes=300_000_000, **spec):
        spec_fields = {k: spec.pop(k) for k in ("memory_limit_bytes", "load_limit_s") if k in spec}
        arguments = {"marker_folder": str(tmp_path), **spec}
        worker_spec = WorkerSpec(FACTORY, arguments, **spec_fields)
        by_key, pids = {}, set()
        with Pool(
            worker_spec,
            workers,
            spares=spares,
            start_method=start_method,
            growth_bytes=growth_bytes,
        ) as pool:
            work = (Task(t["name"], t, budget_s=budget_s, hard_s=budget_s) for t in tasks)
            for answer in answers(pool, work):
                assert answer.key not in by_key, "answered twice"
                by_key[answer.key] = answer
                pids.update(pool.worker_pids())
            pids.update(pool.worker_pids())
        assert set(by_key) == {t["name"] for t in tasks}, "every picture ends exactly once"
        assert wait_until_gone(pids) == set(), "no worker outlives its pool"
        assert os.getpid() not in pids
        return Run(by_key, pids)

    return run
