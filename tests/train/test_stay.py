"""Texture laid over food behaves as a surface: it moves with the food and is eaten with it."""

import numpy as np
import pytest

from foodwaste.train import white_rice
from foodwaste.train.food_texture import lay
from foodwaste.train.stay import stay_between
from foodwaste.train.white_rice import lay_rice

SHAPE = (96, 128)
RNG = np.random.default_rng(1)
SERVED, OTHER = (RNG.uniform(0, 255, (*SHAPE, 3)).astype(np.float32) for _ in range(2))


@pytest.fixture(autouse=True)
def _one_tile(monkeypatch):
    """A tile takes a second to draw."""
    monkeypatch.setattr(white_rice, "_TILES", 1)


def heights(eaten_mm):
    """A heap 20 mm high, as it was served; and lowered by so much on the right side."""
    served = np.zeros(SHAPE, np.float32)
    served[20:76, 24:104] = 20.0
    eaten = served.copy()
    eaten[20:76, 64:104] -= eaten_mm
    return eaten, served


def test_what_was_not_eaten_shows_the_served_surface_and_the_rest_another():
    seen = stay_between(*heights(8.0)).surface(SERVED, OTHER)
    np.testing.assert_array_equal(seen[:, :60], SERVED[:, :60])
    np.testing.assert_allclose(seen[30:70, 70:100], OTHER[30:70, 70:100], atol=1e-3)


def test_settling_by_a_millimetre_lays_nothing_bare():
    assert stay_between(*heights(1.0)).bared.max() == 0.0


def test_the_surface_moves_with_the_food_when_the_camera_does():
    _, served = heights(0.0)
    rows, columns = np.meshgrid(*(np.arange(n // 2) for n in SHAPE), indexing="ij")
    # Everything is seen four pixels further to the left than it was.
    places = np.stack([columns + 2, rows], -1).astype(np.float32)
    moved = np.roll(served, -4, axis=1)
    stay = stay_between(moved, served, places)
    assert stay.bared[:, :-8].max() < 1e-3
    seen = stay.surface(SERVED, OTHER)
    np.testing.assert_allclose(seen[4:-4, 4:-12], SERVED[4:-4, 8:-8], atol=1e-2)


def laid_twice(make):
    """Two pictures of a dish whose right half was lowered, with a texture over it."""
    eaten, served = heights(8.0)
    rgb = np.full((*SHAPE, 3), 120, np.uint8)
    return make([(rgb, served > 0), (rgb, eaten > 0)], stay_between(eaten, served))


def grey(rgb, columns):
    part = rgb[30:66, columns].mean(axis=2).astype(np.float64)
    return part - part.mean()


def rice(dishes, stay):
    for seed in range(99):
        rng = np.random.default_rng(seed)
        with_rim = [(*dish, 200.0) for dish in dishes]
        made = lay_rice(with_rim, False, rng, stay)
        one, two = (grey(each, slice(28, 60)) for each in made)
        if np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.9:  # not stirred
            return made
    raise AssertionError("always stirred")


def texture(dishes, stay):
    patch = RNG.integers(0, 255, (52, 52, 3)).astype(np.uint8)
    return lay(dishes, patch, np.random.default_rng(2), stay)


@pytest.mark.parametrize("make", [rice, texture])
def test_both_textures_are_alike_only_where_nothing_was_eaten(make):
    one, two = laid_twice(make)
    left, right = slice(28, 60), slice(70, 100)
    assert np.corrcoef(grey(one, left).ravel(), grey(two, left).ravel())[0, 1] > 0.9
    assert np.corrcoef(grey(one, right).ravel(), grey(two, right).ravel())[0, 1] < 0.5
