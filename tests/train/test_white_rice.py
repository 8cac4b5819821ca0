"""Dishes made white rice or pale: where, how bright, and alike in all pictures of a meal."""

import numpy as np
import pytest

from foodwaste.train import white_rice
from foodwaste.train.white_rice import lay_rice, pale, rice_tile, rim_level

SHAPE = (150, 200)
TRAY, SAUCE = (205, 200, 190), (150, 50, 30)


@pytest.fixture(autouse=True)
def _two_tiles(monkeypatch):
    """A tile takes a second to draw: two are enough here."""
    monkeypatch.setattr(white_rice, "_TILES", 2)


def a_dish():
    """A red dish, brighter to the right, on a white tray; its mask."""
    mask = np.zeros(SHAPE, bool)
    mask[40:110, 50:150] = True
    rgb = np.full((*SHAPE, 3), TRAY, np.uint8)
    shade = np.linspace(0.7, 1.3, SHAPE[1])[None, :, None]
    rgb[mask] = (np.array(SAUCE) * shade * np.ones((*SHAPE, 1)))[mask].astype(np.uint8)
    return rgb, mask


def made(make, seed, steel=False, rim=200.0):
    rgb, mask = a_dish()
    dishes = [(rgb, mask, rim), (rgb, mask & (np.arange(SHAPE[1]) < 100), rim)]
    return rgb, mask, make(dishes, steel, np.random.default_rng(seed))


def test_a_tile_shows_grains_and_repeats_without_a_seam():
    tile = rice_tile(0)
    assert tile.shape == (160, 160, 3)
    assert tile.mean() == pytest.approx(1.0, abs=1e-3)
    grey = tile.mean(axis=2)
    inside = np.abs(np.diff(grey, axis=1)).mean()
    assert inside > 0.01
    assert np.abs(grey[:, 0] - grey[:, -1]).mean() < 2 * inside
    # Light that comes out of gaps is warmer.
    dark = tile[grey < np.quantile(grey, 0.1)].mean(axis=0)
    assert dark[0] > dark[2]


@pytest.mark.parametrize("make", [lay_rice, pale])
def test_only_the_dish_changes_and_loses_its_colour(make):
    for seed in range(8):
        rgb, _, (served, eaten) = made(make, seed)
        for after in (served, eaten):
            far = np.ones(SHAPE, bool)
            far[34:116, 44:156] = False
            np.testing.assert_array_equal(after[far], rgb[far])
        before, now = (np.ptp(each[60:90, 70:95].mean(axis=(0, 1))) for each in (rgb, served))
        assert now < 0.75 * before


def test_rice_is_about_as_bright_as_a_white_tray_and_grainy():
    levels = []
    for seed in range(12):
        _, _, (served, _) = made(lay_rice, seed)
        levels.append(served[50:100, 60:140].mean())
        assert served[50:100, 60:140].std() > 2
    assert 0.75 * 200 < np.mean(levels) < 1.2 * 200


def test_the_heaps_shading_stays():
    shades = []
    for seed in range(12):
        _, _, (served, _) = made(lay_rice, seed)
        grey = served.mean(axis=2)
        shades.append(grey[45:105, 120:145].mean() / grey[45:105, 55:80].mean())
    assert np.mean(shades) > 1.1


def test_a_dish_that_is_gone_changes_nothing():
    rgb, mask = a_dish()
    none = np.zeros_like(mask)
    for make in (lay_rice, pale):
        served, eaten = make(
            [(rgb, mask, 200.0), (rgb, none, 200.0)], True, np.random.default_rng(1)
        )
        assert (served != rgb).any()
        np.testing.assert_array_equal(eaten, rgb)


def test_the_same_draw_makes_the_same():
    for make in (lay_rice, pale):
        first, second = made(make, 5)[2], made(make, 5)[2]
        np.testing.assert_array_equal(first[0], second[0])
        np.testing.assert_array_equal(first[1], second[1])


def test_the_rim_is_what_lies_between_wells():
    rgb, mask = a_dish()
    rgb[:20], rgb[-20:], rgb[:, :20], rgb[:, -20:] = 10, 10, 10, 10
    assert rim_level(rgb, mask.astype(np.uint8)) == pytest.approx(np.mean(TRAY), abs=1)
