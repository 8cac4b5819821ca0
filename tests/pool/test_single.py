"""A few photographs at a command line, each within the hard budget."""

from __future__ import annotations

import io
import itertools
import shlex
import subprocess
import sys
import time

import pytest

from foodwaste.errors import ExitCode, FoodwasteError
from foodwaste.pool.single import answer_within, process_started_s

#: Each answer includes a cold start: the real budget, so that a loaded machine manages.
BUDGET_S = 5.0


def answer(images, *, depth="off", budget_s=BUDGET_S, **extra):
    reports, moments = [], [time.monotonic()]

    def keep(report):
        reports.append(report)
        moments.append(time.monotonic())

    answer_within(
        {"profile": "steel-5", "depth": depth},
        [{"image": image, **extra} for image in images],
        budget_s,
        keep,
        factory="single_work:SingleWork",
    )
    longest_s = max(b - a for a, b in itertools.pairwise(moments))
    return reports, longest_s


def test_reports_come_in_order():
    reports, _ = answer(["a.png", "b.png", "c.png"], before="x.png")
    assert [(r.image, r.status, r.before) for r in reports] == [
        ("a.png", "ok", "x.png"),
        ("b.png", "ok", "x.png"),
        ("c.png", "ok", "x.png"),
    ]


@pytest.mark.parametrize("fault", ["stuck", "sigstop"])
def test_stuck_analysis_answers_in_time_from_its_best_rung(fault):
    reports, longest_s = answer([f"rung+{fault}.png", "good.png"])
    assert [r.status for r in reports] == ["fallback", "ok"]
    assert "deadline of 4.9 s" in reports[0].reason
    assert longest_s <= BUDGET_S


def test_stuck_analysis_without_a_rung_answers_in_time_from_the_spare():
    reports, longest_s = answer(["stuck.png", "good.png"])
    assert [r.status for r in reports] == ["fallback", "ok"]
    assert longest_s <= BUDGET_S


def test_models_that_never_load_leave_a_fallback_in_time():
    reports, longest_s = answer(["a.png"], depth="hangs")
    assert [r.status for r in reports] == ["fallback"]
    assert longest_s <= BUDGET_S


@pytest.mark.slow
def test_five_seconds_are_kept_from_the_commands_own_start():
    # As the command does it: a cold process, and the clock from the moment it was started.
    program = (
        "import sys; from foodwaste.pool.single import answer_within, process_started_s as t;"
        f"sys.path[:0] = {sys.path!r};"
        "answer_within({}, [{'image': 'stuck.png'}], 5.0, lambda r: print(r.status),"
        " started_s=t(), factory='single_work:SingleWork')"
    )
    started_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert time.monotonic() - started_s <= 5.0
    assert done.stdout == "fallback\n"


def test_crashing_picture_is_failed_with_code_and_stack_and_the_next_is_fine():
    reports, _ = answer(["segfault.png", "good.png"])
    assert [r.status for r in reports] == ["failed", "ok"]
    assert reports[0].failure == "crashed"
    assert "SIGSEGV" in reports[0].reason
    assert "crash_in_c" in reports[0].notes[0]
    assert reports[0].compartments == ()


def test_missing_model_is_raised_with_its_message_and_code():
    with pytest.raises(FoodwasteError, match="models fetch") as caught:
        answer(["a.png"], depth="missing")
    assert caught.value.exit_code == ExitCode.MISSING


def test_picture_on_standard_input_reaches_the_worker(monkeypatch):
    data = b"\x89PNG\r\n\x1a\n" + bytes(1000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    reports, _ = answer(["-"])
    assert (reports[0].image, reports[0].notes) == ("-", ("1008 bytes",))


def test_standard_input_without_a_picture_is_a_failed_report(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hello")))
    reports, _ = answer(["-"])
    assert (reports[0].image, reports[0].status, reports[0].failure) == (
        "-",
        "failed",
        "unreadable",
    )
    assert reports[0].reason.startswith("standard input: not a picture")


def test_start_of_this_process_lies_in_the_past():
    assert process_started_s() < time.monotonic()


def test_a_command_that_replaced_its_shell_does_not_count_the_shells_life():
    script = (
        "import time; from foodwaste.pool.single import process_started_s as started;"
        "print(time.monotonic() - started())"
    )
    shell = f"sleep 1.5 && exec {shlex.quote(sys.executable)} -c {shlex.quote(script)}"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1.0
