"""Lets workers find the plugin works of these tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _workers_find_the_works():
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "faults")]
    sys.path[:0] = folders
    yield
    for folder in folders:
        sys.path.remove(folder)
