from __future__ import annotations

import itertools
import sqlite3

import pytest

from foodwaste.batch.store import CannotWrite, Recorded, Store
from foodwaste.errors import UsageError
from foodwaste.report import CompartmentReport, TrayReport, TrayTotals


def result(path="a.jpg", status="ok", ratio=0.5, **fields):
    wells = () if status == "failed" else (CompartmentReport(id="rice", leftover_ratio=ratio),)
    report = TrayReport(
        image=path,
        profile="steel-5",
        status=status,
        elapsed_s=fields.pop("elapsed_s", 0.1),
        compartments=wells,
        tray=TrayTotals(leftover_ratio=None if status == "failed" else ratio),
    )
    return Recorded(path, report, fields.pop("fingerprint", "f"), **fields)


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    yield opened
    opened.close()


def test_recording_again_replaces_the_row_and_its_compartments(store):
    store.record(result(ratio=0.5))
    store.record(result(status="failed"))
    assert [(t["path"], t["status"]) for t in store.trays()] == [("a.jpg", "failed")]
    assert list(store.compartments()) == []


def test_database_is_in_wal_mode_with_a_schema_version(store, tmp_path):
    store.record(result())
    with sqlite3.connect(tmp_path / "results.sqlite") as reader:  # while it is being written
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert reader.execute("PRAGMA user_version").fetchone() == (1,)
        assert reader.execute("SELECT count(*) FROM trays").fetchone() == (1,)
    reader.close()


def test_what_is_recorded_is_there_after_opening_again(tmp_path):
    first = Store(tmp_path)
    first.record(result("식판/1.jpg", before="b.jpg"))
    first.set_left_over([("x.jpg", "why")])
    first.close()
    second = Store(tmp_path)
    assert second.done() == {"식판/1.jpg": ("f", "ok")}
    assert second.left_over() == [("x.jpg", "why")]
    second.close()


def test_content_of_equal_runs_is_equal_whatever_the_clock_said(tmp_path):
    contents = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        store = Store(tmp_path / folder)
        store.record(result(elapsed_s=len(contents) + 0.5))
        contents.append(store.content())
        store.close()
    assert contents[0] == contents[1]
    assert contents[0]["a.jpg"]["report"]["compartments"][0]["leftover_ratio"] == 0.5


def test_failed_transaction_leaves_the_old_row(store):
    store.record(result(ratio=0.5))
    broken = Recorded("a.jpg", result().report, fingerprint=object())
    with pytest.raises(CannotWrite, match="recorded so far is safe"):
        store.record(broken)
    assert [t["leftover_ratio"] for t in store.trays()] == [0.5]


def test_full_disk_is_told_and_loses_nothing(store):
    store.record(result("a.jpg"))
    store._db.execute("PRAGMA max_page_count = 1")  # SQLite then answers as on a full disk

    def record_without_end():
        for index in itertools.count():
            store.record(result(f"{index}.jpg"))

    with pytest.raises(CannotWrite, match="full"):
        record_without_end()
    assert "a.jpg" in store.done()


def test_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "results.sqlite").write_text("not a database, and rather longer than one page" * 99)
    with pytest.raises(UsageError, match="no database"):
        Store(tmp_path)


def test_database_of_another_schema_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "results.sqlite") as db:
        db.execute("CREATE TABLE trays (x)")
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(UsageError, match="schema 7"):
        Store(tmp_path)
