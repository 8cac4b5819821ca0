"""Rendered meals shared by the tests of this room; truth needs no renderer."""

from __future__ import annotations

import importlib.util

import pytest

from foodwaste.profile import load_profile
from foodwaste.render.photograph import serve
from foodwaste.render.spec import draw_scene
from foodwaste.render.surface import compose


@pytest.fixture(scope="session")
def variant():
    """Sets a Mitsuba variant once; tests that render skip without Mitsuba."""
    if importlib.util.find_spec("mitsuba") is None:
        pytest.skip("mitsuba is not installed: pip install 'foodwaste[render]'")
    from foodwaste.render.variant import usable_variant, use_variant

    name, library = usable_variant()
    use_variant(name, library, threads=1)
    return name


@pytest.fixture(scope="session")
def meal():
    """Makes the surfaces of a seeded meal: ``meal(profile, seed, states)``."""

    def make(profile: str, seed: int, states: int = 2):
        layout = load_profile(profile).profile.layout
        spec = draw_scene(seed, profile, states)
        dishes = serve(spec, layout)
        litter = spec.distractors.litter
        surfaces = [
            compose(layout, spec.tray, dishes, state, spec.step_mm, litter[state + 1])
            for state in range(states + 1)
        ]
        return spec, layout, surfaces

    return make
