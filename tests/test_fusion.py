"""Dynamic confidence weights and intervals."""

from __future__ import annotations

import itertools

import pytest

from foodwaste.comparison import Ratio
from foodwaste.evidence import ESTIMATORS
from foodwaste.fusion import fuse, interval_90, share_out, threshold_weights, weighted_median
from foodwaste.profile import ErrorCurve, FusionParameters, ReadingCurve


def said(value, confidence=0.5, error=0.05):
    return Ratio(value, error, confidence)


@pytest.mark.parametrize(
    ("confidence", "weights"),
    [
        (None, (0.4, 0.4, 0.2)),
        (0.5, (0.4, 0.4, 0.2)),
        (0.8, (0.4, 0.4, 0.2)),
        (0.81, (0.5, 0.4, 0.1)),
        (0.3, (0.4, 0.4, 0.2)),
        (0.29, (0.6, 0.3, 0.1)),
    ],
)
def test_the_quantity_networks_confidence_chooses_the_weights(confidence, weights):
    assert tuple(threshold_weights(confidence).values()) == weights


def test_a_missing_estimators_weight_goes_to_the_others_in_proportion():
    weights = share_out(threshold_weights(None), {"backprojection": 1, "quantity": 1})
    assert weights == pytest.approx({"backprojection": 2 / 3, "quantity": 1 / 3})


@pytest.mark.parametrize(
    "present",
    [c for n in (1, 2, 3) for c in itertools.combinations(ESTIMATORS, n)],
    ids="+".join,
)
def test_any_subset_of_estimators_fuses_to_one_ratio(present):
    ratios = {name: said(0.2 + 0.1 * i) for i, name in enumerate(present)}
    fused = fuse(ratios)
    assert set(fused.weights) == set(present)
    assert sum(fused.weights.values()) == pytest.approx(1)
    values = [ratio.value for ratio in ratios.values()]
    assert min(values) - 1e-9 <= fused.ratio <= max(values) + 1e-9
    low, high = fused.interval
    assert 0 <= low <= fused.ratio <= high <= 1


def test_no_estimator_gives_no_answer():
    assert fuse({}) is None


def test_one_estimator_alone_is_taken_as_it_is():
    fused = fuse({"depth": said(0.37, confidence=0.9)})
    assert fused.ratio == pytest.approx(0.37)
    assert fused.confidence == pytest.approx(0.9)
    assert fused.weights == {"depth": 1.0}


def test_estimators_that_disagree_widen_the_interval():
    agreeing = fuse({"backprojection": said(0.4), "depth": said(0.4)})
    disagreeing = fuse({"backprojection": said(0.1), "depth": said(0.7)})
    assert agreeing.ratio == pytest.approx(disagreeing.ratio)
    assert disagreeing.error > 3 * agreeing.error


@pytest.mark.parametrize("low", [0.2, 0.5, 0.9])
def test_of_two_values_the_weighted_median_is_the_weighted_mean(low):
    assert weighted_median([0.7, 0.1], [1 - low, low]) == pytest.approx(0.7 - 0.6 * low)


def test_two_that_agree_outvote_one_that_does_not():
    assert weighted_median([0.9, 0.02, 0.03], [0.3, 0.35, 0.35]) < 0.05
    assert weighted_median([0.02, 0.9, 0.88], [0.3, 0.35, 0.35]) > 0.85


def measured(**curves):
    error = ErrorCurve(confidence=(0.5,), error=(0.1,))
    return FusionParameters(
        policy="calibrated",
        error_curves={name: {"solid": error} for name in ESTIMATORS},
        reading_curves=curves,
    )


def test_the_calibrated_policy_takes_the_median_and_what_it_is_worth():
    ratios = {"backprojection": said(0.9), "depth": said(0.1), "quantity": said(0.1)}
    plain = fuse(ratios, measured())
    assert 0.1 <= plain.ratio < sum(plain.weights[n] * ratios[n].value for n in ratios)
    halved = ReadingCurve(reading=(0.0, 1.0), truth=(0.0, 0.5))
    together = fuse(ratios, measured(**{"+".join(ESTIMATORS): {"solid": halved}}))
    assert together.ratio == pytest.approx(plain.ratio / 2)


def test_an_estimator_alone_is_not_corrected_twice():
    halved = ReadingCurve(reading=(0.0, 1.0), truth=(0.0, 0.5))
    alone = fuse({"depth": said(0.4)}, measured(depth={"solid": halved}))
    assert alone.ratio == pytest.approx(0.4)


def test_the_interval_stays_within_nothing_and_everything():
    assert interval_90(0.05, 0.2)[0] == 0.0
    assert interval_90(0.95, 0.2)[1] == 1.0
    low, high = interval_90(0.5, 0.1)
    assert high - low == pytest.approx(2 * 1.6449 * 0.1)
