"""A dyed dish has other colours, the same in every picture of it, and the tray keeps its own."""

import numpy as np
import pytest

from foodwaste.train.dye import Dye, dye

SHAPE = (80, 120)


def tray(seed):
    """A steel-grey tray with a grainy orange dish, and where that is."""
    rng = np.random.default_rng(seed)
    rgb = rng.integers(150, 180, (*SHAPE, 1)).repeat(3, 2).astype(np.uint8)
    food = np.zeros(SHAPE, bool)
    food[20:60, 30:90] = True
    rgb[food] = np.clip(np.array([180, 90, 40]) + rng.normal(0, 12, (food.sum(), 1)), 0, 255)
    return rgb, food


@pytest.mark.parametrize("seed", range(6))
def test_the_dish_changes_and_the_tray_beside_it_does_not(seed):
    rgb, food = tray(seed)
    (done,) = dye([(rgb, food)], Dye.at_random(np.random.default_rng(seed)))
    moved = np.abs(done.astype(int) - rgb).max(axis=2)
    assert np.median(moved[food]) > 5
    far = np.ones(SHAPE, bool)
    far[14:66, 24:96] = False
    np.testing.assert_array_equal(done[far], rgb[far])


def test_what_was_alike_in_both_pictures_is_alike_still():
    rgb, food = tray(1)
    left = food.copy()
    left[:, 60:] = False
    before, after = dye([(rgb, food), (rgb, left)], Dye.at_random(np.random.default_rng(2)))
    inner = np.zeros(SHAPE, bool)
    inner[24:56, 34:56] = True
    np.testing.assert_array_equal(before[inner], after[inner])


def test_grain_stays_where_it_was():
    rgb, food = tray(3)
    change = Dye.at_random(np.random.default_rng(4))
    (done,) = dye([(rgb, food)], change)
    grey = [each.astype(float).mean(axis=2)[24:56, 34:86].ravel() for each in (rgb, done)]
    assert np.corrcoef(*grey)[0, 1] > 0.9


def test_a_dish_that_is_gone_leaves_its_picture_as_it_is():
    rgb, food = tray(5)
    _, gone = dye(
        [(rgb, food), (rgb, np.zeros(SHAPE, bool))], Dye.at_random(np.random.default_rng(6))
    )
    np.testing.assert_array_equal(gone, rgb)


def test_highlights_keep_the_colour_of_the_lamp():
    rgb, food = tray(7)
    rgb[40:44, 50:54] = 254
    red = Dye(np.eye(2, dtype=np.float32), np.array([40, 0], np.float32), bright=1.0, contrast=1.0)
    (done,) = dye([(rgb, food)], red)
    np.testing.assert_allclose(done[40:44, 50:54], 254, atol=2)
    assert (done[30, 40].astype(int) - rgb[30, 40])[0] > 5
