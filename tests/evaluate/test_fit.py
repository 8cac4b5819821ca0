"""What labelled trays teach a profile, on drawn meals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foodwaste.conformal import worth
from foodwaste.evaluate.child_profile import replace_fusion, write_child
from foodwaste.evaluate.datasets import open_dataset
from foodwaste.evaluate.fit import fit
from foodwaste.evaluate.fit_errors import fit_floors, fit_fused_readings, fit_readings
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.labels import DatasetError, split_meals
from foodwaste.evaluate.record import CALIBRATED, Record, alone
from foodwaste.evaluate.run import run
from foodwaste.evaluate.summarise import summarise
from foodwaste.pipeline import Settings
from foodwaste.profile import ErrorCurve, FusionParameters, load_profile


def test_fitted_intervals_are_stored_and_used(drawn_meals, tmp_path):
    loaded = load_profile("steel-5")
    dataset = open_dataset(str(drawn_meals(12, states=3)), loaded.profile)
    fitted = fit(loaded, Settings(depth="off", quantity="off"), dataset)
    assert fitted.policy_mae == {}  # one estimator: both policies are the same
    assert {band.kind for band in fitted.fusion.intervals} == {"solid"}
    assert fitted.fusion.spreads["solid"].within < 0.2
    path = tmp_path / "fitted.yaml"
    write_child(loaded, path, name="fitted", fusion=fitted.fusion)
    assert load_profile(path).profile.fusion == fitted.fusion
    judge = Judge(Settings(profile=str(path), depth="off", quantity="off"))
    summary = summarise(run(judge, dataset), judge.loaded.profile)
    assert summary.intervals[0].coverage == pytest.approx(0.92, abs=0.08)
    assert all(day.trays_for_10_points for day in summary.days)


def test_a_child_of_a_fitted_profile_holds_its_own_fit_alone(tmp_path):
    def fusion(estimator, dish):
        curve = ErrorCurve(confidence=(0.2, 0.8), error=(0.3, 0.1))
        return FusionParameters(
            policy="calibrated",
            error_curves={estimator: {"solid": curve}},
            residue_floors={estimator: {dish: 0.05}},
        )

    parent, child = tmp_path / "parent.yaml", tmp_path / "child.yaml"
    write_child(load_profile("steel-5"), parent, name="parent", fusion=fusion("depth", "kimchi"))
    for own in (fusion("backprojection", "rice"), FusionParameters()):
        write_child(load_profile(parent), child, name="child", fusion=own)
        assert load_profile(child).profile.fusion == own


def record(meal, truth, reading):
    return Record(
        tray=f"{meal}-{truth}", before=None, meal=meal, compartment="side-1", dish="kimchi",
        kind="solid", truth=truth, nominal=False, answers={alone("backprojection"): reading},
        confidences={}, interval=None, status="ok", reference="before", elapsed_s=0.1,
    )  # fmt: skip


def test_a_floor_is_learned_where_eaten_clean_always_reads_a_little():
    records = [record(f"m{i}", 0.0, 0.06 + 0.005 * (i % 3)) for i in range(15)]
    records += [record(f"m{i}", 0.5, 0.5) for i in range(15)]
    floors = fit_floors(records)
    assert floors["backprojection"]["kimchi"] == pytest.approx(0.07, abs=0.01)


def test_no_floor_where_it_would_help_some_meals_and_hurt_others():
    # One half of the meals is stained, in the other half much of the dish is left but reads low.
    meals = tuple(f"m{i}" for i in range(16))
    stained, low = split_meals(meals, 0.5, seed=0)
    records = [record(meal, 0.0, 0.2) for meal in stained]
    records += [record(meal, 0.3, 0.25) for meal in low] + [
        record(meal, 0.25, 0.22) for meal in low
    ]
    assert fit_floors(records) == {}


def test_what_all_estimators_together_read_too_high_is_learned():
    records = [
        replace(
            record(f"m{i}", truth, 0.0),
            answers={CALIBRATED: truth + 0.4 * truth * (1 - truth)},
            estimators="backprojection+depth",
        )
        for i in range(30)
        for truth in (0.03 * i + 0.01, 0.2 + 0.02 * i, 0.99 - 0.03 * i, 0.5 + 0.01 * i)
    ]
    curve = fit_fused_readings(records)["backprojection+depth"]["solid"]
    assert worth(curve, 0.5 + 0.4 * 0.25) == pytest.approx(0.5, abs=0.05)
    single = [replace(each, estimators="depth") for each in records]
    assert fit_fused_readings(single) == {}


def test_readings_that_are_right_but_for_noise_are_left_alone():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        truths = rng.random((20, 5))
        noisy = np.clip(truths + rng.normal(0, 0.08, truths.shape), 0, 1)
        records = [
            record(f"meal {meal}", truths[meal, well], noisy[meal, well])
            for meal in range(20)
            for well in range(5)
        ]
        assert fit_readings(records, {}) == {}, seed


def test_too_few_meals_are_refused(drawn_meals):
    loaded = load_profile("steel-5")
    dataset = open_dataset(str(drawn_meals(1)), loaded.profile)
    with pytest.raises(DatasetError, match="1 meal: fitting errors needs at least 8"):
        fit(loaded, Settings(depth="off", quantity="off"), dataset)


def test_an_updated_profile_keeps_all_but_its_fusion(tmp_path):
    path = tmp_path / "own.yaml"
    words = "# our tray\nschema: 1\nname: own\nparent: steel-5\n"
    path.write_text(f"{words}fusion:\n  policy: thresholds # by hand\n  spreads: {{}}\n")
    floors = {"depth": {"rice": 0.03}}
    for _ in range(2):
        replace_fusion(path, FusionParameters(residue_floors=floors))
    text = path.read_text()
    assert text.startswith(words)
    assert text.count("fusion:") == 1
    assert "by hand" not in text
    assert load_profile(path).profile.fusion.residue_floors == floors
