"""Figures on arrays whose answer can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from foodwaste.evaluate import metrics
from foodwaste.evaluate.bootstrap import mean_interval_by_group, permutation_p_value

TRUTH = np.array([0.0, 0.0, 0.5, 1.0])
ANSWER = np.array([0.04, 0.10, 0.4, 0.9])


def test_mean_absolute_error_and_bias():
    assert metrics.mean_absolute_error(ANSWER, TRUTH) == pytest.approx(0.085)
    found = metrics.agreement(ANSWER, TRUTH)
    assert found.bias == pytest.approx(-0.015)
    spread = np.std([0.04, 0.10, -0.1, -0.1], ddof=1)
    assert found.limits == pytest.approx((-0.015 - 1.96 * spread, -0.015 + 1.96 * spread))


def test_the_limits_of_agreement_hold_95_percent_of_normal_differences():
    rng = np.random.default_rng(0)
    truth = rng.random(20_000)
    answer = truth + rng.normal(0.02, 0.1, 20_000)
    low, high = metrics.agreement(answer, truth).limits
    inside = ((answer - truth > low) & (answer - truth < high)).mean()
    assert inside == pytest.approx(0.95, abs=0.005)


def test_eaten_clean_counts_readings_up_to_five_percent():
    assert metrics.clean_share(ANSWER, TRUTH) == 0.5
    assert metrics.clean_share(ANSWER[2:], TRUTH[2:]) is None


def test_relative_errors_leave_truths_of_zero_out_of_the_percentage_only():
    mape, over_mean = metrics.relative_errors(np.array([10.0, 90.0]), np.array([0.0, 100.0]))
    assert mape == pytest.approx(0.10)
    assert over_mean == pytest.approx(0.20)


def test_coverage_and_width():
    coverage, width = metrics.coverage_and_width(
        np.array([0.0, 0.2]), np.array([0.1, 0.6]), np.array([0.05, 0.7])
    )
    assert (coverage, width) == (0.5, pytest.approx(0.25))


def test_overlap_scores_of_masks():
    assert metrics.overlap_scores(2, 4, 6) == (0.5, pytest.approx(2 / 3))
    assert metrics.overlap_scores(0, 0, 0) == (1.0, 1.0)


def test_the_bootstrap_interval_holds_the_true_mean_in_95_of_100_worlds():
    rng = np.random.default_rng(1)
    inside = 0
    for seed in range(200):
        meals = np.repeat(np.arange(40), 4)
        values = 0.2 + rng.normal(0, 0.1, 40)[meals] + rng.normal(0, 0.1, 160)
        low, high = mean_interval_by_group(values, [str(m) for m in meals], seed=seed)
        inside += low <= 0.2 <= high
    assert inside / 200 == pytest.approx(0.95, abs=0.05)


def test_no_interval_over_fewer_than_five_meals():
    assert mean_interval_by_group(np.ones(8), list("aabbccdd")) is None


def test_the_permutation_test_says_rarely_that_nothing_is_something():
    rng = np.random.default_rng(2)
    meals = [str(m) for m in np.repeat(np.arange(15), 3)]
    p_values = [
        permutation_p_value(rng.normal(0, 1, 15).repeat(3) + rng.normal(0, 1, 45), meals)
        for _ in range(150)
    ]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.05)


def test_the_permutation_test_flips_whole_meals_not_trays():
    # Six meals that agree within themselves: 2 of 64 sign patterns are as extreme.
    differences = np.repeat([0.1, 0.2, 0.1, 0.3, 0.1, 0.2], 50)
    meals = [str(m) for m in np.repeat(np.arange(6), 50)]
    assert permutation_p_value(differences, meals) == pytest.approx(2 / 64)
