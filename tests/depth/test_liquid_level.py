import numpy as np
import pytest

from foodwaste.depth.liquid_level import level_liquid


@pytest.fixture
def bowl():
    """A well 20 mm deep with sloping walls, and what fills it 8 mm deep."""
    rows, columns = np.indices((100, 140))
    inside = np.minimum.reduce([rows, 99 - rows, columns, 139 - columns]) - 5.0
    empty = -np.clip(inside, 0, 20)
    return empty, inside > 0, np.maximum(-12.0 - empty, 0.0)


def test_glare_and_noise_do_not_change_the_volume(bowl):
    empty, well, truth = bowl
    rng = np.random.default_rng(0)
    seen = truth + rng.normal(0, 2, truth.shape) * (truth > 0)
    seen[30:60, 40:95] = 0.0  # glare
    found = level_liquid(np.maximum(seen, 0), empty, well)
    assert seen.sum() < 0.85 * truth.sum()
    assert found.sum() == pytest.approx(truth.sum(), rel=0.05)


def test_a_pool_in_a_corner_is_no_level(bowl):
    empty, well, _ = bowl
    pool = np.zeros(empty.shape)
    pool[48:52, 66:74] = 3.0
    assert np.array_equal(level_liquid(pool, empty, well), pool)


def test_an_empty_well_stays_empty_and_others_are_left_alone(bowl):
    empty, well, truth = bowl
    assert not level_liquid(np.zeros(empty.shape), empty, well).any()
    beside = truth.copy()
    beside[0, 0] = 7.0
    assert level_liquid(beside, empty, well)[0, 0] == 7.0
