"""What was served tells which way up a tray lies, and that a doubtful place is the tray's."""

from __future__ import annotations

import pytest

import foodwaste.pipeline.sight as sight_module
from foodwaste.errors import TrayNotFound
from foodwaste.pipeline import Analyzer, Job, Settings
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.served_sight import look_knowing
from foodwaste.pipeline.sight import look
from foodwaste.profile import load_profile
from foodwaste.tray import locate
from foodwaste.tray.dish_colours import agreement, half_turned

LAYOUT = load_profile("steel-5").profile.layout
COLOUR_ALONE = Settings(profile="steel-5", depth="off", quantity="off")
KINDS = pytest.mark.parametrize("kind", ["steel", "white"])


@pytest.fixture
def folder(project):
    return project / "samples" / "steel"


@pytest.fixture
def job(folder):
    return Job(image=str(folder / "after.jpg"), before=str(folder / "before.jpg"))


def seen(folder, name):
    path = str(folder / f"{name}.jpg")
    layout = load_profile(f"{folder.name}-5").profile.layout
    return look(path, layout, Budget.unlimited(), max_mpixels=60.0)


def upside_down(*args, **keywords):
    return half_turned(locate(*args, **keywords))


def too_little(*args, **keywords):
    raise TrayNotFound(score=0.19)


def analyzer_that_knows(job):
    """One that has seen the served tray already, the way it lies."""
    analyzer = Analyzer(COLOUR_ALONE)
    analyzer.analyze(job)
    return analyzer


def ratios(report):
    return [item.leftover_ratio for item in report.compartments]


@KINDS
def test_what_was_served_tells_how_a_tray_lies(project, kind):
    folder = project / "samples" / kind
    before, after, empty = (seen(folder, name).tray for name in ("before", "after", "empty"))
    turned = after.rgb[::-1, ::-1]
    assert not agreement(after.rgb, before.rgb, before.frame).is_half_turned
    assert agreement(turned, before.rgb, before.frame).is_half_turned
    for clean in (empty.rgb, empty.rgb[::-1, ::-1]):
        assert not agreement(clean, before.rgb, before.frame).is_half_turned


def test_a_half_turn_and_another_are_none(folder):
    location = seen(folder, "after").location
    back = half_turned(half_turned(location))
    assert back.turn_deg == location.turn_deg
    assert back.corners_px == pytest.approx(location.corners_px)


def test_a_tray_found_upside_down_reads_as_it_does_otherwise(job, monkeypatch):
    analyzer = analyzer_that_knows(job)
    right = analyzer.analyze(job)
    monkeypatch.setattr(sight_module, "locate", upside_down)
    turned = analyzer.analyze(job)
    assert ratios(turned) == pytest.approx(ratios(right), abs=0.03)
    assert any("upside down" in note for note in turned.notes)
    assert not any("upside down" in note for note in right.notes)


def test_given_corners_stay_where_they_are(folder, monkeypatch):
    served, after = (seen(folder, name) for name in ("before", "after"))
    corners = after.location.corners_px / after.picture.scale
    monkeypatch.setattr(sight_module, "locate", upside_down)
    done = look_knowing(
        served.tray,
        str(folder / "after.jpg"),
        LAYOUT,
        Budget.unlimited(),
        max_mpixels=60.0,
        corners_px=tuple((float(x), float(y)) for x, y in corners),
    )
    assert any("upside down" in remark for remark in done.remarks)
    found = done.location.corners_px / done.picture.scale
    assert found == pytest.approx(corners, abs=0.01)


def test_a_doubtful_place_is_believed_where_the_dishes_lie_as_they_were_served(job, monkeypatch):
    analyzer = analyzer_that_knows(job)
    right = analyzer.analyze(job)
    monkeypatch.setattr(sight_module, "locate", too_little)
    report = analyzer.analyze(job)
    assert report.status == "ok"
    assert any("fits its layout badly" in note for note in report.notes)
    assert ratios(report) == pytest.approx(ratios(right), abs=0.03)


def test_a_doubtful_place_is_none_without_them(folder, job, monkeypatch):
    analyzer = analyzer_that_knows(job)
    monkeypatch.setattr(sight_module, "locate", too_little)
    clean = analyzer.analyze(job.model_copy(update={"image": str(folder / "empty.jpg")}))
    alone = analyzer.analyze(job.model_copy(update={"before": None}))
    assert [clean.failure, alone.failure] == ["no-tray", "no-tray"]
