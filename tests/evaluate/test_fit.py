"""What labelled trays teach a profile, on drawn meals."""

from __future__ import annotations

import pytest

from foodwaste.evaluate.child_profile import write_child
from foodwaste.evaluate.datasets import open_dataset
from foodwaste.evaluate.fit import fit
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.labels import DatasetError
from foodwaste.evaluate.run import run
from foodwaste.evaluate.summarise import summarise
from foodwaste.pipeline import Settings
from foodwaste.profile import load_profile


def test_fitted_intervals_are_stored_and_used(drawn_meals, tmp_path):
    loaded = load_profile("steel-5")
    dataset = open_dataset(str(drawn_meals(12, states=3)), loaded.profile)
    fitted = fit(loaded, Settings(), dataset)
    assert fitted.policy_mae == {}  # one estimator: both policies are the same
    assert {band.kind for band in fitted.fusion.intervals} == {"solid"}
    assert fitted.fusion.spreads["solid"].within < 0.2
    path = tmp_path / "fitted.yaml"
    write_child(loaded, path, name="fitted", fusion=fitted.fusion)
    assert load_profile(path).profile.fusion == fitted.fusion
    judge = Judge(Settings(profile=str(path)))
    summary = summarise(run(judge, dataset), judge.loaded.profile)
    assert summary.intervals[0].coverage == pytest.approx(0.92, abs=0.08)
    assert all(day.trays_for_10_points for day in summary.days)


def test_too_few_meals_are_refused(drawn_meals):
    loaded = load_profile("steel-5")
    dataset = open_dataset(str(drawn_meals(1)), loaded.profile)
    with pytest.raises(DatasetError, match="1 meal: fitting errors needs at least 8"):
        fit(loaded, Settings(), dataset)
