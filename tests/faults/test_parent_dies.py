"""Killed or interrupted: no worker outlives the program that started it, stuck or not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "pool_program.py"


def processes_of_session(session):
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[3] == str(session) and fields[0] != "Z":
            found[int(stat.parent.name)] = fields[0]
    return found


def left_after(session, limit_s):
    end_s = time.monotonic() + limit_s
    while (left := processes_of_session(session)) and time.monotonic() < end_s:
        time.sleep(0.02)
    return left


@pytest.fixture
def program(start_method):
    """A running program with two workers at a fault and one spare, in a session of its own."""
    started = []

    def start(fault):
        child = subprocess.Popen(
            [sys.executable, str(PROGRAM), start_method, fault],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(child)
        pids = [int(pid) for pid in child.stdout.readline().split()]
        assert len(pids) >= 3, child.stderr.read()
        return child, pids

    yield start
    for child in started:
        for pid in processes_of_session(child.pid):
            os.kill(pid, signal.SIGKILL)
        child.kill()
        child.communicate()


@pytest.fixture
def _proc():
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc to see the processes of a session")


@pytest.mark.usefixtures("_proc")
@pytest.mark.parametrize("fault", ["stuck", "sleeping", "sigstop"])
def test_nothing_is_left_when_the_program_is_killed(program, fault):
    child, _ = program(fault)
    child.kill()
    child.wait()
    assert left_after(child.pid, 3.0) == {}


@pytest.mark.usefixtures("_proc")
@pytest.mark.parametrize("fault", ["stuck", "sleeping"])
def test_ctrl_c_ends_everything_within_two_seconds(program, fault):
    child, _ = program(fault)
    started_s = time.monotonic()
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to the whole group
    assert child.wait(5.0) == 130
    assert left_after(child.pid, started_s + 2.0 - time.monotonic()) == {}
    assert "Traceback" not in child.stderr.read()


@pytest.mark.usefixtures("_proc")
def test_pool_survives_the_death_of_its_idle_workers(start_method, tmp_path):
    from foodwaste.pool import Task, WorkerSpec, answers
    from foodwaste.pool.pool import Pool

    def tasks(name):
        return (Task(f"{name}-{i}", {"name": f"{name}-{i}"}, 2.0) for i in range(4))

    with Pool(WorkerSpec("faulty_work:FaultyWork"), 2, start_method=start_method) as pool:
        assert [a.outcome for a in answers(pool, tasks("a"))] == ["finished"] * 4
        for pid in pool.worker_pids():
            os.kill(pid, signal.SIGKILL)
        assert [a.outcome for a in answers(pool, tasks("b"))] == ["finished"] * 4


@pytest.mark.usefixtures("_proc")
def test_a_task_is_not_blamed_for_workers_that_died_before_taking_it(start_method):
    """Stopped workers are handed the task and die with it unread, more of them than it may kill."""
    from foodwaste.pool import Task, WorkerSpec
    from foodwaste.pool.pool import Pool

    with Pool(WorkerSpec("faulty_work:FaultyWork"), 2, start_method=start_method) as pool:
        pool.submit(Task("first", {"name": "first"}, 20.0))
        assert pool.next_answer(20.0).outcome == "finished"
        pids = set()
        while len(pids) < 3:  # two workers and the spare
            pids = set(pool.worker_pids())
            time.sleep(0.05)
        time.sleep(0.5)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        pool.submit(Task("second", {"name": "second"}, 20.0))
        for pid in pids:
            time.sleep(0.2)
            os.kill(pid, signal.SIGKILL)
        answer = pool.next_answer(20.0)
    assert (answer.outcome, answer.reason) == ("finished", None)


@pytest.mark.usefixtures("_proc")
def test_pool_survives_the_death_of_its_fork_server():
    from multiprocessing import forkserver

    from foodwaste.pool import Task, WorkerSpec, answers
    from foodwaste.pool.pool import Pool

    def tasks(name):
        return (Task(f"{name}-{i}", {"name": f"{name}-{i}"}, 5.0) for i in range(4))

    with Pool(WorkerSpec("faulty_work:FaultyWork"), 2, start_method="forkserver") as pool:
        assert [a.outcome for a in answers(pool, tasks("a"))] == ["finished"] * 4
        os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
        assert [a.outcome for a in answers(pool, tasks("b"))] == ["finished"] * 4
