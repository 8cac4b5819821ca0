from __future__ import annotations

from foodwaste.pool import Answer
from foodwaste.pool.tray_answers import report_of
from foodwaste.report import TrayReport


def rung(status, reason=None, **fields):
    report = TrayReport(
        image="a.jpg", profile="steel-5", status=status, reason=reason, elapsed_s=0.1, **fields
    )
    return report.model_dump(mode="json", by_alias=True)


def report(outcome, payload, **fields):
    answer = Answer("k", outcome, payload, elapsed_s=4.8, **fields)
    return report_of(answer, image="a.jpg", before="b.jpg", profile="steel-5")


def test_finished_report_is_passed_on_as_it_is():
    assert report("finished", rung("ok")) == TrayReport.model_validate(rung("ok"))


def test_cut_rung_is_a_fallback_with_the_reason_and_the_time_it_took():
    cut = report("cut", rung("fallback", "before depth"), reason="stopped at the deadline of 5 s")
    assert (cut.status, cut.reason) == ("fallback", "stopped at the deadline of 5 s")
    assert cut.elapsed_s == 4.8


def test_cut_after_the_last_rung_keeps_the_answer_and_misses_the_sheet():
    cut = report("cut", rung("ok"), reason="stopped at the deadline of 5 s")
    assert cut.status == "ok"
    assert cut.notes == ("no audit sheet: stopped at the deadline of 5 s",)


def test_answer_of_the_spare_says_why_it_was_needed():
    spare = report("fallback", rung("fallback", "asked for"), reason="ValueError: x")
    assert (spare.status, spare.reason) == ("fallback", "ValueError: x")


def test_unreadable_picture_stays_failed_even_when_the_spare_found_it():
    failed = rung("failed", "a.jpg: no such file", failure="unreadable")
    assert report("fallback", failed, reason="late").failure == "unreadable"


def test_no_rung_is_failed_with_nothing_made_up():
    failed = report("failed", None, reason="the worker died twice", exit_code=-9, stack="frame")
    assert (failed.status, failed.failure, failed.before) == ("failed", "crashed", "b.jpg")
    assert failed.notes == ("last stack: frame",)
    assert failed.compartments == ()
    assert failed.tray.leftover_ratio is None


def test_payload_that_is_no_report_is_failed():
    failed = report("finished", {"image": "a.jpg"})
    assert failed.status == "failed"
    assert "no valid report" in failed.reason
