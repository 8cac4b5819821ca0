"""Plates that stand free on a canteen tray: each is a compartment, before and after the meal."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.audit import draw_sheet
from foodwaste.imaging import save_png
from foodwaste.pipeline import Analyzer, Job, Settings

PLACES = ((260, 380), (690, 330))
COLOURS = ((190, 60, 40), (60, 120, 40))
FULL = (1.0, 1.0)


@pytest.fixture
def photograph(tmp_path):
    """``photograph(name, shares)``: white plates with a disc of food each, ``None`` for no plate.

    ``shares`` are of the full disc's radius.
    """

    def draw(name, shares, places=PLACES):
        rng = np.random.default_rng(0)
        picture = np.full((720, 960, 3), (186, 170, 150), np.uint8)
        for place, colour, share in zip(places, COLOURS, shares, strict=True):
            if share is None:
                continue
            cv2.circle(picture, place, 158, (120, 110, 100), -1)
            cv2.circle(picture, place, 150, (236, 236, 240), -1, cv2.LINE_AA)
            if share:
                cv2.circle(picture, place, round(90 * share), colour, -1, cv2.LINE_AA)
        noisy = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
        path = tmp_path / f"{name}.png"
        save_png(path, noisy)
        return str(path)

    return draw


@pytest.fixture(scope="module")
def canteen():
    return Analyzer(Settings(profile="canteen-plates", depth="off", quantity="off"))


def by_colour(report):
    return [item.evidence["backprojection"].leftover_ratio for item in report.compartments]


def test_plates_are_compared_one_by_one(canteen, photograph):
    before = photograph("before", FULL)
    analysis = canteen.analyze_in_detail(Job(image=photograph("after", (0.7, 0.0)), before=before))
    report = analysis.report
    assert report.status == "ok"
    assert [item.id for item in report.compartments] == ["plate-1", "plate-2"]
    assert {item.reference for item in report.compartments} == {"before"}
    assert any("plates" in note for note in report.notes)
    assert len(analysis.sight.plates) == 2
    # Which plate is the first is told by its size, which here is the same.
    empty, eaten = sorted(by_colour(report))
    assert empty < 0.03
    assert 0.25 < eaten < 0.6
    assert draw_sheet(analysis).shape[1] == 1824


def test_plates_that_changed_places_are_told_by_what_lies_on_them(canteen, photograph):
    job = Job(
        image=photograph("after", (0.9, 0.5), places=PLACES[::-1]),
        before=photograph("before", FULL),
    )
    stayed = Job(image=photograph("stayed", (0.9, 0.5)), before=job.before)
    moved, where_it_was = by_colour(canteen.analyze(job)), by_colour(canteen.analyze(stayed))
    assert moved == pytest.approx(where_it_was, abs=0.05)


def test_a_plate_that_is_gone_costs_its_own_answer_only(canteen, photograph):
    report = canteen.analyze(
        Job(image=photograph("after", (0.8, None)), before=photograph("before", FULL))
    )
    ratios = [item.leftover_ratio for item in report.compartments]
    assert sum(ratio is None for ratio in ratios) == 1
    assert report.status == "ok"


def test_another_tray_of_the_meal_can_be_what_plates_are_compared_with(canteen, photograph):
    report = canteen.analyze(
        Job(image=photograph("after", (0.7, 0.4)), meal_reference=photograph("served", FULL))
    )
    assert {item.reference for item in report.compartments} == {"meal"}
    assert report.before is None


def test_the_fallback_finds_plates_too(canteen, photograph):
    job = Job(image=photograph("after", (0.7, 0.4)), before=photograph("before", FULL))
    report = canteen.fallback(job)
    assert report.status == "fallback"
    assert len(report.compartments) == 2


@pytest.mark.parametrize(
    ("profile", "before", "reason"),
    [
        ("canteen-plates", None, "give --before"),
        ("canteen-plates", "bare", "no plate found"),
        ("steel-5", "full", "tray not found"),
    ],
)
def test_what_is_missing_is_said(photograph, profile, before, reason):
    pictures = {"full": photograph("full", FULL), "bare": photograph("bare", (None, None))}
    analyzer = Analyzer(Settings(profile=profile, depth="off", quantity="off"))
    job = Job(image=photograph("after", (0.7, 0.4)), before=pictures.get(before))
    report = analyzer.analyze(job)
    assert (report.status, report.failure) == ("failed", "no-tray")
    assert reason in report.reason


@pytest.mark.parametrize("tray", ["steel", "white"])
def test_round_wells_of_another_tray_are_no_plates(canteen, project, tray):
    folder = project / "samples" / tray
    job = Job(image=str(folder / "after.jpg"), before=str(folder / "before.jpg"))
    report = canteen.analyze(job)
    assert report.status == "failed"
    assert f"give --profile {tray}-5" in report.reason


@pytest.mark.parametrize("name", [f"white-tray-{number}.jpg" for number in range(1, 9)])
def test_round_wells_of_real_trays_are_no_plates(canteen, photographs, name):
    picture = str(photographs / "tray-look" / name)
    report = canteen.analyze(Job(image=picture, before=picture))
    assert "give --profile white-5" in report.reason


@pytest.mark.parametrize("tray", ["tray1", "tray2"])
def test_real_meals_on_plates_are_less_from_picture_to_picture(photographs, tray):
    folder = photographs / "canteen-tray" / tray
    analyzer = Analyzer(Settings(profile="canteen-plates"))
    left = []
    for number in (1, 2, 3):
        job = Job(
            image=str(folder / f"leftover{number}.jpg"), before=str(folder / "food_image.jpg")
        )
        report = analyzer.analyze(job)
        assert report.status == "ok"
        left.append(report.tray.leftover_ratio)
    assert left[0] > left[1] > left[2]
