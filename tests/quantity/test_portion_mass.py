import math

import cv2
import numpy as np
import pytest

from foodwaste.quantity.outline import outline_area
from foodwaste.quantity.portion_mass import PortionSize, fit_mass


def weighed(seed=0, scatter=0.05, foods=4, portions=4, photographs=6):
    """Foods of different density, each portion's area as its volume to the power 2/3."""
    rng = np.random.default_rng(seed)
    shots = []
    for food in range(foods):
        density, usual = rng.uniform(0.2, 1.1), rng.uniform(60, 250)
        for portion in range(portions):
            volume = usual * math.exp(rng.normal(0, 0.25))
            area = 120 * volume ** (2 / 3)
            shots += [
                PortionSize(
                    f"food {food}",
                    f"{food}-{portion}",
                    area * math.exp(rng.normal(0, scatter)),
                    density * volume,
                )
                for _ in range(photographs)
            ]
    return shots


def left_out_error(shots, answer):
    errors = []
    for portion in {shot.portion for shot in shots}:
        others = [shot for shot in shots if shot.portion != portion]
        own = [shot for shot in shots if shot.portion == portion]
        errors += [abs(answer(others, shot) / shot.mass_g - 1) for shot in own]
    return float(np.mean(errors))


def mean_mass(others, shot):
    masses = {each.portion: each.mass_g for each in others if each.food == shot.food}
    return np.mean(list(masses.values()))


def test_mass_from_size_halves_the_error_of_the_foods_mean():
    shots = weighed()
    by_size = left_out_error(shots, lambda o, s: fit_mass(o).mass_g(s.food, s.size_mm2)[0])
    assert by_size < 0.5 * left_out_error(shots, mean_mass)


def test_the_stated_error_is_about_the_actual_one():
    shots = weighed(seed=3, foods=8, portions=6)
    misses, stated = [], []
    for portion in {shot.portion for shot in shots}:
        model = fit_mass([shot for shot in shots if shot.portion != portion])
        for shot in shots:
            if shot.portion == portion:
                mass, error = model.mass_g(shot.food, shot.size_mm2)
                misses.append(math.log(mass / shot.mass_g))
                stated.append(error)
    assert np.sqrt(np.mean(np.square(misses))) == pytest.approx(np.mean(stated), rel=0.5)


def test_unreadable_sizes_are_hardly_believed():
    shots = weighed()
    model = fit_mass(shots)
    usual = mean_mass(shots, shots[0])
    assert model.mass_g("food 0", 1.0)[0] == pytest.approx(usual, rel=0.5)


def test_a_noisy_size_moves_the_answer_less_than_a_sharp_one():
    sharp, noisy = fit_mass(weighed(scatter=0.02)), fit_mass(weighed(scatter=0.3))
    size = max(shot.size_mm2 for shot in weighed() if shot.food == "food 0")
    prior = mean_mass(weighed(), weighed()[0])
    assert noisy.mass_g("food 0", size)[0] - prior < sharp.mass_g("food 0", size)[0] - prior


def test_one_portion_of_one_food_still_gives_an_answer_and_an_error():
    model = fit_mass([PortionSize("egg", "1", 1500.0, 55.0)])
    mass, error = model.mass_g("egg", 1500.0)
    assert mass == pytest.approx(55.0)
    assert error > 0


def test_a_food_never_weighed_has_no_mass():
    with pytest.raises(KeyError):
        fit_mass(weighed()).mass_g("dragon fruit", 1000.0)
    with pytest.raises(ValueError, match="no weighed portion"):
        fit_mass([])


def painted_fruit(axes=(60, 40)):
    rng = np.random.default_rng(1)
    rgb = np.full((300, 400, 3), (225, 225, 230), np.uint8)
    cv2.ellipse(rgb, (200, 150), axes, 30, 0, 360, (190, 60, 40), -1)
    return np.clip(rgb + rng.normal(0, 6, rgb.shape), 0, 255).astype(np.uint8)


def test_the_outline_of_a_fruit_has_its_area():
    box = (143.0, 105.0, 257.0, 195.0)
    assert outline_area(painted_fruit(), box) == pytest.approx(math.pi * 60 * 40, rel=0.05)


def test_where_nothing_stands_out_the_box_is_the_outline():
    rgb = np.full((200, 200, 3), 128, np.uint8)
    assert outline_area(rgb, (50.0, 50.0, 150.0, 150.0)) == pytest.approx(100 * 100, rel=0.05)
