"""A folder from end to end, with work that answers at once."""

from __future__ import annotations

import csv
import json
import os
import threading
import time
import unicodedata

import pytest

from foodwaste.batch.store import CannotWrite
from foodwaste.errors import FoodwasteError, UsageError
from foodwaste.pipeline import Settings


def test_every_tray_has_exactly_one_row_whatever_became_of_it(day):
    day.fill(12)
    day.put("bad/1.jpg", "unreadable\n")
    day.put("bad/2.jpg", "exit\nkills its worker")
    day.put("bad/3.jpg", "exception\nfalls back")
    day.put("bad/4.jpg", "stuck\nfor ever")
    totals = day.run(budget_s=2.5)
    rows = dict(day.query("SELECT path, status FROM trays"))
    assert len(rows) == 16
    assert rows["bad/1.jpg"] == rows["bad/2.jpg"] == "failed"
    assert rows["bad/3.jpg"] == rows["bad/4.jpg"] == "fallback"
    assert (totals.ok, totals.fallback, totals.failed) == (12, 2, 2)
    assert totals.longest_s <= 2.5
    compartments = day.query("SELECT count(*) FROM compartments")[0][0]
    assert compartments == 2 * 14


def test_second_run_does_nothing_and_starts_no_worker(day, log):
    day.fill(5)
    day.run()
    before = day.query("SELECT path, recorded_at, elapsed_s FROM trays")
    started_s = time.monotonic()
    totals = day.run(log, settings=Settings())
    assert time.monotonic() - started_s < 1.0
    assert (totals.made, totals.known) == (0, 5)
    assert len(log.known_keys) == 5
    assert day.query("SELECT path, recorded_at, elapsed_s FROM trays") == before


@pytest.mark.parametrize(
    "change",
    [
        {"settings": Settings(profile="white-5")},
        {"settings": Settings(max_mpixels=5)},
        {"budget_s": 4.0},
        {"resume": False},
    ],
)
def test_other_profile_options_or_no_resume_do_everything_again(day, change):
    day.fill(3)
    day.run()
    assert day.run(**change).made == 3
    assert day.query("SELECT count(*) FROM trays") == [(3,)]


def test_what_does_not_change_the_answer_does_not_repeat_it(day):
    day.fill(3)
    day.run(workers=1)
    os.utime(day.path / "000.jpg")
    assert day.run(workers=2, language="ko").made == 0


def test_only_changed_pictures_are_done_again(day):
    day.fill(4)
    day.put("x_before.jpg", "served")
    day.put("x_after.jpg", "eaten")
    day.run()
    day.put("002.jpg", "another picture")
    day.put("x_before.jpg", "served more")
    day.put("new.jpg", "new")
    assert day.run().made == 3


def test_failed_pictures_are_tried_again_on_request_only(day):
    day.put("a.jpg", "unreadable\n")
    day.run()
    totals = day.run()
    assert (totals.known, totals.known_failed, totals.made) == (1, 1, 0)
    assert day.run(retry_failed=True).made == 1


def test_limit_counts_new_pictures(day):
    day.fill(10)
    assert day.run(limit=4).made == 4
    assert day.run(limit=4).made == 4
    assert day.run(limit=4).made == 2
    assert day.query("SELECT count(*) FROM trays") == [(10,)]


def test_stopping_keeps_what_is_done_and_the_next_run_ends_it(day, log):
    day.fill(40)
    totals = day.run(log, stop=lambda: len(log.reports) >= 10)
    assert totals.interrupted
    done = day.query("SELECT count(*) FROM trays")[0][0]
    assert 10 <= done < 40
    assert "stopped before its end" in (day.out / "summary.html").read_text(encoding="utf-8")
    assert day.run().made == 40 - done
    assert "stopped before its end" not in (day.out / "summary.html").read_text(encoding="utf-8")


def test_picture_that_vanishes_before_its_turn_is_one_failed_row(day):
    day.fill(3)
    gone = day.put("zzz.jpg")

    class Remover:
        def planned(self, trays):
            gone.unlink()

        def known(self, key):
            pass

        finished = said = known

    totals = day.run(Remover())
    assert (totals.ok, totals.failed, totals.unreadable) == (3, 1, 1)
    assert day.query("SELECT reason FROM trays WHERE path = 'zzz.jpg'") == [
        ("zzz.jpg: no such file or directory",)
    ]


def test_name_that_is_no_text_is_one_failed_row(day):
    day.fill(1)
    try:
        (day.path / os.fsdecode(b"\xff\xfe.jpg")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert day.run().failed == 1
    assert day.query("SELECT reason FROM trays WHERE status = 'failed'") == [
        ("\\xff\\xfe.jpg: its name is no text: rename it",)
    ]


def test_korean_names_in_both_forms_keep_a_row_each(day):
    for form in ("NFC", "NFD"):
        day.put(unicodedata.normalize(form, "월요일/식판.jpg"), form)
    if len(list(day.path.iterdir())) == 1:
        pytest.skip("this file system takes both forms for one name")
    assert day.run().ok == 2
    assert day.query("SELECT count(*) FROM trays") == [(2,)]


def test_results_inside_the_searched_folder_are_not_pictures_of_trays(day):
    day.fill(2)
    day.out = day.path / "out"
    day.run()
    (day.out / "audit").mkdir(exist_ok=True)
    (day.out / "audit/x.png").write_bytes(b"x")
    assert day.run().made == 0


def test_table_has_one_row_per_compartment_with_a_mark_and_korean_headers(day):
    day.put("1.jpg")
    day.put("=2.jpg", "unreadable\n")
    day.run(language="ko")
    data = (day.out / "results.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert [row["사진"] for row in rows] == ["1.jpg", "1.jpg", "'=2.jpg"]
    assert [row["상태"] for row in rows] == ["정상", "정상", "실패"]
    assert rows[0]["음식"] == "쌀밥 <b>"
    assert float(rows[0]["잔반율"]) >= 0
    assert rows[1]["잔반율"] == ""


def test_page_is_self_contained_and_escapes_what_users_named(day):
    day.fill(3)
    day.put("<script>alert(1)<／script>.jpg", "x")
    day.put("y_before.jpg", "x")
    day.run()
    page = (day.out / "summary.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "쌀밥 &lt;b&gt;" in page
    assert "no after picture of this tray" in page
    assert "glare" in page
    assert "http" not in page


def test_pictures_are_paired_and_the_pairs_recorded(day):
    day.put("1_before.jpg")
    day.put("1_after.jpg")
    day.put("_meal.jpg")
    day.put("2.jpg")
    day.put("3_before.jpg")
    day.run()
    assert day.query("SELECT path, before, meal_reference FROM trays") == [
        ("1_after.jpg", "1_before.jpg", None),
        ("2.jpg", None, "_meal.jpg"),
    ]
    assert day.query("SELECT path FROM left_over") == [("3_before.jpg",)]


def test_missing_model_ends_the_run_and_marks_no_picture(day):
    day.fill(3)
    with pytest.raises(FoodwasteError, match="models fetch"):
        day.run(settings=Settings(depth="midas:DPT_Large"))
    assert day.query("SELECT count(*) FROM trays") == [(0,)]


def test_folder_that_is_not_there_is_a_usage_error(day):
    day.path.rmdir()
    with pytest.raises(UsageError, match="no such folder"):
        day.run()


def test_out_that_is_a_file_is_a_usage_error(day):
    day.out.write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        day.run()


def test_out_that_may_not_be_written_is_a_usage_error(day):
    if os.geteuid() == 0:
        day.out = day.out.parent.joinpath("/proc/foodwaste-out")
    else:
        day.out.mkdir(mode=0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        day.run()


def test_two_runs_into_one_folder_are_refused(day, log):
    day.fill(1)
    refused = []

    class Second(type(log)):
        def planned(self, trays):
            try:
                day.run()
            except UsageError as error:
                refused.append(str(error))

    day.run(Second())
    assert len(refused) == 1
    assert "another run" in refused[0]


def test_results_that_cannot_be_written_any_more_end_the_run_and_stay(day, log):
    day.fill(30)

    class Vandal(type(log)):
        def finished(self, report):
            super().finished(report)
            if len(self.reports) == 5:
                (day.out / "results.csv").mkdir()  # the table can no longer be replaced

    with pytest.raises(CannotWrite, match=r"results\.csv"):
        day.run(Vandal())
    assert day.query("SELECT count(*) FROM trays") == [(30,)]


def test_watching_picks_up_new_pictures_until_stopped(day, log):
    day.fill(2)
    os.utime(day.path / "000.jpg", (1, 1))
    os.utime(day.path / "001.jpg", (1, 1))

    def add_later():
        late = day.put("late.jpg", "x")
        os.utime(late, (2, 2))

    timer = threading.Timer(0.5, add_later)
    timer.start()
    end_s = time.monotonic() + 20
    totals = day.run(
        log, watch=True, stop=lambda: len(log.reports) >= 3 or time.monotonic() > end_s
    )
    timer.join()
    assert totals.made == 3
    assert json.loads(day.query("SELECT report FROM trays WHERE path = 'late.jpg'")[0][0])
