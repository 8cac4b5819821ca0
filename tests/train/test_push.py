"""A pushed dish lies otherwise and is as much as before; where it lay the tray shows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.train.push import push

SHAPE = (100, 140)
WELL = (slice(10, 90), slice(10, 130))


def tray():
    """A grey tray with a well, a speckled dish to the left in it, and the same without."""
    rng = np.random.default_rng(0)
    empty = np.full((*SHAPE, 3), 150, np.uint8)
    rgb, height = empty.copy(), np.zeros(SHAPE, np.float32)
    dish = (slice(30, 70), slice(30, 80))
    rgb[dish] = rng.integers(20, 110, (40, 50, 1))
    height[dish] = rng.uniform(8.0, 16.0, (40, 50))
    wells = np.zeros(SHAPE, np.uint8)
    wells[WELL] = 1
    surface = np.where(wells > 0, -25.0, 0.0).astype(np.float32)
    return rgb, height, height > 0, wells, surface, empty


def pushed(seed, numbers=(1,), stirred=0.0):
    rgb, height, food, wells, surface, empty = tray()
    rng = np.random.default_rng(seed)
    return push(rgb, height, food, wells, surface, empty, list(numbers), rng, stirred=stirred)


@pytest.mark.parametrize("seed", range(8))
def test_a_dish_lies_otherwise_and_is_as_much(seed):
    rgb, height, food, wells, _, _ = tray()
    done = pushed(seed)
    assert done.moved.sum() == (wells == 1).sum()
    assert done.height_mm.sum() == pytest.approx(height.sum(), rel=0.1)
    assert np.abs(done.height_mm - height)[food].mean() > 0.5
    # Pixels follow their heights: what is speckled is high, what is bare is as the tray.
    high = done.height_mm > 6.0
    assert done.rgb[high].mean() < 90
    assert np.array_equal(done.food, done.height_mm > 0)
    bare = (wells == 1) & ~done.food & ~food
    assert np.median(np.abs(done.rgb[bare].astype(int) - rgb[bare])) <= 3
    np.testing.assert_array_equal(done.rgb[:6], rgb[:6])


@pytest.mark.parametrize("seed", range(8))
def test_a_stirred_dish_comes_apart_and_is_nearly_as_much(seed):
    _, height, food, _, _, _ = tray()
    done = pushed(seed, stirred=1.0)
    assert 0.79 <= done.height_mm.sum() / height.sum() <= 1.09
    assert np.array_equal(done.food, done.height_mm > 0)
    assert done.rgb[done.height_mm > 6.0].mean() < 90
    # No turn and no way of the whole dish explains all of it: pieces went their own ways.
    rigid = [_best_rigid(height, done.height_mm, turn) for turn in range(-60, 61, 5)]
    assert max(rigid) < 0.85
    assert (done.food & ~food).any()


def _best_rigid(height, pushed_height, turn):
    """The best correlation of the dish turned by some degrees with the one that was pushed."""
    middle = (54.5, 49.5)
    way = cv2.getRotationMatrix2D(middle, turn, 1.0)
    turned = cv2.warpAffine(height, way, height.shape[::-1])
    inner = np.ascontiguousarray(turned[12:-12, 12:-12])
    return float(cv2.matchTemplate(pushed_height, inner, cv2.TM_CCOEFF_NORMED).max())


def test_no_dish_is_asked_for_and_none_is_moved():
    rgb, height, _, _, _, _ = tray()
    done = pushed(0, numbers=())
    assert not done.moved.any()
    np.testing.assert_array_equal(done.rgb, rgb)
    np.testing.assert_array_equal(done.height_mm, height)


def test_a_dish_that_fills_its_well_hardly_finds_room():
    rgb, height, _, wells, surface, empty = tray()
    height[WELL] = 20.0
    rgb[WELL] = 60
    rng = np.random.default_rng(1)
    done = push(rgb, height, height > 0, wells, surface, empty, [1], rng)
    assert not (done.height_mm[wells == 0] > 0).any()
    assert done.height_mm.sum() == pytest.approx(height.sum(), rel=0.2)
