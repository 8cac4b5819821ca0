"""The search space against the profile's own schema."""

from __future__ import annotations

import numpy as np
import pytest

from foodwaste.profile import BackprojectionParameters
from foodwaste.tune.space import SPACE, drawn_from, neighbours, parameters_of


def test_every_parameter_of_the_colour_estimator_is_searched():
    fields = set(BackprojectionParameters.model_fields)
    assert set(SPACE) == fields - {"threshold", "use_percentile"} | {"threshold_method"}


def test_the_shipped_parameters_lie_in_the_space():
    defaults = BackprojectionParameters()
    assert set(drawn_from(defaults)) == set(SPACE)
    assert parameters_of(drawn_from(defaults)) == defaults


@pytest.mark.parametrize("method", ["fixed", "otsu", "triangle", "percentile"])
def test_the_four_thresholds_are_told_apart(method):
    draw = drawn_from(BackprojectionParameters()) | {"threshold_method": method}
    parameters = parameters_of(draw)
    assert parameters.use_percentile == (method == "percentile")
    assert drawn_from(parameters)["threshold_method"] == method


def test_neighbours_are_valid_near_and_the_same_for_the_same_seed():
    start = drawn_from(BackprojectionParameters())
    near = list(neighbours(start, 200, seed=5))
    for draw in near:
        parameters_of(draw)
    changed = [sum(draw[name] != start[name] for name in start) for draw in near]
    assert 2 < np.mean(changed) < 6
    assert near == list(neighbours(start, 200, seed=5))


def test_what_lies_outside_the_space_is_left_to_chance():
    odd = BackprojectionParameters(blur_kernel_px=31, hue_bins=180)
    assert set(SPACE) - set(drawn_from(odd)) == {"blur_kernel_px", "hue_bins"}
