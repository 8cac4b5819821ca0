"""Measured intervals, weights, floors and means on errors whose law is known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from foodwaste.comparison import Ratio
from foodwaste.conformal import (
    Residuals,
    above_floor,
    band_for,
    calibrated_weights,
    correlation_of,
    error_at,
    fit_bands,
    fit_curve,
    fit_floor,
    fit_reading,
    fit_spread,
    mean_interval,
    trays_needed,
    worth,
)
from foodwaste.errors import ProfileError
from foodwaste.fusion import fuse
from foodwaste.profile import FusionParameters, Spread, load_profile, with_policy


def skewed_answers(count, seed):
    """Truths with many eaten clean, and answers that read too high, more so in the middle."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random(count) < 0.3, 0.0, rng.random(count))
    noise = rng.gamma(2.0, 0.02 + 0.08 * truth * (1 - truth), count) - 0.02
    return np.clip(truth + noise, 0, 1), truth


def residuals(count, seed):
    answer, truth = skewed_answers(count, seed)
    return Residuals("solid", "backprojection", "before", answer, truth, np.ones(count))


def covered(bands, answer, truth):
    fusion = FusionParameters(intervals=bands)
    inside = []
    for a, t in zip(answer, truth, strict=True):
        band = band_for(fusion, "solid", "backprojection", "before", a)
        inside.append(max(0, a - band.below) - 1e-9 <= t <= min(1, a + band.above) + 1e-9)
    return np.mean(inside)


@pytest.mark.parametrize("count", [60, 300, 1500])
def test_nine_of_ten_new_truths_lie_in_the_interval(count):
    shares = []
    for seed in range(30):
        bands = fit_bands(residuals(count, seed))
        shares.append(covered(bands, *skewed_answers(1500, 1000 + seed)))
    assert np.mean(shares) == pytest.approx(0.90, abs=0.02)


def test_bands_cover_every_answer_without_gaps():
    bands = fit_bands(residuals(400, 3))
    assert len(bands) > 1
    assert (bands[0].from_ratio, bands[-1].to_ratio) == (0.0, 1.0)
    ends = [band.to_ratio for band in bands[:-1]]
    assert ends == [band.from_ratio for band in bands[1:]]
    assert sum(band.count for band in bands) >= 400


def test_an_unsure_answer_gets_the_wider_interval():
    rng = np.random.default_rng(4)
    scale = np.where(rng.random(1000) < 0.5, 0.02, 0.15)
    truth = rng.uniform(0.0, 1.0, 1000)
    answer = np.clip(truth + scale * rng.normal(0, 1.3, 1000), 0, 1)
    bands = fit_bands(Residuals("solid", "depth", "before", answer, truth, scale))
    fusion = FusionParameters(intervals=bands)
    widths = {0.02: [], 0.15: []}
    inside = {0.02: [], 0.15: []}
    for a, t, s in zip(answer, truth, scale, strict=True):
        band = band_for(fusion, "solid", "depth", "before", a)
        low, high = a - s * band.below, a + s * band.above
        widths[s].append(high - low)
        inside[s].append(low - 1e-9 <= t <= high + 1e-9)
    for share in inside.values():
        assert np.mean(share) == pytest.approx(0.9, abs=0.05)
    assert np.mean(widths[0.15]) > 5 * np.mean(widths[0.02])


def test_too_few_labels_give_no_interval():
    assert fit_bands(residuals(39, 0)) == ()


def test_an_interval_speaks_only_for_what_it_was_fitted_on():
    fusion = FusionParameters(intervals=fit_bands(residuals(100, 0)))
    assert band_for(fusion, "solid", "backprojection", "before", 0.5) is not None
    assert band_for(fusion, "liquid", "backprojection", "before", 0.5) is None
    assert band_for(fusion, "solid", "backprojection+depth", "before", 0.5) is None
    assert band_for(fusion, "solid", "backprojection", "serving", 0.5) is None


def test_an_error_curve_falls_as_confidence_rises():
    rng = np.random.default_rng(5)
    confidence = rng.random(400)
    error = rng.normal(0, 0.3 - 0.25 * confidence)
    curve = fit_curve(confidence, error)
    assert list(curve.error) == sorted(curve.error, reverse=True)
    assert error_at(curve, 0.1) == pytest.approx(0.275, abs=0.05)
    assert error_at(curve, 0.9) == pytest.approx(0.075, abs=0.04)
    assert error_at(curve, 0.0) == curve.error[0]


def test_calibrated_weights_are_inverse_variances_where_errors_are_independent():
    # Elsewhere heights err by 0.10 more on their own, colour by 0.30: variances of 0.0325 and 0.18.
    exact = fit_curve(np.full(30, 0.5), np.full(30, 0.15))
    rough = fit_curve(np.full(30, 0.5), np.full(30, 0.3))
    curves = {"depth": {"solid": exact}, "backprojection": {"solid": rough}}
    confidences = {"backprojection": 0.5, "depth": 0.5}
    weights = calibrated_weights(confidences, curves, "solid", {})
    assert weights == pytest.approx({"backprojection": 0.153, "depth": 0.847}, abs=2e-3)
    assert calibrated_weights(confidences, curves, "liquid", {}) is None


def test_an_estimator_that_errs_with_a_better_one_counts_for_little_and_never_against():
    rng = np.random.default_rng(3)
    common, own = rng.normal(0, 0.2, 4000), rng.normal(0, 0.3, 4000)
    good, poor = common, common + own
    curves = {
        name: {"solid": fit_curve(np.full(4000, 0.5), error)}
        for name, error in (("backprojection", poor), ("depth", good))
    }
    confidences = {"backprojection": 0.5, "depth": 0.5}
    alike = {"backprojection+depth": {"solid": correlation_of(poor, good)}}
    weights = calibrated_weights(confidences, curves, "solid", alike)
    apart = calibrated_weights(confidences, curves, "solid", {})
    assert 0.0 < weights["backprojection"] < 0.8 * apart["backprojection"]
    assert min(weights.values()) >= 0
    assert sum(weights.values()) == pytest.approx(1.0)


def test_calibrated_fusion_beats_the_table_when_one_estimator_is_poor():
    rng = np.random.default_rng(1)
    truth = rng.random(600)
    good = truth + rng.normal(0, 0.03, 600)
    poor = truth + rng.normal(0, 0.25, 600)
    curves = {
        "depth": {"solid": fit_curve(np.full(300, 0.5), (good - truth)[:300])},
        "backprojection": {"solid": fit_curve(np.full(300, 0.5), (poor - truth)[:300])},
    }
    errors = {}
    for policy in ("thresholds", "calibrated"):
        fusion = FusionParameters(policy=policy, error_curves=curves)
        errors[policy] = np.mean(
            [
                abs(
                    fuse(
                        {"backprojection": Ratio(p, 0.1, 0.5), "depth": Ratio(g, 0.1, 0.5)},
                        fusion,
                    ).ratio
                    - t
                )
                for p, g, t in zip(poor[300:], good[300:], truth[300:], strict=True)
            ]
        )
    assert errors["calibrated"] < 0.5 * errors["thresholds"]


def test_the_policy_calibrated_needs_measured_errors():
    loaded = load_profile("steel-5")
    unmeasured = loaded.profile.model_copy(update={"fusion": FusionParameters()})
    with pytest.raises(ProfileError, match="calibrate --fit"):
        with_policy(dataclasses.replace(loaded, profile=unmeasured), "calibrated")


def test_a_residue_floor_makes_eaten_clean_zero_and_leaves_full_full():
    rng = np.random.default_rng(2)
    truth = np.concatenate([np.zeros(30), rng.random(30)])
    reading = np.clip(truth + np.where(truth == 0, rng.uniform(0.02, 0.10, 60), 0), 0, 1)
    floor = fit_floor(reading, truth)
    assert floor == pytest.approx(0.085, abs=0.02)
    assert above_floor(floor, floor) == 0.0
    assert above_floor(1.0, floor) == 1.0


def test_no_floor_is_learned_where_clean_reads_clean_or_is_never_seen():
    truth = np.linspace(0, 1, 50)
    assert fit_floor(truth, truth) is None
    assert fit_floor(np.linspace(0.1, 1, 50), np.linspace(0.1, 1, 50)) is None


def test_errors_common_to_a_meal_are_told_from_those_of_single_trays():
    rng = np.random.default_rng(7)
    meals = np.repeat(np.arange(200), 5)
    error = 0.03 + rng.normal(0, 0.08, 200)[meals] + rng.normal(0, 0.05, 1000)
    spread = fit_spread(error, [str(meal) for meal in meals])
    assert spread.bias == pytest.approx(0.03, abs=0.015)
    assert spread.between == pytest.approx(0.08, abs=0.015)
    assert spread.within == pytest.approx(0.05, abs=0.005)


def test_the_interval_of_a_day_holds_the_days_true_mean_in_nine_of_ten():
    rng = np.random.default_rng(8)
    spread = Spread(bias=0.03, within=0.10, between=0.05)
    inside = 0
    for _ in range(600):
        truth = rng.uniform(0.3, 0.7, 100)
        answer = truth - 0.03 - rng.normal(0, 0.05) - rng.normal(0, 0.10, 100)
        low, high = mean_interval(list(answer), spread).interval
        inside += low <= truth.mean() <= high
    assert inside / 600 == pytest.approx(0.90, abs=0.03)


def test_more_trays_of_one_meal_do_not_lower_the_error_common_to_it():
    spread = Spread(bias=0.0, within=0.10, between=0.05)
    low, high = mean_interval([0.5] * 100_000, spread).interval
    assert (high - low) / 2 == pytest.approx(1.6449 * 0.05, rel=0.01)


def test_how_many_trays_a_decision_needs():
    exact = Spread(bias=0.0, within=0.1, between=0.0)
    needed = trays_needed(exact, 0.05, scatter=0.2)
    by_hand = 2 * (0.1**2 + 0.2**2) * ((1.6449 + 0.8416) / 0.05) ** 2
    assert needed == math.ceil(by_hand)
    common = Spread(bias=0.0, within=0.1, between=0.05)
    assert trays_needed(common, 0.05) is None
    assert trays_needed(common, 0.05, meals=20) is not None


def test_a_reading_is_worth_what_labelled_trays_had_at_it():
    rng = np.random.default_rng(8)
    truth = rng.random(400)
    reading = np.clip(truth**0.5 + rng.normal(0, 0.02, 400), 0, 1)  # half eaten reads 0.71
    curve = fit_reading(reading, truth)
    assert worth(curve, 0.707) == pytest.approx(0.5, abs=0.04)
    assert worth(curve, 0.0) == 0.0
    assert worth(curve, 1.0) == 1.0
    values = [worth(curve, each) for each in np.linspace(0, 1, 50)]
    assert values == sorted(values)
    assert fit_reading(reading[:40], truth[:40]) is None
