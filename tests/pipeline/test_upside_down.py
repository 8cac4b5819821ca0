"""A tray found the wrong way round is turned by what was served, and the report says so."""

from __future__ import annotations

import pytest

import foodwaste.pipeline.sight as sight_module
from foodwaste.pipeline import Analyzer, Job, Settings
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.sight import agreeing, look
from foodwaste.profile import load_profile
from foodwaste.tray import frame_of, locate, rectify
from foodwaste.tray.half_turn import half_turned, is_half_turned

KINDS = pytest.mark.parametrize("kind", ["steel", "white"])


def seen(project, kind, name):
    layout = load_profile(f"{kind}-5").profile.layout
    path = str(project / "samples" / kind / f"{name}.jpg")
    return look(path, layout, Budget.unlimited(), max_mpixels=60.0)


@pytest.fixture
def upside_down(monkeypatch):
    """Every tray is found the wrong way round."""
    wrong = lambda *args, **keywords: half_turned(locate(*args, **keywords))  # noqa: E731
    monkeypatch.setattr(sight_module, "locate", wrong)


@KINDS
def test_what_was_served_tells_how_a_tray_lies(project, kind):
    before, after, empty = (seen(project, kind, name).tray for name in ("before", "after", "empty"))
    turned = after.rgb[::-1, ::-1]
    assert not is_half_turned(after.rgb, before.rgb, before.frame)
    assert is_half_turned(turned, before.rgb, before.frame)
    for clean in (empty.rgb, empty.rgb[::-1, ::-1]):
        assert not is_half_turned(clean, before.rgb, before.frame)


@KINDS
def test_a_half_turn_and_another_are_none(project, kind):
    location = seen(project, kind, "after").location
    back = half_turned(half_turned(location))
    assert back.turn_deg == location.turn_deg
    assert back.corners_px == pytest.approx(location.corners_px)


def test_a_tray_found_upside_down_reads_as_it_does_otherwise(project, upside_down, monkeypatch):
    folder = project / "samples" / "steel"
    settings = Settings(profile="steel-5", depth="off", quantity="off")
    job = Job(image=str(folder / "after.jpg"), before=str(folder / "before.jpg"))
    analyzer = Analyzer(settings)
    # The served tray is found as it lies: the picture after the meal alone is not.
    with monkeypatch.context() as once:
        once.setattr(sight_module, "locate", locate)
        right = Analyzer(settings).analyze(job)
        analyzer.analyze(job)
    turned = analyzer.analyze(job)
    assert [item.leftover_ratio for item in turned.compartments] == pytest.approx(
        [item.leftover_ratio for item in right.compartments], abs=0.03
    )
    assert any("upside down" in note for note in turned.notes)
    assert not any("upside down" in note for note in right.notes)


def test_given_corners_stay_where_they_are(project, upside_down):
    before, after = (seen(project, "steel", name) for name in ("before", "after"))
    layout = before.tray.frame.layout
    served = rectify(before.picture.rgb, half_turned(before.location), frame_of(layout))
    done = agreeing(after, served, layout, given=True)
    assert done.turned
    assert done.location.corners_px == pytest.approx(half_turned(after.location).corners_px)
