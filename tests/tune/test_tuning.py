"""A search on drawn meals: no meal on both sides, resumable, adopting only what is better."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from foodwaste.backprojection import (
    estimate,
    estimate_view,
    learn_from_view,
    learn_references,
    view_of,
)
from foodwaste.evaluate.datasets import open_dataset
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.labels import Dataset, DatasetError
from foodwaste.evaluate.run import run
from foodwaste.pipeline import Settings
from foodwaste.profile import BackprojectionParameters, load_profile
from foodwaste.tune.folds import folds_of
from foodwaste.tune.objective import errors_of, score
from foodwaste.tune.outcome import decide, split
from foodwaste.tune.prepared import prepare, rectify_all

optuna = pytest.importorskip("optuna", reason="the search needs the extra 'tune'")
#: The drawn food is eaten from one side: its volume goes as its area, to the power of 1.
BETTER = BackprojectionParameters(area_exponent=1.0)
COMMAND = [sys.executable, "-m", "foodwaste.cli.main"]


@pytest.fixture
def loaded():
    return load_profile("steel-5")


def command(*arguments):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, encoding="utf-8"
    )


def test_a_trial_reads_what_the_product_reads(drawn_meals, loaded):
    dataset = open_dataset(str(drawn_meals(2)), loaded.profile)
    raw, failed = rectify_all(dataset, loaded)
    assert failed == {}
    value, count = score("mae", loaded.profile, prepare(raw, loaded.profile), None)
    records = run(Judge(Settings(depth="off", quantity="off")), dataset).records
    assert count == len(records)
    assert value == pytest.approx(sum(abs(r.error) for r in records) / count, abs=1e-3)


def test_folds_never_part_a_meal(drawn_meals, loaded):
    raw, _ = rectify_all(open_dataset(str(drawn_meals(7)), loaded.profile), loaded)
    folds = folds_of(raw, 5, seed=1)
    meals = [{one.meal for one in fold} for fold in folds]
    assert sum(len(fold) for fold in meals) == len(set.union(*meals)) == 7
    assert max(map(len, meals)) - min(map(len, meals)) <= 1


def test_an_answer_that_was_refused_counts_as_half_wrong(drawn_meals, loaded):
    raw, _ = rectify_all(open_dataset(str(drawn_meals(1)), loaded.profile), loaded)
    # The rice well was never filled: nothing was served, so there is no ratio.
    (served,) = prepare(raw, loaded.profile)
    tray = served.after[0]
    labelled = type(tray)(tray.view, {"rice": 0.3})
    blind = type(served)(served.meal, served.view, (labelled,))
    profile = loaded.profile.model_copy(
        update={"servings": {}}  # without one, white rice is not taken to be there
    )
    ((error, truth),) = errors_of(profile, blind, None)
    assert (error, truth) == (0.5, 0.3)


def test_one_single_meal_is_refused(drawn_meals, loaded):
    dataset = open_dataset(str(drawn_meals(1)), loaded.profile)
    with pytest.raises(DatasetError, match="1 meal: a search needs at least 10"):
        split(dataset, 0.25, seed=0)


def test_held_out_meals_are_never_searched(drawn_meals, loaded):
    dataset = open_dataset(str(drawn_meals(10)), loaded.profile)
    searched, held_out = split(dataset, 0.1, seed=0)
    assert not set(searched.meals) & set(held_out.meals)
    assert len(held_out.meals) == 6  # at least six, whatever the share


def test_what_is_not_better_is_not_adopted(drawn_meals, loaded, tmp_path):
    dataset = open_dataset(str(drawn_meals(6)), loaded.profile)
    worse = BackprojectionParameters(use_percentile=True)
    outcome = decide(loaded, worse, dataset, (), {}, tmp_path / "new.yaml")
    assert outcome.adopted is None
    assert outcome.reason.startswith("not adopted")
    assert list(tmp_path.glob("*.yaml")) == []


def test_what_is_better_is_written_as_a_child_of_the_old(drawn_meals, loaded, tmp_path):
    dataset = open_dataset(str(drawn_meals(6)), loaded.profile)
    out = tmp_path / "new.yaml"
    outcome = decide(loaded, BETTER, dataset, (dataset.of_meals(dataset.meals[:1]),), {}, out)
    assert outcome.adopted == out
    assert outcome.held_out.overall.difference < 0
    assert outcome.guards[0].overall.difference < 0
    written = load_profile(out).profile
    assert written.backprojection == BETTER
    assert written.name == "new"
    assert written.layout == loaded.profile.layout


def test_a_guard_that_gets_worse_stops_the_adoption(drawn_meals, loaded, tmp_path):
    path = drawn_meals(6)
    dataset = open_dataset(str(path), loaded.profile)
    # The same pictures labelled as they were misread: here the old parameters are right.
    results = run(Judge(Settings(depth="off", quantity="off")), dataset)
    readings = {(r.tray, r.compartment): r.answer for r in results.records}
    trays = tuple(
        replace(
            tray,
            labels=tuple(
                replace(one, leftover_ratio=readings[str(tray.after), one.compartment])
                for one in tray.labels
            ),
        )
        for tray in dataset.trays
    )
    guard = Dataset("guard", trays)
    outcome = decide(loaded, BETTER, dataset, (guard,), {}, tmp_path / "new.yaml")
    assert outcome.held_out.b_is_better
    assert outcome.adopted is None
    assert outcome.reason.startswith("not adopted: guard gets worse by")


@pytest.mark.slow
def test_the_command_searches_resumes_and_reports(drawn_meals, tmp_path):
    manifest, out = drawn_meals(10), tmp_path / "tuned.yaml"
    first = command("tune", manifest, "--out", out, "--trials", 6, "--workers", 1, "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["trials"] == 6
    again = command("tune", manifest, "--out", out, "--trials", 8, "--workers", 2, "--json")
    found = json.loads(again.stdout)
    assert 8 <= found["trials"] <= 9  # both processes may end a last one together
    assert found["best"] <= found["start"]
    assert (found["adopted"] is None) == found["reason"].startswith("not adopted")
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{out.with_suffix('.sqlite')}")
    assert study.trials[0].params["film_share"] == BackprojectionParameters().film_share


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another signal there")
def test_ctrl_c_keeps_what_was_found_and_the_same_command_goes_on(drawn_meals, tmp_path):
    manifest, out = drawn_meals(10), tmp_path / "tuned.yaml"
    arguments = ["tune", str(manifest), "--out", str(out), "--workers", "1", "--trials"]
    process = subprocess.Popen(
        [*COMMAND, *arguments, "500"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    storage = f"sqlite:///{out.with_suffix('.sqlite')}"
    deadline = time.monotonic() + 120
    while ended(storage) < 3:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    kept = ended(storage)
    assert kept >= 3
    after = command(*arguments, kept, "--json")
    assert after.returncode == 0, after.stderr
    assert json.loads(after.stdout)["trials"] == kept


def ended(storage):
    try:
        study = optuna.load_study(study_name=None, storage=storage)
    except Exception:  # noqa: BLE001 - not made yet, or half made
        return 0
    return sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))


def test_without_optuna_the_mending_command_is_named(drawn_meals, tmp_path):
    program = (
        "import sys; sys.modules['optuna'] = None\n"
        "from foodwaste.cli.main import main; sys.argv = ['foodwaste', *sys.argv[1:]]; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "tune", str(drawn_meals(6))],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
    )
    assert done.returncode == 3
    assert "pip install 'foodwaste[tune]'" in done.stderr


def test_the_estimator_gives_the_same_from_a_kept_view(paint, loaded):
    painters = paint("steel-5", 1), paint("steel-5", 2)
    for painter, share in zip(painters, (1.0, 0.5), strict=True):
        painter.food("side-1", (190, 70, 40), share=share)
    served, after = (painter.tray() for painter in painters)
    profile = loaded.profile
    fresh = estimate(after, profile, learn_references(profile, served, None))
    view, before = view_of(after), view_of(served)
    for _ in range(2):
        kept = estimate_view(view, profile, learn_from_view(profile, before, None))
        assert kept.evidence == fresh.evidence
