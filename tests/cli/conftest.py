"""The command as its users run it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Run:
    """One finished command. ``lines``: stdout parsed as JSON Lines."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def foodwaste(tmp_path):
    """``foodwaste("analyze", ..., stdin=bytes, env={...})`` in an empty folder.

    Photographs get a minute: what is tested here is not how busy the machine is.
    """

    def run(*arguments: object, stdin: bytes = b"", env: dict[str, str] | None = None) -> Run:
        if arguments[0] == "analyze" and "--budget" not in arguments:
            arguments = (*arguments, "--budget", "60")
        folder = tmp_path / "empty folder"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "foodwaste.cli.main", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=200,
            cwd=folder,
            env={**os.environ, "COLUMNS": "400", **(env or {})},
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def steel(project) -> Path:
    """The shipped sample of a steel tray: empty.jpg, before.jpg, after.jpg."""
    return project / "samples" / "steel"


@pytest.fixture(scope="session")
def white(project) -> Path:
    return project / "samples" / "white"
