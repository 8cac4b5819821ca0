"""Foods named by what they look like: drawn foods of known colour, size and outline."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from foodwaste.evaluate.weighed_folds import portion_folds
from foodwaste.evaluate.weighed_food import NAME, Shot, read_weighed_food
from foodwaste.evaluate.weighed_looks import look, looks
from foodwaste.evaluate.weighed_naming import RIDGES, choose_ridge, fit_namer
from foodwaste.imaging import save_png

COLOURS = {"apple": (190, 40, 40), "plum": (70, 20, 60), "lemon": (230, 210, 50)}
BOX = (70.0, 60.0, 150.0, 120.0)


def a_picture(colour, seed=0, light=1.0):
    rng = np.random.default_rng(seed)
    rgb = np.full((180, 220, 3), 225.0)
    cv2.ellipse(rgb, (110, 90), (40, 30), 0, 0, 360, colour, -1)
    return np.clip(rgb * light + rng.normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)


def a_shot(food, mass_g, image=Path("a.png"), box_mm=(80.0, 60.0)):
    return Shot(image, food, food, True, box_mm, 0.0, mass_g, BOX)


def two_portions_each(rng):
    """Photographs whose features are their food's place and some noise."""
    shots = [
        a_shot(food, 100.0 + portion)
        for food in COLOURS
        for portion in range(2)
        for _ in range(4 if food == "apple" else 2)
    ]
    places = {food: row for row, food in enumerate(COLOURS)}
    centres = 3.0 * np.eye(3, 6)
    features = np.stack([centres[places[shot.food]] for shot in shots])
    return shots, features + rng.normal(0, 0.3, features.shape)


def test_a_food_is_described_by_156_finite_numbers_the_same_each_time():
    rgb = a_picture(COLOURS["apple"])
    first = look(rgb, BOX, 1.0)
    assert first.shape == (156,)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, look(rgb, BOX, 1.0))


def test_twice_as_near_a_food_of_half_the_size_differs_in_its_millimetres_alone():
    rgb = a_picture(COLOURS["apple"])
    change = look(rgb, BOX, 2.0) - look(rgb, BOX, 1.0)
    # Area, two sides of the outline, two sides of the box.
    found = np.sort(change[np.abs(change) > 1e-9])
    np.testing.assert_allclose(found, np.log([2.0, 2.0, 2.0, 2.0, 4.0]))


def test_a_flat_picture_has_no_outline_and_is_still_described():
    assert np.isfinite(look(np.full((180, 220, 3), 128, np.uint8), BOX, 1.0)).all()


def test_drawn_foods_are_named_in_a_light_that_was_not_learned():
    learn = [(food, seed, light) for food in COLOURS for seed, light in ((0, 1.0), (1, 0.9))]
    shots = [a_shot(food, 100.0 + seed) for food, seed, _ in learn]
    features = np.stack([look(a_picture(COLOURS[f], s, light), BOX, 1.0) for f, s, light in learn])
    judged = np.stack([look(a_picture(COLOURS[food], 2, 0.8), BOX, 1.0) for food in COLOURS])
    assert fit_namer(shots, features, 0.3).name(judged) == list(COLOURS)


def test_a_photograph_without_a_coin_is_as_far_as_the_median_one(tmp_path):
    save_png(tmp_path / "a.png", a_picture(COLOURS["plum"]))
    image = tmp_path / "a.png"
    shots = [a_shot("plum", 90.0, image), a_shot("plum", 90.0, image, box_mm=None)]
    known, missing = looks(shots)
    np.testing.assert_array_equal(known, missing)
    with pytest.raises(ValueError, match="no photograph has a coin"):
        looks(shots[1:])


def test_photographing_a_portion_again_changes_no_score():
    shots, features = two_portions_each(np.random.default_rng(0))
    own = [row for row, shot in enumerate(shots) if shot.mass_g == 100 and shot.food == "apple"]
    more = list(range(len(shots))) + own * 3
    once = fit_namer(shots, features, 0.3)
    again = fit_namer([shots[row] for row in more], features[more], 0.3)
    asked = np.random.default_rng(1).normal(0, 2, (200, features.shape[1]))
    same = np.mean(np.array(once.name(asked)) == np.array(again.name(asked)))
    # Not all: the features' own mean and spread are over photographs.
    assert same > 0.9


def test_the_ridge_is_one_of_those_offered_and_needs_a_food_of_two_portions():
    shots, features = two_portions_each(np.random.default_rng(0))
    assert choose_ridge(shots, features) in RIDGES
    single = [row for row, shot in enumerate(shots) if shot.mass_g == 100]
    with pytest.raises(ValueError, match="two portions"):
        choose_ridge([shots[row] for row in single], features[single])


@pytest.mark.slow
def test_real_foods_of_a_left_out_fold_are_named():
    root = os.environ.get("FOODWASTE_DATA")
    if not root or not (Path(root) / NAME).is_dir():
        pytest.skip("FOODWASTE_DATA is not set: real development pictures are not here")
    shots = read_weighed_food(Path(root) / NAME)
    features, folds = looks(shots), portion_folds(shots, 0)
    learn, judge = np.flatnonzero(folds != 0), np.flatnonzero(folds == 0)
    namer = fit_namer([shots[row] for row in learn], features[learn], 0.3)
    named = namer.name(features[judge])
    known = [row for row in range(len(judge)) if shots[judge[row]].food in namer.names]
    right = [named[row] == shots[judge[row]].food for row in known]
    assert np.mean(right) > 0.88
