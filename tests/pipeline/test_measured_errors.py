"""What a profile's measured errors do to a report."""

from __future__ import annotations

import pytest

from foodwaste import backprojection
from foodwaste.conformal import parameters_sha256
from foodwaste.pipeline import assemble
from foodwaste.pipeline.served import Served
from foodwaste.profile import FitSource, FusionParameters, IntervalBand


@pytest.fixture
def half_eaten(paint):
    """Findings and served tray of a drawn meal, half of side 1 left."""
    served = paint("steel-5", 1)
    for name, colour in {"side-1": (190, 70, 40), "side-2": (60, 110, 40)}.items():
        served.food(name, colour)
    after = paint("steel-5", 2)
    after.food("side-1", (190, 70, 40), share=0.5)
    profile = served.profile.model_copy(update={"fusion": FusionParameters()})
    colours = backprojection.learn_references(profile, served.tray(), None)
    reference = Served(
        "before",
        served.tray(),
        colours,
        {"backprojection": backprojection.estimate(served.tray(), profile, colours)},
    )
    findings = {"backprojection": backprojection.estimate(after.tray(), profile, colours)}
    return profile, findings, reference


def reported(profile, findings, served, name="side-1"):
    reports = assemble.compartments(profile, findings, served)
    return next(report for report in reports if report.id == name)


def fitted(profile, **changes):
    band = IntervalBand(
        kind="solid", estimators="backprojection", reference="before",
        from_ratio=0, to_ratio=1, below=0.7, above=1.1, count=50,
    )  # fmt: skip
    source = FitSource(
        data_sha256="0", parameters_sha256=parameters_sha256(profile),
        trays=50, meals=10, policy="thresholds",
    )  # fmt: skip
    fusion = FusionParameters(intervals=(band,), fitted_on=source, **changes)
    return profile.model_copy(update={"fusion": fusion})


def test_a_measured_interval_replaces_the_stated_one(half_eaten):
    profile, findings, served = half_eaten
    report = reported(fitted(profile), findings, served)
    plain = reported(profile, findings, served)
    stated = (plain.interval[1] - plain.interval[0]) / 2 / 1.6449
    low, high = report.interval
    assert report.leftover_ratio - low == pytest.approx(0.7 * stated, abs=1e-3)
    assert high - report.leftover_ratio == pytest.approx(1.1 * stated, abs=1e-3)


def test_measurements_made_with_other_parameters_are_left_aside_and_said_so(half_eaten):
    profile, findings, served = half_eaten
    plain = reported(profile, findings, served)
    changed = fitted(profile)
    parameters = profile.backprojection.model_copy(update={"film_share": 0.41})
    changed = changed.model_copy(update={"backprojection": parameters})
    assert reported(changed, findings, served).interval == plain.interval
    assert "calibrate --fit" in assemble.profile_notes(changed)[0]
    assert assemble.profile_notes(fitted(profile)) == ()


def test_a_reading_below_the_residue_floor_is_nothing_left(half_eaten):
    profile, findings, served = half_eaten
    before = reported(profile, findings, served).leftover_ratio
    floors = {"backprojection": {"side-1": before + 0.01}}
    after = reported(fitted(profile, residue_floors=floors), findings, served)
    assert after.leftover_ratio == 0.0


def test_a_dishs_own_floor_goes_before_its_compartments(half_eaten):
    profile, findings, served = half_eaten
    serving = profile.servings["side-1"].model_copy(update={"dish": "kimchi"})
    profile = profile.model_copy(update={"servings": {**profile.servings, "side-1": serving}})
    before = reported(profile, findings, served).leftover_ratio
    floors = {"backprojection": {"side-1": 0.9, "kimchi": 0.1}}
    after = reported(fitted(profile, residue_floors=floors), findings, served)
    assert after.leftover_ratio == pytest.approx((before - 0.1) / 0.9, abs=1e-3)
