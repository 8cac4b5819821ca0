"""Workers that cannot load, load late, or load only at the second try."""

from __future__ import annotations

import time

import pytest

from foodwaste.errors import ExitCode, FoodwasteError
from foodwaste.pool import Task, WorkerSpec, answers
from foodwaste.pool.pool import Pool

FACTORY = "faulty_work:FaultyWork"


def pictures(count):
    return [{"name": f"good-{i}"} for i in range(count)]


def run_until_it_fails(start_method, **arguments):
    spec = WorkerSpec(FACTORY, arguments, load_limit_s=2.0)
    started_s = time.monotonic()
    with Pool(spec, 2, start_method=start_method) as pool, pytest.raises(FoodwasteError) as caught:
        list(answers(pool, (Task(p["name"], p) for p in pictures(4))))
    assert time.monotonic() - started_s < 10.0
    assert pool.worker_pids() == []
    return caught.value


@pytest.mark.parametrize("load", ["fails once", "hangs once"])
def test_one_bad_start_is_made_good_by_the_next(run_pool, load):
    run = run_pool(pictures(6), load=load, load_limit_s=1.0)
    assert set(run.outcomes().values()) == {"finished"}


def test_time_spent_loading_is_not_the_pictures_time(run_pool):
    run = run_pool(pictures(4), load_s=1.2, budget_s=1.0)
    assert set(run.outcomes().values()) == {"finished"}
    assert max(answer.waited_s for answer in run.by_key.values()) >= 1.0
    assert run.longest_s < 0.5


@pytest.mark.parametrize(
    ("load", "words"),
    [
        ("fails", "cannot load"),
        ("exits", "exit code 9"),
        ("hangs", "did not finish loading"),
    ],
)
def test_workers_that_never_load_end_the_pool_with_the_reason(start_method, load, words):
    error = run_until_it_fails(start_method, load=load)
    assert "workers cannot start" in str(error)
    assert words in str(error)
    assert error.exit_code == ExitCode.INTERNAL


def test_missing_model_is_told_in_its_own_words_with_its_own_exit_code(start_method):
    error = run_until_it_fails(start_method, load="model missing")
    assert str(error) == "no weights: run 'foodwaste models fetch'"
    assert error.exit_code == ExitCode.MISSING


def test_unknown_factory_is_an_error_of_the_pool(start_method):
    with Pool(WorkerSpec("no_such_module:Work"), 1, start_method=start_method) as pool:
        pool.submit(Task("a", {"name": "a"}))
        with pytest.raises(FoodwasteError, match="no_such_module"):
            pool.next_answer(20.0)
        with pytest.raises(FoodwasteError, match="no_such_module"):
            pool.next_answer(1.0)
