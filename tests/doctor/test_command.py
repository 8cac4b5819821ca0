"""``foodwaste doctor`` as it is called."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = (
    "import sys, typer\n"
    "from foodwaste.cli.doctor import doctor_command\n"
    "app = typer.Typer(pretty_exceptions_enable=False)\n"
    "app.command()(doctor_command)\n"
    "try:\n"
    "    app()\n"
    "finally:\n"
    "    heavy = {'torch', 'torchvision', 'timm', 'mitsuba'} & set(sys.modules)\n"
    "    assert not heavy, heavy\n"
)


def doctor(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def as_json():
    return doctor("--json")


def test_json_is_one_object_with_every_finding(as_json):
    found = json.loads(as_json.stdout)
    assert set(found) == {"status", "checks"}
    names = [check["name"] for check in found["checks"]]
    assert len(names) == len(set(names))
    for wanted in ("python", "cores", "memory", "torch pair", "one OpenCV", "shipped files"):
        assert wanted in names
    assert "profile steel-5" in names
    assert as_json.stderr == ""


def test_the_exit_code_is_3_exactly_when_something_is_missing(as_json):
    status = json.loads(as_json.stdout)["status"]
    assert as_json.returncode == (3 if status == "missing" else 0)


def test_every_fault_comes_with_what_mends_it(as_json):
    for check in json.loads(as_json.stdout)["checks"]:
        assert check["status"] == "ok" or check["mend"]


def test_the_table_shows_each_finding_and_ends_in_a_count(as_json):
    done = doctor()
    for check in json.loads(as_json.stdout)["checks"]:
        assert check["name"] in done.stdout
    assert "missing" in done.stdout.splitlines()[-1]
    assert "\x1b" not in done.stdout
