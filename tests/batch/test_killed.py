"""Killed at any moment and started again, a run ends as if nothing had happened."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foodwaste.batch.store import Store

PROGRAM = Path(__file__).parent / "batch_program.py"
PICTURES = 60


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "day"
    folder.mkdir()
    for index in range(PICTURES):
        word = {7: "exit", 21: "unreadable", 33: "exception"}.get(index, "slow 0.03")
        (folder / f"{index:03}.jpg").write_text(f"{word}\n{index}")
    return folder


def run(folder, out, kill_after_s=None):
    child = subprocess.Popen([sys.executable, str(PROGRAM), str(folder), str(out)])
    if kill_after_s is None:
        assert child.wait(120) == 0
        return
    end_s = time.monotonic() + kill_after_s
    while time.monotonic() < end_s and child.poll() is None:
        time.sleep(0.005)
    child.kill()
    child.wait()


def content(out):
    store = Store(out)
    try:
        return store.content()
    finally:
        store.close()


def recorded(out):
    if not (out / "results.sqlite").exists():
        return 0
    with sqlite3.connect(out / "results.sqlite") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        try:
            count = db.execute("SELECT count(*) FROM trays").fetchone()[0]
        except sqlite3.OperationalError:  # killed before the tables were made
            count = 0
    db.close()
    return count


def wait_for_records(out, child, count):
    end_s = time.monotonic() + 30
    while child.poll() is None and time.monotonic() < end_s:
        if (out / "results.sqlite").exists() and recorded(out) >= count:
            return
        time.sleep(0.01)


def test_run_killed_at_three_moments_and_resumed_equals_an_undisturbed_one(folder, tmp_path):
    run(folder, tmp_path / "undisturbed")
    expected = content(tmp_path / "undisturbed")
    assert len(expected) == PICTURES

    chance = random.Random(20240607)
    out = tmp_path / "killed"
    seen = [0]
    for _ in range(3):
        child = subprocess.Popen([sys.executable, str(PROGRAM), str(folder), str(out)])
        wait_for_records(out, child, seen[-1] + chance.randrange(2, 15))
        time.sleep(chance.uniform(0, 0.05))
        child.kill()
        child.wait()
        seen.append(recorded(out))
    assert seen == sorted(seen), "nothing recorded is lost"
    assert 0 < seen[-1] < PICTURES
    run(folder, out)
    assert content(out) == expected


def test_run_killed_at_once_leaves_a_folder_that_the_next_one_takes(folder, tmp_path):
    out = tmp_path / "out"
    for moment_s in (0.2, 0.35, 0.5):
        run(folder, out, kill_after_s=moment_s)
    run(folder, out)
    assert recorded(out) == PICTURES
