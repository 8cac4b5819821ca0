"""Leftover ratios from amounts."""

from __future__ import annotations

import pytest

from foodwaste.comparison import ServedAmount, area_exponent, leftover_ratio, standard_serving
from foodwaste.evidence import Evidence
from foodwaste.profile import load_profile


def found(amount, error=0.0):
    return Evidence(amount=amount, confidence=0.7, amount_error=error)


def test_ratio_is_amount_after_over_amount_served():
    ratio = leftover_ratio("depth", found(60), ServedAmount(200, 0))
    assert ratio.value == pytest.approx(0.3)
    assert ratio.confidence == 0.7
    assert not ratio.clipped


def test_more_than_was_served_is_cut_to_one_and_says_so():
    ratio = leftover_ratio("depth", found(260), ServedAmount(200, 0))
    assert ratio.value == 1.0
    assert ratio.clipped


@pytest.mark.parametrize(
    ("estimator", "served"), [("backprojection", 0.02), ("depth", 4.0), ("quantity", 0.04)]
)
def test_where_nothing_was_served_there_is_no_ratio(estimator, served):
    assert leftover_ratio(estimator, found(0.0), ServedAmount(served, 0)) is None


def test_errors_of_both_amounts_reach_the_ratio():
    ratio = leftover_ratio("depth", found(100, error=10), ServedAmount(200, 20))
    assert ratio.error == pytest.approx(((10 / 200) ** 2 + (0.5 * 20 / 200) ** 2) ** 0.5)


def test_an_area_becomes_an_amount_by_the_profiles_exponent():
    profile = load_profile("steel-5").profile
    assert area_exponent(profile, "rice", "backprojection") > 1
    assert area_exponent(profile, "soup", "backprojection") == 1
    assert area_exponent(profile, "rice", "depth") == 1
    ratio = leftover_ratio("backprojection", found(0.3), ServedAmount(0.6, 0), exponent=1.5)
    assert ratio.value == pytest.approx(0.5**1.5)


def test_the_standard_serving_is_given_in_each_estimators_unit():
    profile = load_profile("steel-5").profile
    rice = profile.servings["rice"]
    assert standard_serving(profile, "rice", "backprojection").amount == rice.area_fraction
    assert standard_serving(profile, "rice", "depth").amount == rice.volume_ml
    assert standard_serving(profile, "rice", "quantity").amount == 1.0
    soup = profile.layout.compartments["soup"]
    filled = standard_serving(profile, "soup", "backprojection").amount
    assert filled == pytest.approx(profile.servings["soup"].volume_ml / soup.capacity_ml)


def test_without_a_stated_serving_there_is_nothing_to_compare_with():
    profile = load_profile("steel-5").profile.model_copy(update={"servings": {}})
    assert standard_serving(profile, "rice", "backprojection") is None
