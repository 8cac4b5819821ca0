"""A dish that is stirred lies otherwise than it was served, and none of it is gone by that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foodwaste.profile import load_profile
from foodwaste.render import menu
from foodwaste.render.spec import draw_scene
from foodwaste.render.surface import _dish_in_state, lay_dish
from foodwaste.render.tray import empty_tray

MEAL = draw_scene(3, "steel-5", 2)
TRAY = empty_tray(load_profile("steel-5").profile.layout, MEAL.step_mm, MEAL.tray)


def dish_of(kind, well, keep, stirred):
    return replace(
        MEAL.dishes[0], compartment=well, kind=kind, seed=5, serving_ml=120.0, centre=(0.0, 0.0),
        spread=0.8, mode="side", direction_rad=0.4, keep=(1.0, *keep), stirred=stirred,
    )  # fmt: skip


def canvases(dish):
    laid = lay_dish(TRAY, dish, MEAL.tray)
    return [_dish_in_state(TRAY, laid, MEAL.tray, at)[0] for at in range(len(dish.keep))]


@pytest.mark.parametrize("kind", ["white rice", "bean sprouts", "egg roll", "beans and corn"])
def test_stirred_and_not_eaten_is_as_much_and_lies_otherwise(kind):
    served, once, twice = canvases(dish_of(kind, "side-1", (1.0, 1.0), stirred=0.8))
    for stirred in (once, twice):
        assert stirred.volume_ml == pytest.approx(served.volume_ml, rel=0.1)
        assert np.abs(stirred.food_mm - served.food_mm)[served.food_mm > 0].mean() > 1.5
    assert np.abs(once.food_mm - twice.food_mm)[served.food_mm > 0].mean() > 1.5


@pytest.mark.parametrize("kind", ["white rice", "bean sprouts", "egg roll", "beans and corn"])
def test_what_is_left_of_a_stirred_dish_is_what_was_aimed_at(kind):
    served, half = canvases(dish_of(kind, "side-1", (0.5,), stirred=0.8))
    assert half.volume_ml == pytest.approx(0.5 * served.volume_ml, rel=0.15)


def test_a_dish_that_nobody_touched_is_the_served_one():
    served, later = canvases(dish_of("egg roll", "side-1", (1.0,), stirred=0.0))
    assert later is served


def test_a_stirred_soup_stands_as_high_and_shows_other_places():
    kept = [canvases(dish_of("soybean stew", "soup", (0.7,), stirred)) for stirred in (0.0, 0.9)]
    still, stirred = (each[1] for each in kept)
    assert stirred.volume_ml == pytest.approx(still.volume_ml, rel=0.05)
    # Some of what swims in it is seen elsewhere.
    assert (np.abs(stirred.colour - still.colour).max(axis=-1) > 0.02).sum() > 100


def test_some_dishes_are_stirred_and_the_menu_does_not_depend_on_it(monkeypatch):
    def dishes():
        return [dish for seed in range(60) for dish in draw_scene(seed, "steel-5", 2).dishes]

    drawn = dishes()
    shares = np.array([dish.stirred for dish in drawn])
    assert 0.2 < (shares > 0).mean() < 0.4
    assert shares[shares > 0].min() >= 0.25
    monkeypatch.setattr(menu, "_STIRRED_SHARE", 0.0)
    assert dishes() == [replace(dish, stirred=0.0) for dish in drawn]
