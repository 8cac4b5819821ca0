"""A wet liquid mirrors and has an edge; its well's dry parts, its pieces and its truth do not."""

import dataclasses

import numpy as np
import pytest

from foodwaste.train.food_texture import solid_wells
from foodwaste.train.pack import FOOD, read_pack
from foodwaste.train.tray_changes import PackedMeal, TrayChanges, liquid_wells
from foodwaste.train.tray_config import TrayConfig
from foodwaste.train.wet import liquid_in, wet

SHAPE = (100, 120)
DEPTH_MM, LEVEL_MM = 20.0, -8.0


def soup():
    """A brown soup in a steel well whose walls rise by one in one, and a cube of tofu in it."""
    rows, columns = np.indices(SHAPE)
    inwards = np.minimum.reduce([rows - 9, 90 - rows, columns - 9, 110 - columns])
    surface = -np.clip(inwards, 0, DEPTH_MM).astype(np.float32)
    well = inwards > 0
    height = np.where(well, np.maximum(LEVEL_MM - surface, 0), 0).astype(np.float32)
    food = height > 0
    tofu = np.zeros(SHAPE, bool)
    tofu[45:55, 50:60] = True
    height[tofu] += 6
    rgb = np.full((*SHAPE, 3), 170, np.uint8)
    rgb[food] = (120, 70, 30)
    rgb[tofu] = (230, 225, 210)
    return rgb, height, surface, food, well, tofu


def test_the_level_is_told_by_most_of_the_surface():
    _, height, surface, food, well, tofu = soup()
    liquid = liquid_in(height, surface, food, well)
    np.testing.assert_array_equal(liquid.surface, food)
    np.testing.assert_array_equal(liquid.open, food & ~tofu)


def test_what_lies_on_a_soup_is_not_wet():
    _, height, surface, food, well, _ = soup()
    spoon = np.zeros(SHAPE, bool)
    spoon[30:70, 80:86] = True
    liquid = liquid_in(height, surface, food & ~spoon, well)
    assert liquid.surface[spoon].all()
    assert not liquid.open[spoon].any()


def test_a_puddle_stays_as_it_is():
    _, height, surface, food, well, _ = soup()
    food = food & (np.indices(SHAPE)[0] < 20)
    assert liquid_in(height, surface, food, well) is None


@pytest.mark.parametrize("seed", range(8))
def test_the_soup_changes_and_pieces_and_the_tray_do_not(seed):
    rgb, height, surface, food, well, tofu = soup()
    liquid = liquid_in(height, surface, food, well)
    done = wet(rgb, liquid, False, np.random.default_rng(seed))
    changed = (done != rgb).any(axis=2)
    assert changed[food & ~tofu].mean() > 0.05
    assert not changed[tofu].any()
    assert not changed[~food].any()


def test_a_film_is_left_on_the_wall_above_and_fades_upwards():
    rgb, height, surface, food, well, _ = soup()
    liquid = liquid_in(height, surface, food, well)
    wall = well & ~food
    low, high = wall & (surface < LEVEL_MM + 2), wall & (surface > -2)
    fades = []
    for seed in range(12):
        done = wet(rgb, liquid, True, np.random.default_rng(seed))
        moved = np.abs(done.astype(int) - rgb).mean(axis=2)
        assert not moved[~well].any()
        fades.append(moved[low].mean() - moved[high].mean())
    assert np.median(fades) > 2
    assert np.mean(np.array(fades) > 0) > 0.7


def test_the_same_seed_makes_the_same_soup():
    rgb, height, surface, food, well, _ = soup()
    liquid = liquid_in(height, surface, food, well)
    first, second = (wet(rgb, liquid, True, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_soup_full_of_pieces_is_a_liquid_because_the_profile_says_so(packed):
    pack = read_pack(packed[0])
    soup, *others = liquid_wells("steel-5")
    assert not others
    well = np.asarray(pack.wells == soup)
    level = np.clip(-10.0 - pack.surface_from(0).astype(np.float32), 0, None) * well
    # Pieces stand two centimetres out of a third of it.
    stripes = well & (level > 0) & (np.arange(well.shape[1]) % 12 < 4)
    height, classes = np.array(pack.height_mm), np.array(pack.classes)
    height[0], classes[0] = level + 20.0 * stripes, np.where(level > 0, FOOD, classes[0])
    changed = dataclasses.replace(pack, height_mm=height, classes=classes)
    assert soup in solid_wells(changed)  # by its surface it is no liquid
    meal = PackedMeal(packed[0], "steel-5", 2)
    changes = TrayChanges(TrayConfig(wet_share=1.0), None)
    different = []
    for seed in range(4):
        pictures = {0: np.asarray(pack.rgb[1])}
        assert changes.wetted(meal, changed, 0, pictures, np.random.default_rng(seed))
        different.append((pictures[0] != pack.rgb[1]).any(axis=-1))
        assert not different[-1][~well].any()
    assert np.mean(different, axis=0)[well & (level > 0) & ~stripes].mean() > 0.1
