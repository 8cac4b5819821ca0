"""From photographs to reports: the shipped rendered samples, and the real development pictures."""

from __future__ import annotations

import csv
import shutil

import cv2
import numpy as np
import pytest

from foodwaste.evidence import Evidence, Finding
from foodwaste.imaging import encode_jpeg, load
from foodwaste.pipeline import Analyzer, Job, Settings
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.sight import look
from foodwaste.report import TrayReport


@pytest.fixture(scope="module")
def samples(project):
    return project / "samples"


@pytest.fixture(scope="module")
def steel():
    return Analyzer(Settings(profile="steel-5", depth="off", quantity="off"))


def pair(samples, tray="steel", **changes):
    folder = samples / tray
    job = {"image": str(folder / "after.jpg"), "before": str(folder / "before.jpg")}
    return Job.model_validate({**job, **changes})


def truth(samples, tray):
    with (samples / "manifest.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["after"].startswith(tray)]
    return {row["compartment"]: float(row["leftover_ratio"]) for row in rows}


#: Errors of the shipped samples as measured, colour alone: a change for the worse is seen, one
#: for the better is written down here.
MEASURED = {
    "steel": {"rice": 0.164, "soup": 0.024, "side-1": 0.035, "side-2": 0.280, "side-3": 0.003},
    "white": {"rice": 0.060, "soup": 0.080, "side-1": 0.389, "side-2": 0.056, "side-3": 0.050},
}
#: Decoders and vector units differ a little from machine to machine.
BETWEEN_MACHINES = 0.03


@pytest.mark.parametrize("tray", ["steel", "white"])
def test_the_samples_are_read_no_worse_than_measured(samples, tray):
    alone = Settings(profile=f"{tray}-5", depth="off", quantity="off")
    report = Analyzer(alone).analyze(pair(samples, tray))
    assert report.status == "ok"
    known = truth(samples, tray)
    read = {item.id: item for item in report.compartments}
    errors = {name: abs(read[name].leftover_ratio - known[name]) for name in known}
    worse = {
        name: round(error, 3)
        for name, error in errors.items()
        if error > MEASURED[tray][name] + BETWEEN_MACHINES
    }
    assert not worse
    # 90 % intervals: of five, four at least.
    inside = [
        read[name].interval[0] <= ratio <= read[name].interval[1] for name, ratio in known.items()
    ]
    assert sum(inside) >= 4


def test_a_report_survives_json(samples, steel):
    report = steel.analyze(pair(samples))
    assert TrayReport.model_validate_json(report.to_json()) == report
    assert '"schema":1' in report.to_json()


def test_every_stage_is_timed_and_the_reference_is_kept(samples):
    analyzer = Analyzer()
    first, second = (analyzer.analyze(pair(samples)) for _ in range(2))
    seen = ["imaging", "tray", "backprojection"]
    networks = ["depth", "depth", "quantity", "quantity"]  # the served tray first
    assert [s.name for s in first.stages] == ["reference", *seen, *networks]
    assert [s.name for s in second.stages] == [*seen, *networks[::2]]
    assert first.compartments == second.compartments


@pytest.fixture
def far_away(samples, tmp_path):
    """The sample as if taken from far away: a large photograph with a small tray in it."""

    def make(share, size=(2560, 1920)):
        rgb = load(samples / "steel" / "after.jpg").rgb
        small = cv2.resize(rgb, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        table = np.full((size[1], size[0], 3), rgb[:40].reshape(-1, 3).mean(axis=0), np.uint8)
        top, left = ((size[1] - small.shape[0]) // 2, (size[0] - small.shape[1]) // 2)
        table[top : top + small.shape[0], left : left + small.shape[1]] = small
        path = tmp_path / "far.jpg"
        path.write_bytes(encode_jpeg(table))
        return str(path)

    return make


def test_a_photograph_is_decoded_finer_only_where_its_tray_is_small(samples, far_away, steel):
    layout = steel.loaded.profile.layout
    near, far = Budget.unlimited(), Budget.unlimited()
    close = look(str(samples / "steel" / "after.jpg"), layout, near, max_mpixels=60)
    assert [stage.name for stage in near.stages] == ["imaging", "tray"]
    assert close.picture.scale == 0.5
    small = look(far_away(0.7), layout, far, max_mpixels=60)
    assert [stage.name for stage in far.stages] == ["imaging", "tray"] * 2
    assert small.picture.scale == 0.5
    # The same tray, found as exactly: pixels of the whole photographs.
    found = (small.location.corners_px + 0.5) / small.picture.scale - 0.5
    expected = ((close.location.corners_px + 0.5) / close.picture.scale - 0.5) * 0.7
    expected += np.array([(2560 - 1120) / 2, (1920 - 840) / 2])
    assert np.abs(found - expected).max() < 4.0
    assert close.tray.rgb.shape == small.tray.rgb.shape


def test_a_changed_before_picture_is_not_taken_for_the_old_one(samples, tmp_path, steel):
    before = tmp_path / "before.jpg"
    shutil.copy(samples / "steel" / "before.jpg", before)
    steel.analyze(pair(samples, before=str(before)))
    shutil.copy(samples / "steel" / "empty.jpg", before)
    report = steel.analyze(pair(samples, before=str(before)))
    notes = [note for item in report.compartments for note in item.notes]
    assert any("nothing was served" in note for note in notes)


def test_the_reference_is_before_then_meal_then_serving(samples, steel):
    folder = samples / "steel"
    after, before = str(folder / "after.jpg"), str(folder / "before.jpg")
    for job, reference in (
        (Job(image=after, before=before, meal_reference=before), "before"),
        (Job(image=after, meal_reference=before), "meal"),
        (Job(image=after), "serving"),
    ):
        report = steel.analyze(job)
        assert {item.reference for item in report.compartments} - {None} == {reference}


def test_another_trays_serving_widens_the_interval(samples, steel):
    folder = samples / "steel"
    after, before = str(folder / "after.jpg"), str(folder / "before.jpg")
    own = steel.analyze(Job(image=after, before=before))
    other = steel.analyze(Job(image=after, meal_reference=before))
    for mine, theirs in zip(own.compartments, other.compartments, strict=True):
        if mine.id == "side-1":
            assert mine.leftover_ratio == theirs.leftover_ratio
            assert np.ptp(theirs.interval) > np.ptp(mine.interval)


def test_no_time_gives_a_labelled_fallback(samples, steel):
    report = steel.analyze(pair(samples, budget_s=0.001))
    assert report.status == "fallback"
    assert "0.001 s leaves no time" in report.reason
    assert report.stages[-1].name == "fallback"
    assert any(item.leftover_ratio is not None for item in report.compartments)


@pytest.mark.parametrize(
    ("changes", "failure", "reason"),
    [
        ({"image": "nowhere.jpg"}, "unreadable", "nowhere.jpg"),
        ({"before": "nowhere.jpg"}, "unreadable", "before picture"),
    ],
)
def test_a_picture_that_cannot_be_read_fails_with_its_reason(
    samples, steel, changes, failure, reason
):
    report = steel.analyze(pair(samples, **changes))
    assert (report.status, report.failure) == ("failed", failure)
    assert reason in report.reason
    assert report.compartments == ()


def test_before_and_after_of_different_trays_are_not_compared(samples, steel):
    job = pair(samples, before=str(samples / "white" / "before.jpg"))
    report = steel.analyze(job)
    if report.status == "failed":
        assert "before picture" in report.reason
        assert report.failure == "no-tray"
    else:
        pytest.fail("the white tray was taken for a steel one")


class Later:
    """An estimator as depth and quantity will be: slots in without the pipeline knowing it."""

    def __init__(self, name, amount, error=None):
        self.name = name
        self._amount = amount
        self._error = error

    def estimate(self, tray, profile, colour, *, served=None, served_finding=None, empty_rgb=None):
        if self._error is not None:
            raise self._error
        said = {
            name: Evidence(self._amount, confidence=0.9, amount_error=0.05)
            for name in profile.layout.compartments
        }
        return Finding(said)


def test_later_estimators_slot_in_and_leave_a_rung_each(samples):
    settings = Settings(policy="thresholds")
    analyzer = Analyzer(settings, later=[Later("quantity", 0.5), Later("depth", 100.0)])
    rungs = list(analyzer.rungs(pair(samples)))
    assert [rung.status for rung in rungs] == ["fallback", "fallback", "ok"]
    weights = rungs[-1].compartments[1].weights
    assert weights == pytest.approx({"backprojection": 0.5, "depth": 0.4, "quantity": 0.1})
    assert set(rungs[0].compartments[1].weights) == {"backprojection"}


def test_a_later_estimator_that_breaks_costs_no_lower_rung(samples):
    analyzer = Analyzer(later=[Later("depth", 0, error=RuntimeError("no kernel"))])
    report = analyzer.analyze(pair(samples))
    assert report.status == "fallback"
    assert report.reason == "depth failed: RuntimeError: no kernel"
    assert report.compartments[1].leftover_ratio is not None


def test_a_later_estimator_that_does_not_fit_is_not_started(samples):
    analyzer = Analyzer(later=[Later("depth", 100.0)])
    analyzer.costs.record("depth", 100.0)
    report = analyzer.analyze(pair(samples))
    assert report.status == "fallback"
    assert "leaves no time for depth" in report.reason


# Real photographs: nominal leftovers by eye, so bounds, not truths.


def test_a_half_eaten_steel_tray_reads_about_half(photographs, steel):
    folder = photographs / "steel-tray"
    report = steel.analyze(Job(image=str(folder / "half.png"), before=str(folder / "full.png")))
    errors = [abs(item.leftover_ratio - 0.5) for item in report.compartments]
    assert np.mean(errors) <= 0.15


def test_an_empty_steel_tray_reads_empty(photographs, steel):
    folder = photographs / "steel-tray"
    report = steel.analyze(Job(image=str(folder / "empty.png"), before=str(folder / "full.png")))
    assert max(item.leftover_ratio for item in report.compartments) <= 0.05


def test_the_default_reads_a_half_eaten_steel_tray_as_half_and_a_clean_one_as_clean(photographs):
    folder, analyzer = photographs / "steel-tray", Analyzer()
    read = {
        name: analyzer.analyze(
            Job(image=str(folder / f"{name}.png"), before=str(folder / "full.png"), budget_s=60)
        )
        for name in ("half", "empty")
    }
    assert [report.status for report in read.values()] == ["ok", "ok"]
    half = [item.leftover_ratio for item in read["half"].compartments]
    assert np.abs(np.subtract(half, 0.5)).mean() <= 0.13
    assert max(item.leftover_ratio for item in read["empty"].compartments) <= 0.03
