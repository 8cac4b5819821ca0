"""What the colour estimator says of drawn trays whose truth is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.backprojection import estimate, learn_references
from foodwaste.profile import BackprojectionParameters

KIMCHI = (190, 70, 40)
GREENS = (60, 110, 40)
STEW = (120, 70, 30)
LOOKS = {"side-1": KIMCHI, "side-2": GREENS, "side-3": (80, 35, 30)}


def served_tray(paint, seed=1, profile="steel-5"):
    painter = paint(profile, seed)
    masks = {name: painter.food(name, colour) for name, colour in LOOKS.items()}
    masks["soup"] = painter.liquid("soup", STEW, 0.6)
    return painter, masks


def amounts(painter, references):
    finding = estimate(painter.tray(), painter.profile, references)
    return {name: item.amount for name, item in finding.evidence.items()}


@pytest.fixture
def references(paint):
    painter, _ = served_tray(paint)
    return learn_references(painter.profile, painter.tray(), None)


@pytest.mark.parametrize("profile", ["steel-5", "white-5"])
def test_area_fraction_follows_the_food_that_is_left(paint, profile):
    served, whole = served_tray(paint, profile=profile)
    references = learn_references(served.profile, served.tray(), None)
    after = paint(profile, 2)
    left = {name: after.food(name, colour, share=0.5) for name, colour in LOOKS.items()}
    found_before = amounts(served, references)
    found_after = amounts(after, references)
    for name in LOOKS:
        truth = left[name].sum() / whole[name].sum()
        assert found_after[name] / found_before[name] == pytest.approx(truth, abs=0.13)


def test_an_empty_tray_reads_zero(paint, references):
    found = amounts(paint("steel-5", 3), references)
    assert max(found[name] for name in (*LOOKS, "soup")) <= 0.02


def test_a_well_in_which_nothing_was_served_is_told_from_a_dish(paint):
    painter, _ = served_tray(paint)
    profile = painter.profile.model_copy(update={"servings": {}})
    dishes = learn_references(profile, painter.tray(), None).dishes
    assert not dishes["rice"].present
    assert all(dishes[name].present for name in (*LOOKS, "soup"))


def test_a_dish_of_the_trays_own_colour_counts_as_served(paint, references):
    assert references.dishes["rice"].present  # the profile says: white rice, tray-coloured


def test_a_dish_of_the_trays_own_colour_is_not_guessed_at_without_a_served_picture(paint):
    painter = paint("steel-5", 13)
    finding = estimate(
        painter.tray(), painter.profile, learn_references(painter.profile, None, None)
    )
    assert "rice" not in finding.evidence
    assert "--before" in finding.dropped["rice"]


def test_a_film_of_sauce_is_residue_and_counts_as_zero(paint, references):
    after = paint("steel-5", 4)
    for name, colour in LOOKS.items():
        after.film(name, colour)
    finding = estimate(after.tray(), after.profile, references)
    for name in LOOKS:
        assert finding.evidence[name].amount <= 0.03
    well = after.frame.rim_masks["side-1"]
    assert finding.maps["residue"][well].mean() > 0.5


def test_loose_grains_are_residue(paint, references):
    after = paint("steel-5", 5)
    well = np.argwhere(after.frame.rim_masks["side-1"])
    for row, column in well[:: len(well) // 8]:
        after.rgb[row - 1 : row + 2, column - 1 : column + 2] = np.array(KIMCHI) / 255
    finding = estimate(after.tray(), after.profile, references)
    assert finding.evidence["side-1"].amount == 0


@pytest.mark.parametrize("level", [0.2, 0.4, 0.6, 0.8])
def test_soup_is_read_by_its_waterline_not_by_its_area(paint, references, level):
    after = paint("steel-5", 6)
    after.liquid("soup", STEW, level)
    finding = estimate(after.tray(), after.profile, references)
    evidence = finding.evidence["soup"]
    depth = after.frame.depth_mm[after.frame.rim_masks["soup"]].astype(float)
    per_mm = after.frame.mm_per_px**2 / 1000
    truth = np.maximum(depth - 26 * (1 - level), 0).sum() * per_mm
    assert evidence.volume_ml == pytest.approx(truth, abs=0.05 * depth.sum() * per_mm)


def test_a_film_on_the_walls_does_not_raise_the_waterline(paint, references):
    clean, smeared = paint("steel-5", 7), paint("steel-5", 7)
    smeared.film("soup", STEW, opacity=0.3)
    for painter in (clean, smeared):
        painter.liquid("soup", STEW, 0.4)
    volumes = [
        estimate(p.tray(), p.profile, references).evidence["soup"].volume_ml
        for p in (clean, smeared)
    ]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.1)


def test_without_a_served_picture_whatever_is_not_tray_is_food(paint):
    painter = paint("white-5", 8)
    mask = painter.food("side-1", KIMCHI)
    references = learn_references(painter.profile, None, None)
    evidence = estimate(painter.tray(), painter.profile, references).evidence["side-1"]
    truth = mask.sum() / painter.frame.rim_masks["side-1"].sum()
    assert evidence.amount == pytest.approx(truth, abs=0.08)


def test_one_reference_is_trusted_less_than_two(paint, references):
    painter, _ = served_tray(paint, seed=9)
    alone = learn_references(painter.profile, None, None)
    both = estimate(painter.tray(), painter.profile, references).evidence["side-1"]
    one = estimate(painter.tray(), painter.profile, alone).evidence["side-1"]
    assert one.confidence < both.confidence


def test_glare_lowers_the_confidence_and_is_noted(paint, references):
    clear, _ = served_tray(paint, seed=10)
    glaring, _ = served_tray(paint, seed=10)
    well = glaring.frame.rim_masks["side-2"]
    rows = np.flatnonzero(well.any(axis=1))
    glaring.rgb[rows[0] : rows[len(rows) // 2], :][well[rows[0] : rows[len(rows) // 2], :]] = 1.2
    sure = estimate(clear.tray(), clear.profile, references).evidence["side-2"]
    unsure = estimate(glaring.tray(), glaring.profile, references).evidence["side-2"]
    assert unsure.confidence < sure.confidence
    assert "glare" in unsure.notes


def test_a_compartment_out_of_the_picture_is_dropped_with_a_reason(paint, references):
    painter, _ = served_tray(paint)
    tray = painter.tray()
    tray.valid[:, :150] = False
    finding = estimate(tray, painter.profile, references)
    assert finding.dropped == {"side-1": "out of the picture", "rice": "out of the picture"}
    assert "soup" in finding.evidence


def test_the_empty_picture_helps_where_the_tray_itself_is_coloured(paint):
    """A tray with a red mark in one well: only the empty picture tells it from food."""
    empty = paint("white-5", 11)
    marked = empty.frame.floor_masks["side-1"]
    empty.rgb[marked] = np.array((200, 90, 80)) / 255
    rgb = empty.tray().rgb
    alone = learn_references(empty.profile, None, None)
    shown = learn_references(empty.profile, None, rgb)
    fooled = estimate(empty.tray(), empty.profile, alone).evidence["side-1"].amount
    right = estimate(empty.tray(), empty.profile, shown).evidence["side-1"].amount
    assert fooled > 0.4
    assert right < 0.1


@pytest.mark.parametrize("channels", ["H+S", "H+V", "S+V", "H", "S"])
@pytest.mark.parametrize("threshold", ["fixed", "otsu", "triangle", "percentile"])
def test_every_parameter_choice_gives_a_fraction(paint, channels, threshold):
    painter, _ = served_tray(paint)
    chosen = BackprojectionParameters(
        channels=channels,
        threshold="fixed" if threshold == "percentile" else threshold,
        use_percentile=threshold == "percentile",
        food_percent=40,
    )
    profile = painter.profile.model_copy(update={"backprojection": chosen})
    references = learn_references(profile, painter.tray(), None)
    finding = estimate(painter.tray(), profile, references)
    for evidence in finding.evidence.values():
        assert 0 <= evidence.amount <= 1
        assert 0 <= evidence.confidence <= 1
        assert np.isfinite(evidence.amount_error)
    if threshold == "percentile" and channels == "S+V":
        assert finding.evidence["side-1"].amount == pytest.approx(0.4, abs=0.1)


def test_the_same_tray_gives_the_same_answer_twice(paint, references):
    painter, _ = served_tray(paint, seed=12)
    tray = painter.tray()
    first, second = (estimate(tray, painter.profile, references) for _ in range(2))
    assert first.evidence == second.evidence


def test_the_board_under_plates_is_not_taken_for_their_surface(paint):
    served, after = paint("canteen-plates", 1), paint("canteen-plates", 2)
    board = ~np.any(list(served.frame.rim_masks.values()), axis=0)
    for tray in (served, after):
        tray.rgb[board] = np.array((40, 70, 150)) / 255
    whole = served.food("main", KIMCHI)
    left = after.food("main", KIMCHI, share=0.5)
    profile = served.profile
    references = learn_references(profile, served.tray(), None)
    food = estimate(after.tray(), profile, references).maps["food"]
    middle = cv2.erode(whole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert food[left & middle].mean() > 0.8
    assert food[~left & middle].mean() < 0.2
