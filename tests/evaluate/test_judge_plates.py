"""Free plates through the whole evaluation: every estimator, and the pixels that are food."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.evaluate.datasets import profile_for
from foodwaste.evaluate.food_masks import EVERYTHING, food_pixels
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.judge_plates import analyse_plates
from foodwaste.evaluate.labels import Dataset, DatasetError, Label, LabelledTray
from foodwaste.evaluate.run import run
from foodwaste.evaluate.summarise import summarise
from foodwaste.evidence import Evidence, Finding
from foodwaste.imaging import save_png
from foodwaste.pipeline import Analyzer, Job, Settings
from foodwaste.profile import load_profile

COLOUR = Settings(profile="steel-5", depth="off", quantity="off")
PLACES = ((260, 380), (690, 330))
COLOURS = ((190, 60, 40), (60, 120, 40))


def draw(folder, name, shares):
    """A photograph of two white plates and its mask; ``shares`` of the full radius of food."""
    rng = np.random.default_rng(0)
    picture = np.full((720, 960, 3), (186, 170, 150), np.uint8)
    mask = np.zeros(picture.shape, np.uint8)
    for place, colour, share in zip(PLACES, COLOURS, shares, strict=True):
        cv2.circle(picture, place, 158, (120, 110, 100), -1)
        cv2.circle(picture, place, 150, (236, 236, 240), -1, cv2.LINE_AA)
        if share:
            cv2.circle(picture, place, round(90 * share), colour, -1, cv2.LINE_AA)
            cv2.circle(mask, place, round(90 * share), (3, 3, 3), -1)
    noisy = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
    save_png(folder / f"{name}.png", noisy)
    save_png(folder / f"{name}-mask.png", mask)


@pytest.fixture
def trays(tmp_path):
    """A meal on two plates, photographed before and twice after."""
    shares = {"before": (1.0, 1.0), "half": (0.7, 0.5), "end": (0.0, 0.4)}
    for name, each in shares.items():
        draw(tmp_path, name, each)
    return tuple(
        LabelledTray(
            after=tmp_path / f"{name}.png",
            before=tmp_path / "before.png",
            meal="meal",
            labels=tuple(
                Label(f"plate-{index + 1}", leftover_ratio=share**2)
                for index, share in enumerate(shares[name])
            ),
            food_mask=tmp_path / f"{name}-mask.png",
            before_mask=tmp_path / "before-mask.png",
            plates=True,
        )
        for name in ("half", "end")
    )


class Darkness:
    """An estimator of dark pixels that remembers what it was shown."""

    name = "depth"

    def __init__(self):
        self.shown = []

    def estimate(self, tray, profile, colour, *, served=None, served_finding=None, empty_rgb=None):
        self.shown.append((tray, colour, served, served_finding, empty_rgb))
        dark = (tray.rgb.max(axis=2) < 215) & (tray.rgb.min(axis=2) < 100)
        evidence = {
            name: Evidence(float((dark & well).sum()) / 50, 0.9, 5.0)
            for name, well in tray.frame.rim_masks.items()
        }
        return Finding(evidence, {"food": dark.astype(np.float32)})


def test_later_estimators_see_the_served_plates_first_and_then_what_is_left(trays):
    seer = Darkness()
    seen = analyse_plates(trays[0], load_profile("steel-5"), (seer,))
    (before, _, nothing, none, _), (after, colour, served, finding, empty) = seer.shown
    assert nothing is None
    assert none is None
    assert served is before
    assert finding is seen.analysis.served.findings["depth"]
    assert after is seen.after
    assert colour is seen.analysis.findings["backprojection"]
    assert empty is None  # the site's clean tray is another tray
    assert [set(r.weights) for r in seen.analysis.report.compartments] == [
        {"backprojection", "depth"}
    ] * 2


def test_plates_are_judged_as_the_product_answers_them(trays):
    """With what was measured with the profile's parameters: its fit, its amounts of areas."""
    settings = COLOUR.model_copy(update={"profile": "canteen-plates"})
    judge, product = Judge(settings), Analyzer(settings)
    for tray in trays:
        judged = judge.judge(tray).analysis.report
        asked = Job(image=str(tray.after), before=str(tray.before), budget_s=60.0)
        answered = product.analyze(asked)
        assert answered.status == "ok"
        for one, other in zip(judged.compartments, answered.compartments, strict=True):
            assert one.leftover_ratio == pytest.approx(other.leftover_ratio, abs=1e-4)
            assert one.interval == pytest.approx(other.interval, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "expected"), [("canteen-tray", "canteen-plates"), ("steel-tray", "steel-5")]
)
def test_a_known_set_is_judged_with_the_profile_of_its_tray(name, expected):
    assert profile_for(name) == expected


def test_rendered_meals_are_judged_with_the_profile_they_were_rendered_for(tmp_path):
    (tmp_path / "manifest.csv").touch()
    assert profile_for(str(tmp_path)) == "steel-5"
    (tmp_path / "render.json").write_text('{"profile": "white-5"}', encoding="utf-8")
    assert profile_for(str(tmp_path)) == "white-5"
    assert profile_for(str(tmp_path / "manifest.csv")) == "white-5"
    (tmp_path / "render.json").write_text("[", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"render.json .* give --profile"):
        profile_for(str(tmp_path))


def test_food_pixels_of_every_estimator_stand_beside_those_of_a_full_plate(trays):
    judge = Judge(COLOUR)
    results = run(judge, Dataset("plates", trays))
    scores = {score.name: score for score in summarise(results, judge.loaded.profile).masks}
    assert list(scores) == ["backprojection alone", EVERYTHING]
    # The picture before the meal belongs to both trays and counts once: 3 pictures, 2 plates.
    assert {score.count for score in scores.values()} == {6}
    assert scores["backprojection alone"].iou > 0.9
    true = (2 * 90**2 + (0.7 * 90) ** 2 + 45**2 + 36**2) / (6 * 150**2)
    assert scores[EVERYTHING].iou == pytest.approx(true, rel=0.05)


def test_a_networks_probability_counts_from_its_threshold(trays):
    judge = Judge(COLOUR)
    judged = judge.judge(trays[0])
    judged.analysis.findings["depth"] = Finding({}, {"food": np.full((288, 384), 0.4, np.float32)})
    for threshold, expected in ((0.3, True), (0.5, False)):
        pixels = [
            each for each in food_pixels(judged, trays[0], threshold) if each.way == "depth alone"
        ]
        assert all((each.overlap[0] > 0) == expected for each in pixels)
        assert len(pixels) == 2


def test_a_mask_of_another_size_is_refused(trays, tmp_path):
    save_png(tmp_path / "half-mask.png", np.zeros((360, 480, 3), np.uint8))
    judge = Judge(COLOUR)
    with pytest.raises(DatasetError, match=r"half-mask.png: a mask of \(360, 480\)"):
        run(judge, Dataset("plates", trays[:1]))


def test_plates_without_masks_have_no_food_pixels(trays):
    bare = LabelledTray(trays[0].after, trays[0].before, "meal", trays[0].labels, plates=True)
    assert run(Judge(COLOUR), Dataset("plates", (bare,))).pixels == ()


def test_real_canteen_meals_have_their_food_found(photographs):
    from foodwaste.evaluate.datasets import open_dataset

    judge = Judge(COLOUR)
    dataset = open_dataset(str(photographs / "canteen-tray"), judge.loaded.profile)
    scores = summarise(run(judge, dataset), judge.loaded.profile).masks
    colour, everything = scores
    assert colour.count == everything.count == 20
    # 0.67 was measured; a licked plate that stays oily is what colour gets wrong.
    assert colour.iou > 0.6 > 0.35 > everything.iou
