import numpy as np
import pytest

from foodwaste.depth.liquid_level import level_liquid, waterline_mm


@pytest.fixture
def bowl():
    """A well 20 mm deep with sloping walls, and what fills it 8 mm deep."""
    rows, columns = np.indices((200, 280)) / 2
    inside = np.minimum.reduce([rows, 99.5 - rows, columns, 139.5 - columns]) - 5.0
    empty = -np.clip(inside, 0, 20)
    return empty, inside > 0, np.maximum(-12.0 - empty, 0.0)


def test_glare_and_noise_do_not_change_the_volume(bowl):
    empty, well, truth = bowl
    rng = np.random.default_rng(0)
    seen = truth + rng.normal(0, 2, truth.shape) * (truth > 0)
    seen[60:120, 80:190] = 0.0  # glare
    found = level_liquid(np.maximum(seen, 0), empty, well)
    assert seen.sum() < 0.85 * truth.sum()
    assert found.sum() == pytest.approx(truth.sum(), rel=0.05)


def test_where_it_ends_on_the_walls_tells_the_level_when_heights_are_wrong(bowl):
    empty, well, truth = bowl
    found = level_liquid(0.5 * truth, empty, well)
    assert 0.75 * truth.sum() < found.sum() < truth.sum()
    by_heights_alone = level_liquid(0.5 * truth, empty, well, waterline_share=0.0)
    assert by_heights_alone.sum() < 0.5 * truth.sum()


@pytest.mark.parametrize("level", [-18.0, -12.0, -5.0, -1.0])
def test_a_waterline_is_found_beside_glare_tofu_and_film(bowl, level):
    empty, well, _ = bowl
    seen = empty < level
    seen[60:120, 80:160] = False  # glare
    seen[4:20, 120:150] = True  # a piece on the wall
    seen[80:120, 4:50] = True  # film above the water
    assert waterline_mm(seen[well], empty[well]) == pytest.approx(level, abs=0.6)


def test_no_waterline_is_below_the_floor_or_above_the_rim(bowl):
    empty, well, _ = bowl
    nothing, everything = np.zeros(well.sum(), bool), np.ones(well.sum(), bool)
    assert waterline_mm(nothing, empty[well]) == pytest.approx(-20.0)
    assert -0.6 <= waterline_mm(everything, empty[well]) <= 0.0


def test_a_pool_in_a_corner_is_no_level(bowl):
    empty, well, _ = bowl
    pool = np.zeros(empty.shape)
    pool[96:104, 132:148] = 3.0
    assert np.array_equal(level_liquid(pool, empty, well), pool)


def test_an_empty_well_stays_empty_and_others_are_left_alone(bowl):
    empty, well, truth = bowl
    assert not level_liquid(np.zeros(empty.shape), empty, well).any()
    beside = truth.copy()
    beside[0, 0] = 7.0
    assert level_liquid(beside, empty, well)[0, 0] == 7.0
