"""Folders of pictures, and runs over them."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from foodwaste.batch import BatchOptions, run_batch
from foodwaste.batch.store import Store

HERE = Path(__file__).parent
FOLDERS = [str(HERE), str(HERE.parent / "faults")]


@pytest.fixture(scope="session", autouse=True)
def _workers_find_the_works():
    sys.path[:0] = FOLDERS
    yield
    for folder in FOLDERS:
        sys.path.remove(folder)


class Log:
    """A listener that remembers."""

    def __init__(self):
        self.reports, self.known_keys, self.lines, self.found = [], [], [], 0

    def planned(self, trays):
        self.found += trays

    def known(self, key):
        self.known_keys.append(key)

    def finished(self, report):
        self.reports.append(report)

    def said(self, message):
        self.lines.append(message)


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def day(tmp_path):
    """An empty folder of photographs, with a way to put some in."""
    folder = tmp_path / "day"
    folder.mkdir()

    class Day:
        path = folder
        out = tmp_path / "out"

        def put(self, name, content=None):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(name if content is None else content, encoding="utf-8")
            return target

        def fill(self, count):
            for index in range(count):
                self.put(f"{index:03}.jpg", f"picture {index}\n")

        def run(self, listener=None, stop=lambda: False, **options):
            options = {"workers": 2, **options}
            whole = BatchOptions(folder=folder, out=self.out, **options)
            return run_batch(whole, listener or Log(), stop=stop, factory="quick_work:QuickWork")

        def content(self):
            store = Store(self.out)
            try:
                return store.content()
            finally:
                store.close()

        def query(self, sql):
            with sqlite3.connect(self.out / "results.sqlite") as db:
                rows = db.execute(sql).fetchall()
            db.close()
            return rows

    return Day()
