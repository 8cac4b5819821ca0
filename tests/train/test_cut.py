"""Dishes cut in two: what stays, what shows instead, and that the truth follows."""

import numpy as np

from foodwaste.train.cut import cut

SHAPE = (120, 160)
RICE, STEEL, EMPTY = (240, 238, 230), (120, 120, 120), (90, 95, 100)


def two_dishes():
    """Two full wells, 20 mm high each, and the empty tray's picture."""
    wells = np.zeros(SHAPE, np.uint8)
    wells[10:70, 10:90], wells[80:110, 20:140] = 1, 2
    rgb = np.full((*SHAPE, 3), STEEL, np.uint8)
    rgb[wells > 0] = RICE
    return rgb, np.where(wells > 0, 20.0, 0.0).astype(np.float16), wells


def a_cut(seed, numbers, **options):
    rgb, height, wells = two_dishes()
    empty = np.full((*SHAPE, 3), EMPTY, np.uint8)
    return cut(rgb, height, wells, empty, numbers, np.random.default_rng(seed), **options)


def test_only_the_chosen_dish_changes():
    rgb, height, wells = two_dishes()
    for seed in range(8):
        done = a_cut(seed, [1])
        other = wells != 1
        np.testing.assert_array_equal(done.height_mm[other], height[other])
        assert not done.bare[other].any()
        # The edge is soft, so a pixel beside the well may take a little of it.
        changed = (done.rgb != rgb).any(axis=2)
        assert not changed[80:, :].any()


def test_what_is_bare_has_no_height_and_shows_the_empty_tray():
    for seed in range(8):
        done = a_cut(seed, [1, 2])
        assert done.bare.any()
        assert not done.height_mm[done.bare].any()
        inner = done.bare & (done.rgb.max(axis=2) < 215)
        assert inner.sum() > 0.7 * done.bare.sum()


def test_what_stays_looks_as_before_and_is_never_higher():
    rgb, height, wells = two_dishes()
    for seed in range(8):
        done = a_cut(seed, [1])
        left = (wells == 1) & ~done.bare
        assert left.any()
        assert (done.height_mm[left] > 0).all()
        assert (done.height_mm <= height.astype(np.float32)).all()
        whole = left & (done.height_mm >= 20.0)
        if whole.any():
            assert np.abs(done.rgb[whole].astype(int) - rgb[whole]).max() <= 60


def test_the_share_that_stays_is_anything():
    shares = [a_cut(seed, [1]).height_mm[10:70, 10:90].mean() / 20.0 for seed in range(40)]
    assert min(shares) < 0.2
    assert max(shares) > 0.7


def test_dishes_that_cover_next_to_nothing_stay_whole():
    rgb, height, wells = two_dishes()
    height[wells == 1] = 0
    height[20:30, 20:30] = 5
    done = cut(rgb, height, wells, rgb, [1], np.random.default_rng(0))
    np.testing.assert_array_equal(done.rgb, rgb)
    assert not done.bare.any()


def test_the_same_draw_cuts_alike():
    first, second = a_cut(3, [1, 2]), a_cut(3, [1, 2])
    np.testing.assert_array_equal(first.rgb, second.rgb)
    np.testing.assert_array_equal(first.height_mm, second.height_mm)


def test_floors_beside_cuts_are_rough_as_often_as_asked():
    def graininess(rough_share):
        grains = []
        for seed in range(12):
            done = a_cut(seed, [1], rough_share=rough_share)
            across = done.bare[:, 1:] & done.bare[:, :-1]
            steps = np.abs(np.diff(done.rgb[..., 1].astype(int), axis=1))[across]
            grains.append(np.percentile(steps, 80))
        return np.array(grains)

    assert np.median(graininess(0.0)) <= 2
    assert np.median(graininess(1.0)) > 5
