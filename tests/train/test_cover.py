"""Napkins and wrappers hide food in the picture and leave it in the truth."""

import cv2
import numpy as np
import pytest

from foodwaste.train.cover import cover

SHAPE = (120, 160)


def thrown(seed):
    rgb = np.full((*SHAPE, 3), 90, np.uint8)
    food = np.zeros(SHAPE, bool)
    food[30:90, 40:120] = True
    return rgb, food, cover(rgb, food, 200.0, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(8))
def test_a_cover_hides_a_part_of_the_dish_and_changes_little_elsewhere(seed):
    rgb, food, done = thrown(seed)
    hidden = (done.mask & food).sum() / food.sum()
    assert 0.03 < hidden < 0.9
    far = ~cv2.dilate(done.mask.astype(np.uint8), np.ones((49, 49), np.uint8)).astype(bool)
    assert far.any()
    np.testing.assert_array_equal(done.rgb[far], rgb[far])


def test_the_same_seed_throws_the_same_cover():
    np.testing.assert_array_equal(thrown(3)[2].rgb, thrown(3)[2].rgb)


def test_covers_differ_in_size_and_brightness():
    done = [thrown(seed)[2] for seed in range(12)]
    assert np.std([each.mask.sum() for each in done]) > 100
    assert np.std([each.rgb[each.mask].mean() for each in done]) > 15
