"""Films over bare floors: where they lie, and that nothing else changes."""

import numpy as np

from foodwaste.train.film import mistaken, shine, smear
from foodwaste.train.flecks import sprinkle

SHAPE = (120, 160)


def a_well():
    """A served well, of which the left half is eaten, and a second one that is full."""
    wells = np.zeros(SHAPE, np.uint8)
    wells[10:70, 10:90], wells[80:110, 20:140] = 1, 2
    served = wells > 0
    food = served.copy()
    food[:, :50] &= wells[:, :50] != 1
    rgb = np.full((*SHAPE, 3), 120, np.uint8)
    before = rgb.copy()
    before[served] = (240, 238, 230)
    rgb[food] = (240, 238, 230)
    return rgb, before, wells, food, served


def smeared(seed=0):
    rgb, before, wells, food, served = a_well()
    return smear(rgb, before, wells, food, served, np.random.default_rng(seed))


def test_films_lie_on_bare_floors_alone_and_have_the_dishs_colour():
    rgb, _, wells, food, _ = a_well()
    films = [smeared(seed) for seed in range(12)]
    some = [film for film in films if film.opacity.any()]
    assert 2 <= len(some) < 12
    bare = (wells == 1) & ~food
    for film in some:
        changed = (film.rgb != rgb).any(axis=2)
        assert not changed[~bare].any()
        assert not film.opacity[~bare].any()
        assert 0 < film.opacity.max() <= 0.75
    thick = np.max([film.rgb[bare].mean() for film in some])
    assert thick > 130  # floors of 120 under films of 240


def test_the_same_draw_gives_the_same_film():
    first, second = smeared(3), smeared(3)
    np.testing.assert_array_equal(first.rgb, second.rgb)
    np.testing.assert_array_equal(first.opacity, second.opacity)


def sprinkled(seed, food=None):
    rgb, before, wells, still, served = a_well()
    before[served] = np.where(np.indices(SHAPE)[1][served, None] % 4, (60, 120, 40), (200, 30, 20))
    food = still if food is None else food
    return sprinkle(rgb, before, wells, food, served, np.random.default_rng(seed))


def test_flecks_and_sauce_lie_on_bare_floors_alone_in_colours_of_the_dish():
    rgb, _, wells, food, _ = a_well()
    some = [film for film in map(sprinkled, range(20)) if film.opacity.any()]
    assert 5 <= len(some) < 20
    bare = (wells == 1) & ~food
    for film in some:
        changed = (film.rgb != rgb).any(axis=2)
        assert not changed[~bare].any()
        assert not film.opacity[~bare].any()
        assert film.opacity.max() <= 1.0
    hidden = np.concatenate([film.rgb[bare & (film.opacity > 0.9)] for film in some]).astype(int)
    assert len(hidden)
    green = hidden[:, 1] > hidden[:, 0]
    assert 0.2 < green.mean() < 0.98  # three pixels of the dish in four
    assert (hidden[~green, 0] > hidden[~green, 2]).all()


def test_flecks_are_small_and_a_floor_shows_between_them():
    _, _, wells, food, _ = a_well()
    bare = (wells == 1) & ~food
    hidden = [(film.opacity[bare] > 0.5).mean() for film in map(sprinkled, range(40))]
    hidden = [share for share in hidden if share]
    assert min(hidden) < 0.05 < 0.3 < max(hidden)


def test_a_tray_without_bare_floors_stays_as_it_is():
    rgb, *_, served = a_well()
    for seed in range(6):
        film = sprinkled(seed, food=served)
        np.testing.assert_array_equal(film.rgb, rgb)
        assert not film.opacity.any()


def test_colours_that_take_a_film_for_food_are_never_less_sure_than_before():
    probability = np.full(SHAPE, 40, np.uint8)
    film = np.zeros(SHAPE, np.float32)
    film[:, :80] = 0.5
    raised = mistaken(probability, film, np.random.default_rng(0))
    assert (raised[:, 80:] == 40).all()
    assert (raised[:, :80] >= 40).all()
    assert raised[:, :80].max() > 40
    assert raised.max() <= 255


def test_light_lies_on_bare_floors_alone():
    rgb, _, wells, food, _ = a_well()
    surface = np.where(wells > 0, -25.0, 0.0)
    surface[10:20, 10:90] = -8.0  # the wall of the first well
    seen = [shine(rgb, wells, surface, food, np.random.default_rng(seed)) for seed in range(12)]
    lit = [each for each in seen if each.opacity.any()]
    assert 2 <= len(lit) < 12
    floor = (wells == 1) & ~food & (surface < -20)
    for each in lit:
        changed = (each.rgb != rgb).any(axis=2)
        assert not changed[food].any()
        assert changed[floor].mean() > 0.9
        assert not changed[:16].any()
