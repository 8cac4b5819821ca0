"""Which pixels count when food found is compared with food that is there."""

import numpy as np

from foodwaste.evaluate.food_masks import read_covered, read_mask


def test_what_lies_under_a_spoon_is_not_judged(tmp_path):
    height, food = np.zeros((288, 384), np.float16), np.zeros((288, 384), bool)
    height[100:150, 100:200] = 20
    food[100:150, 100:200] = True
    food[120:130] = False  # a spoon over the food and beside it
    file = tmp_path / "state-1.npz"
    np.savez_compressed(file, height_mm=height, food=food)
    covered = read_covered(file, food.shape)
    assert covered[120:130, 100:200].all()
    assert covered.sum() == 10 * 100
    assert not (covered & read_mask(file)).any()


def test_masks_that_tell_of_nothing_on_food_judge_every_pixel(tmp_path):
    file = tmp_path / "food.npz"
    np.savez_compressed(file, food=np.ones((288, 384), bool))
    assert not read_covered(file, (288, 384)).any()
    assert not read_covered(tmp_path / "mask.png", (288, 384)).any()
