"""What the pool promises when nothing goes wrong; ``tests/faults`` has the rest."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foodwaste.errors import FoodwasteError
from foodwaste.pool import Task, WorkerSpec, answers
from foodwaste.pool.pool import Pool
from foodwaste.pool.serial import SerialEngine

PLAIN = WorkerSpec("plain_work:PlainWork")
WITNESS = WorkerSpec("plain_work:Witness", {"load": ["cv2", "numpy"]})
METHODS = ["forkserver", "spawn"]


def tasks(count, **payload):
    return [Task(str(i), {"i": i, **payload}, 5.0) for i in range(count)]


@pytest.fixture(params=[*METHODS, "serial"])
def engine(request):
    if request.param == "serial":
        yield SerialEngine(PLAIN)
        return
    with Pool(PLAIN, 2, start_method=request.param) as pool:
        yield pool


def test_every_task_is_answered_once_with_its_last_rung(engine):
    answered = list(answers(engine, tasks(20, rungs=3)))
    assert sorted(int(a.key) for a in answered) == list(range(20))
    assert {(a.outcome, a.payload["step"]) for a in answered} == {("finished", 2)}
    assert all(a.payload["i"] == int(a.key) for a in answered)
    assert engine.in_flight == 0


def test_tasks_are_asked_for_only_as_fast_as_they_are_done(engine):
    taken = []

    def endless():
        for task in tasks(40):
            taken.append(task.key)
            yield task

    for count, _ in enumerate(answers(engine, endless()), 1):
        assert len(taken) - count <= engine.capacity


def test_more_than_the_capacity_is_refused(engine):
    for task in tasks(engine.capacity, work_s=0.05):
        engine.submit(task)
    with pytest.raises(RuntimeError, match="in flight"):
        engine.submit(Task("more", {}))


def test_task_that_is_not_plain_data_is_refused_at_once():
    with Pool(PLAIN, 1, start_method="forkserver") as pool:
        with pytest.raises(ValueError, match="plain data"):
            pool.submit(Task("a", {"open file": sys.stdin}))
        assert pool.in_flight == 0


def test_no_answer_in_time_is_none():
    with Pool(PLAIN, 1, start_method="forkserver") as pool:
        assert pool.next_answer(0.0) is None
        pool.submit(tasks(1, work_s=0.3)[0])
        assert pool.next_answer(0.01) is None
        assert pool.next_answer(5.0).outcome == "finished"


@pytest.mark.parametrize("method", METHODS)
def test_worker_has_one_thread_ignores_ctrl_c_and_knows_nobody_elses_pipe(method):
    with Pool(WITNESS, 2, start_method=method) as pool:
        seen = [answer.payload for answer in answers(pool, tasks(8))]
    for worker in seen:
        assert set(worker["threads"].values()) == {1}
        assert {"cv2", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"} <= set(worker["threads"])
        assert worker["sigint_ignored"]
        assert worker["main"] is None, "the caller's program is not imported"
        assert worker["stdin_is_empty"]
        assert worker["same_output"], "what it prints goes to stderr"
        assert worker["sockets"] == 1
        assert worker["pid"] != os.getpid()


def test_worker_whose_library_keeps_more_threads_is_refused():
    spec = WorkerSpec("plain_work:Wasteful")
    with Pool(spec, 1, start_method="spawn") as pool:
        pool.submit(Task("a", {}))
        with pytest.raises(FoodwasteError, match=r"must run with 1 thread.*cv2"):
            pool.next_answer(30.0)


def test_queue_time_is_told_apart_from_the_pictures_own():
    with Pool(PLAIN, 1, start_method="forkserver") as pool:
        for task in tasks(2, work_s=0.2):
            pool.submit(task)
        first, second = pool.next_answer(), pool.next_answer()
    assert second.waited_s >= 0.19
    assert 0.19 <= second.elapsed_s < 0.19 + second.waited_s
    assert first.elapsed_s >= 0.19


def test_clock_that_runs_already_counts_the_waiting():
    with Pool(PLAIN, 1, start_method="forkserver") as pool:
        pool.submit(Task("late", {"work_s": 3.0}, 1.0, 1.0), clock_from_s=time.monotonic() - 0.8)
        started_s = time.monotonic()
        answer = pool.next_answer()
    assert time.monotonic() - started_s < 0.3
    assert answer.elapsed_s <= 1.0


def test_closed_pool_takes_nothing_and_closing_twice_is_harmless():
    pool = Pool(PLAIN, 1, start_method="forkserver")
    pool.close()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(tasks(1)[0])


def test_supervision_costs_less_than_two_milliseconds_a_task():
    # Processor time of this process: what the clock says depends on who else is at work.
    with Pool(PLAIN, 1, start_method="forkserver") as pool:
        list(answers(pool, tasks(20)))
        started_s = time.process_time()
        for task in tasks(300):
            pool.submit(task)
            pool.next_answer()
        cost_s = (time.process_time() - started_s) / 300
    assert cost_s < 0.002


def test_program_without_main_guard_that_forgets_to_close_ends_by_itself(tmp_path):
    program = tmp_path / "unguarded.py"
    program.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from foodwaste.pool import Task, WorkerSpec\n"
        "from foodwaste.pool.pool import Pool\n"
        "pool = Pool(WorkerSpec('plain_work:PlainWork'), 1)\n"
        "pool.submit(Task('a', {}))\n"
        "print(pool.next_answer().outcome)\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "finished\n", "")


def test_starting_workers_leaves_the_callers_main_alone():
    main, name = sys.modules["__main__"], "multiprocessing.spawn"
    with Pool(PLAIN, 1, start_method="forkserver") as pool:
        assert sys.modules["__main__"] is main
        list(answers(pool, tasks(2)))
    assert sys.modules[name].get_preparation_data.__module__ == name
