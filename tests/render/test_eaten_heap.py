"""What eating leaves of a heap looks as if it had been eaten from."""

from __future__ import annotations

import numpy as np
import pytest

from foodwaste.profile import load_profile
from foodwaste.render.canvas import Canvas
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_table import BY_NAME
from foodwaste.render.heap import lay_heap
from foodwaste.render.spec import draw_scene
from foodwaste.render.tray import empty_tray


@pytest.fixture(scope="module")
def rice_well():
    """An empty well for rice: ``rice_well()``."""
    spec = draw_scene(3, "steel-5", 2)
    tray = empty_tray(load_profile("steel-5").profile.layout, spec.step_mm, spec.tray)
    well = tray.wells["rice"]
    return lambda: Canvas(well, tray.z_mm[well.window.index])


def rice(mode, *keep):
    return DishSpec(
        compartment="rice",
        kind="white rice",
        seed=5,
        serving_ml=230.0,
        centre=(0.0, 0.0),
        spread=0.9,
        mode=mode,
        direction_rad=0.4,
        keep=(1.0, *keep),
        residue=0.3,
        shade=0.5,
    )


def looks(canvas, mask):
    """Brightness of a canvas where ``mask`` is, against its mean."""
    grey = canvas.colour.mean(axis=-1)[mask]
    return grey - grey.mean()


def laid(rice_well, dish):
    canvases = []
    for state in range(len(dish.keep)):
        canvas = rice_well()
        lay_heap(canvas, dish, BY_NAME[dish.kind], state)
        canvases.append(canvas)
    return canvases


def alike(one, other, mask):
    a, b = looks(one, mask), looks(other, mask)
    return float((a * b).mean() / (a.std() * b.std()))


@pytest.mark.parametrize("mode", ["top", "side", "scoops"])
def test_grains_laid_bare_by_eating_are_others_than_those_that_lay_on_top(rice_well, mode):
    served, eaten = laid(rice_well, rice(mode, 0.5))
    taken = served.top_mm - eaten.top_mm
    both = (served.food_mm > 2.0) & (eaten.food_mm > 2.0)
    bared = both & (taken > 6.0)
    assert bared.sum() > 300
    assert alike(served, eaten, bared) < 0.3


def test_grains_that_nobody_touched_stay_as_they_were(rice_well):
    served, eaten = laid(rice_well, rice("side", 0.5))
    left = (eaten.food_mm > 2.0) & (served.top_mm == eaten.top_mm)
    assert left.sum() > 500
    assert np.array_equal(served.colour[left], eaten.colour[left])


def test_what_is_left_for_longer_looks_the_same_while_it_lies(rice_well):
    _, first, second = laid(rice_well, rice("side", 0.7, 0.4))
    left = (second.food_mm > 2.0) & (first.top_mm == second.top_mm)
    assert left.sum() > 500
    assert np.array_equal(first.colour[left], second.colour[left])


def test_no_grain_of_a_heap_that_was_stirred_is_where_it_was(rice_well):
    served, eaten = laid(rice_well, rice("pushed", 0.9))
    both = (served.food_mm > 2.0) & (eaten.food_mm > 2.0)
    assert alike(served, eaten, both) < 0.3
