"""Whatever a picture does to its worker: one answer, in time, and its neighbours never notice.

``run_pool`` itself asserts that every picture ends exactly once and that no process stays.
"""

from __future__ import annotations

import pytest

from foodwaste.pool import Task, WorkerSpec, answers
from foodwaste.pool.pool import Pool

BUDGET_S = 1.0

#: Faults that neither end the worker nor the analysis: only the clock does.
STUCK = ["stuck", "sleeping", "sigstop", "sigterm ignored"]

#: Faults that end the worker.
DEADLY = {
    "exit": (7, "exit code 7"),
    "sigkill": (-9, "signal 9 SIGKILL"),
    "segfault": (-11, "signal 11 SIGSEGV"),
    "garbage": (-9, "no message"),
}

#: Faults that the worker survives.
SURVIVED = {
    "exception": "ZeroDivisionError",
    "unpicklable": "not JSON serializable",
    "not a mapping": "no message",
    "system exit": "SystemExit",
}


def good(count, prefix="good"):
    return [{"name": f"{prefix}-{i}"} for i in range(count)]


def assert_neighbours_are_well(run, limit_s=0.5 * BUDGET_S):
    neighbours = [answer for key, answer in run.by_key.items() if key.startswith("good")]
    assert neighbours
    assert {answer.outcome for answer in neighbours} == {"finished"}
    assert max(answer.elapsed_s for answer in neighbours) < limit_s


@pytest.mark.parametrize("fault", STUCK)
def test_stuck_worker_is_cut_and_the_spare_answers(run_pool, fault):
    run = run_pool([*good(2, "good-a"), {"name": "bad", "fault": fault}, *good(6)])
    assert run.by_key["bad"].outcome == "fallback"
    assert run.by_key["bad"].payload["by"] == "fallback"
    assert "deadline of 1 s" in run.by_key["bad"].reason
    assert run.longest_s <= BUDGET_S
    assert_neighbours_are_well(run)


def test_stuck_worker_with_a_rung_answers_with_that_rung_and_says_where_it_was(run_pool):
    run = run_pool([{"name": "bad", "fault": "stuck", "first_rung": True}, *good(4)])
    answer = run.by_key["bad"]
    assert (answer.outcome, answer.payload["by"]) == ("cut", "first rung")
    assert "stick_in_c in faulty_work.py" in answer.reason
    assert "stick_in_c" in answer.stack.splitlines()[0]
    assert run.longest_s <= BUDGET_S


def test_two_stuck_workers_at_once_delay_nobody(run_pool):
    bad = [{"name": f"bad-{i}", "fault": "stuck"} for i in range(2)]
    run = run_pool([*good(2, "good-a"), *bad, *good(6)])
    assert {run.by_key[b["name"]].outcome for b in bad} == {"fallback"}
    assert run.longest_s <= BUDGET_S
    assert_neighbours_are_well(run)


def test_every_worker_stuck_at_once_again_and_again(run_pool):
    bad = [{"name": f"bad-{i}", "fault": "stuck"} for i in range(6)]
    # Three loops on two cores leave a fresh interpreter little: twice the budget to start in.
    run = run_pool([*bad, *good(3)], workers=3, budget_s=2 * BUDGET_S)
    assert {run.by_key[b["name"]].outcome for b in bad} == {"fallback"}
    assert run.longest_s <= 2 * BUDGET_S
    assert_neighbours_are_well(run)


def test_picture_that_also_sticks_its_fallback_is_failed_in_time(run_pool):
    bad = [{"name": f"bad-{i}", "fault": "stuck", "fallback_fault": "stuck"} for i in range(2)]
    run = run_pool([*bad, {"name": "sleepy", "fault": "sleeping"}, *good(4)])
    assert {run.by_key[b["name"]].outcome for b in bad} == {"failed"}
    assert run.by_key["sleepy"].outcome == "fallback", "a stuck fallback does not use up the spare"
    assert run.longest_s <= BUDGET_S
    assert_neighbours_are_well(run)


@pytest.mark.parametrize("fault", DEADLY)
def test_picture_that_kills_its_worker_twice_is_failed_with_the_exit_code(run_pool, fault):
    code, words = DEADLY[fault]
    run = run_pool([*good(2, "good-a"), {"name": "bad", "fault": fault}, *good(4)])
    answer = run.by_key["bad"]
    assert (answer.outcome, answer.exit_code) == ("failed", code)
    assert "died twice" in answer.reason
    assert words in answer.reason
    assert run.longest_s <= BUDGET_S
    assert_neighbours_are_well(run)


def test_killed_picture_reports_where_it_last_was(run_pool):
    # Its second worker is watched: what is killed cannot speak for itself.
    run = run_pool([{"name": "bad", "fault": "sigkill", "work_s": 0.15}, *good(2)])
    assert "rungs" in run.by_key["bad"].stack


def test_picture_that_kills_its_worker_once_is_analysed_by_another(run_pool):
    bad = [{"name": f, "fault": f, "only_once": True} for f in ("exit", "sigkill", "segfault")]
    run = run_pool([*bad, *good(2)])
    assert set(run.outcomes().values()) == {"finished"}
    assert run.longest_s <= BUDGET_S


def test_picture_that_kills_its_worker_twice_after_a_rung_keeps_that_rung(run_pool):
    run = run_pool([{"name": "bad", "fault": "exit", "first_rung": True}])
    answer = run.by_key["bad"]
    assert (answer.outcome, answer.payload["by"], answer.exit_code) == ("cut", "first rung", 7)
    assert "died twice" in answer.reason


def test_worker_that_closes_its_pipe_and_lives_on_is_ended(run_pool):
    run = run_pool([{"name": "bad", "fault": "pipe closed"}, *good(4)])
    assert run.by_key["bad"].outcome == "failed"
    assert run.longest_s <= BUDGET_S
    assert_neighbours_are_well(run)


@pytest.mark.parametrize("fault", SURVIVED)
def test_error_of_the_analysis_leads_to_the_fallback_with_the_error_as_reason(run_pool, fault):
    run = run_pool([{"name": "bad", "fault": fault}, *good(4)])
    answer = run.by_key["bad"]
    if fault == "not a mapping":
        assert answer.outcome == "failed"
    else:
        assert answer.outcome == "fallback"
    assert SURVIVED[fault] in answer.reason
    assert answer.elapsed_s < 0.5 * BUDGET_S, "nothing to wait for"
    assert_neighbours_are_well(run)


def test_huge_allocation_under_a_memory_limit_fails_its_picture_only(run_pool):
    run = run_pool([{"name": "bad", "fault": "memory"}, *good(6)], memory_limit_bytes=1_000_000_000)
    answer = run.by_key["bad"]
    assert answer.outcome == "fallback"
    assert "MemoryError" in answer.reason
    assert run.longest_s <= BUDGET_S
    assert_neighbours_are_well(run)


def test_huge_message_is_refused(run_pool):
    run = run_pool([{"name": "bad", "fault": "half a message"}, *good(2)], budget_s=8.0)
    assert run.by_key["bad"].outcome == "failed"
    assert "more than" in run.by_key["bad"].reason
    assert run.longest_s <= 8.0


def test_analysis_without_any_rung_is_failed_not_finished(run_pool):
    run = run_pool([{"name": "bad", "fault": "no rung"}])
    assert run.by_key["bad"].outcome == "failed"


def test_growing_worker_is_replaced_and_a_steady_one_is_not(run_pool):
    grown = run_pool(good(16), workers=1, growth_bytes=60_000_000, growth_per_task_bytes=10_000_000)
    steady = run_pool(good(16), workers=1, growth_bytes=60_000_000)
    assert len({answer.payload["pid"] for answer in grown.by_key.values()}) >= 2
    assert len({answer.payload["pid"] for answer in steady.by_key.values()}) == 1
    assert set(grown.outcomes().values()) == {"finished"}


@pytest.mark.slow
def test_the_real_budget_of_five_seconds_holds_with_all_workers_stuck(run_pool):
    bad = [{"name": f"bad-{i}", "fault": "stuck"} for i in range(2)]
    run = run_pool([*bad, *good(2)], budget_s=5.0)
    assert {run.by_key[b["name"]].outcome for b in bad} == {"fallback"}
    assert 4.5 < run.longest_s <= 5.0


def test_light_spare_that_comes_too_late_does_not_take_a_workers_place(start_method):
    light = WorkerSpec("faulty_work:FaultyWork", {"load_s": 1.0})
    with Pool(
        WorkerSpec("faulty_work:FaultyWork"),
        1,
        spares=0,
        start_method=start_method,
        fallback_spec=light,
    ) as pool:
        names = {"a": None, "bad": "stuck", "b": None, "c": None}
        tasks = (
            Task(name, {"name": name, "fault": fault}, 1.0, 1.0) for name, fault in names.items()
        )
        outcomes = {answer.key: answer.outcome for answer in answers(pool, tasks)}
    assert outcomes == {"a": "finished", "bad": "failed", "b": "finished", "c": "finished"}
