"""``foodwaste batch`` as people call it, on the shipped samples."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "foodwaste.cli.main", "batch"]


def call(*arguments, **options):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,
    )


@pytest.fixture
def lunch(tmp_path, project):
    """One tray with its before picture, one without."""
    folder = tmp_path / "점심"
    folder.mkdir()
    for name in ("before", "after"):
        shutil.copy(project / f"samples/steel/{name}.jpg", folder / f"1_{name}.jpg")
    shutil.copy(project / "samples/steel/after.jpg", folder / "2.jpg")
    return folder


def test_folder_gives_json_lines_database_table_page_and_sheets(lunch, tmp_path):
    out = tmp_path / "out"
    done = call(lunch, "--out", out, "--json", "--audit", "--lang", "ko")
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(Path(r["image"]).name for r in reports) == ["1_after.jpg", "2.jpg"]
    paired = next(r for r in reports if r["image"].endswith("1_after.jpg"))
    assert paired["status"] == "ok"
    assert {c["reference"] for c in paired["compartments"]} == {"before"}
    for name in ("results.sqlite", "results.csv", "summary.html", "audit/1_after.jpg.png"):
        assert (out / name).stat().st_size > 0
    assert "data:image/jpeg;base64," in (out / "summary.html").read_text(encoding="utf-8")
    assert "Traceback" not in done.stderr
    assert "2 ok" in done.stderr

    again = call(lunch, "--out", out, "--json", "--audit")
    assert (again.returncode, again.stdout) == (0, "")
    assert "2 done before" in again.stderr


def test_manifest_of_the_samples_is_a_table_of_pairs(tmp_path, project):
    samples = project / "samples"
    done = call(samples, "--pairs", samples / "manifest.csv", "--out", tmp_path / "out", "--json")
    assert "steel/after.jpg" in done.stdout
    assert all(json.loads(line)["before"] for line in done.stdout.splitlines())


def test_one_bad_picture_exits_with_1_and_says_why_in_one_line(lunch, tmp_path):
    (lunch / "3.jpg").write_text("no picture")
    done = call(lunch, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert done.stdout == ""
    assert [line for line in done.stderr.splitlines() if "3.jpg" in line] == [
        f"foodwaste: {lunch / '3.jpg'}: not a picture but text; JPEG, PNG, WebP, BMP, TIFF, GIF "
        "and HEIC can be read"
    ]


@pytest.mark.parametrize("content", [None, "no picture"])
def test_nothing_readable_exits_with_4(tmp_path, content):
    folder = tmp_path / "day"
    folder.mkdir()
    if content:
        (folder / "1.jpg").write_text(content)
    assert call(folder, "--out", tmp_path / "out").returncode == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/no/such/folder"], "no such folder"),
        ([".", "--profile", "no-such"], "no profile called"),
        ([".", "--depth", "guess"], "--depth"),
        ([".", "--lang", "fr"], "--lang"),
        ([".", "--pair", "maybe"], "--pair"),
        ([".", "--pairs", "/no/such.csv"], "cannot be read"),
        ([".", "--before-folder", "/no/such"], "no such folder"),
        ([".", "--before-folder", ".", "--pairs", "x.csv"], "not both"),
    ],
)
def test_what_cannot_be_asked_for_exits_with_2_and_one_line(tmp_path, arguments, words):
    done = call(*arguments, "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_fallback_exits_with_6_only_when_strict(lunch, tmp_path):
    done = call(lunch, "--out", tmp_path / "out", "--budget", "0.001", "--json")
    assert done.returncode == 0
    assert {json.loads(line)["status"] for line in done.stdout.splitlines()} == {"fallback"}
    strict = call(lunch, "--out", tmp_path / "out", "--budget", "0.001", "--strict")
    assert strict.returncode == 6


@pytest.mark.parametrize("watch", [False, True])
def test_ctrl_c_exits_with_130_within_two_seconds_and_keeps_what_is_done(lunch, tmp_path, watch):
    for index in range(60):
        shutil.copy(lunch / "2.jpg", lunch / f"copy-{index}.jpg")
    out = tmp_path / "out"
    child = subprocess.Popen(
        [*COMMAND, str(lunch), "--out", str(out), "--json", *(["--watch"] if watch else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    child.stdout.readline()  # the first tray is done
    started_s = time.monotonic()
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=20)
    assert time.monotonic() - started_s < 2.0
    assert child.returncode == 130
    assert "stopped: " in errors
    assert "Traceback" not in errors
    assert (out / "summary.html").exists()


def test_reader_that_leaves_ends_the_run_quietly(lunch, tmp_path):
    for index in range(8):
        shutil.copy(lunch / "2.jpg", lunch / f"copy-{index}.jpg")
    command = " ".join([*COMMAND, f"'{lunch}'", "--out", f"'{tmp_path / 'out'}'", "--json"])
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} | head -n 1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.skipif(not Path("/usr/bin/env").exists(), reason="needs a POSIX system")
def test_file_size_limit_reads_as_results_that_cannot_be_written(lunch, tmp_path):
    # What a full disk or an exhausted quota looks like to the run.
    for index in range(12):
        shutil.copy(lunch / "2.jpg", lunch / f"copy-{index}.jpg")
    command = " ".join([*COMMAND, f"'{lunch}'", "--out", f"'{tmp_path / 'out'}'"])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 70; exec {command}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "what was recorded so far is safe" in done.stderr
    assert "Traceback" not in done.stderr
    again = call(lunch, "--out", tmp_path / "out")
    assert again.returncode == 0
    assert "done before" in again.stderr
