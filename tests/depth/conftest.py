"""Exact scenes for the depth tests; see ``scene.py`` beside this file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from foodwaste.profile import load_profile


def _load(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


scene = _load("depth_test_scene", Path(__file__).with_name("scene.py"))


@pytest.fixture(scope="session")
def scenes():
    return scene


@pytest.fixture(scope="session")
def layout():
    return load_profile("steel-5").profile.layout


@pytest.fixture(scope="session")
def meal(layout):
    """Full rice, soup at 70 %, one side eaten clean, one full, one at a third."""
    fills = {"rice": 0.9, "soup": 0.7, "side-1": 0.0, "side-2": 0.9, "side-3": 0.35}
    return scene.make_scene(layout, fills)
