"""The table: readable on any terminal, plain on a file."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len

from foodwaste.cli.table import show
from foodwaste.profile import load_profile
from foodwaste.report import CompartmentReport, TrayReport, TrayTotals


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def report():
    profile = load_profile("steel-5").profile
    items = [
        CompartmentReport(
            id=name,
            dish="제육볶음" if name == "side-1" else None,
            leftover_ratio=None if name == "rice" else 0.5,
            interval=None if name == "rice" else (0.3, 0.7),
            confidence=0.6,
            volume_ml=120.0 if name == "soup" else None,
            mass_g=120.0 if name == "soup" else None,
            reference="serving",
            notes=("more than was served: read as 1",) if name != "soup" else (),
        )
        for name in profile.layout.compartments
    ]
    return TrayReport(
        image="after.jpg",
        profile="steel-5",
        status="ok",
        elapsed_s=0.2,
        compartments=tuple(items),
        tray=TrayTotals(leftover_ratio=0.5, interval=(0.4, 0.6)),
    )


def shown(report, width: int | None, monkeypatch) -> list[str]:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    stream = io.StringIO() if width is None else Terminal()
    if width is not None:
        monkeypatch.setenv("COLUMNS", str(width))
    show(report, load_profile("steel-5").profile, stream)
    return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()


@pytest.mark.parametrize("width", [24, 30, 40, 60, 80, 120, 200])
def test_every_row_stands_on_one_line_of_the_terminal(report, monkeypatch, width):
    lines = shown(report, width, monkeypatch)
    assert all(cell_len(line.rstrip()) <= width for line in lines)
    rows = [line for line in lines if line.startswith(("rice", "soup", "side-", "tray"))]
    assert len([row for row in rows if "50%" in row or "not measured" in row]) == 6


def test_what_matters_most_is_left_out_last(report, monkeypatch):
    assert {"left over", "90 % interval", "volume", "sure"} <= headers(report, 120, monkeypatch)
    assert {"left over", "90 % interval"} <= headers(report, 45, monkeypatch)
    assert "sure" not in headers(report, 60, monkeypatch)
    assert "left over" in headers(report, 25, monkeypatch)


def headers(report, width, monkeypatch) -> set[str]:
    line = shown(report, width, monkeypatch)[1]
    return {part.strip() for part in line.split("  ") if part.strip()}


def test_the_same_note_is_said_once_for_all_its_compartments(report, monkeypatch):
    lines = shown(report, None, monkeypatch)
    assert "rice, side-1, side-2, side-3: more than was served: read as 1" in lines


def test_a_file_gets_no_escape_codes_and_no_folded_lines(report, monkeypatch):
    long = report.model_copy(update={"image": "x" * 300 + ".jpg", "notes": ("y " * 150,)})
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = io.StringIO()
    show(long, load_profile("steel-5").profile, stream)
    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue().splitlines()[0] == long.image


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a Unix thing")
@pytest.mark.parametrize("no_color", [True, False])
def test_on_a_terminal_colour_is_used_unless_no_color_is_set(steel, tmp_path, no_color):
    import pty

    ours, theirs = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    env |= {"TERM": "xterm-256color", "COLUMNS": "100"} | ({"NO_COLOR": "1"} if no_color else {})
    # Colour alone cannot say how full the side wells are without a served picture: in yellow.
    options = ["--budget", "60", "--depth", "off", "--quantity", "off"]
    command = [sys.executable, "-m", "foodwaste.cli.main", "analyze", *options]
    done = subprocess.run(
        [*command, steel / "after.jpg"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=env,
        cwd=tmp_path,
        check=False,
        timeout=200,
    )
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux ends a pseudo-terminal with an error
            break
        if not part:
            break
        text += part
    os.close(ours)
    assert done.returncode == 0, done.stderr
    assert b"left over" in text
    assert (b"\x1b[33m" in text) is not no_color
