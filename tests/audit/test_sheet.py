"""The sheet shows every report that is not failed, and never more than was measured."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from foodwaste.audit import draw_sheet
from foodwaste.audit.palette import FOOD, MISSING, RESIDUE, WARNING_GROUND
from foodwaste.audit.tray_picture import ENLARGED
from foodwaste.evidence import Finding

LONG = "아주매운제육볶음과쌈채소그리고된장소스를곁들인오늘의특별반찬 그리고 많은 이야기"

CASES = {
    "before and after": {},
    "meal reference": {"reference": "meal"},
    "standard meal with a picture": {"reference": "serving"},
    "standard serving alone": {"reference": "serving", "served_picture": False},
    "no serving at all": {"reference": "serving", "served_picture": False, "dish": None},
    "two wells": {"wells": 2},
    "nine wells": {"wells": 9, "estimators": ("backprojection", "depth", "quantity")},
    "one well": {"wells": 1},
    "dropped wells": {"unmeasured": ("well-1", "well-4")},
    "nothing measured": {"wells": 2, "unmeasured": ("well-1", "well-2")},
    "no findings": {"findings": False},
    "no amounts": {"amounts": False, "dish": None},
    "all eaten": {"ratio": 0.0},
    "all left": {"ratio": 1.0},
    "fallback": {"status": "fallback", "reason": "a budget of 0.001 s leaves no time " * 6},
    "fallback without reason": {"status": "fallback"},
    "long names": {"image": f"/x/{LONG * 4}.jpg", "dish": LONG, "ko": LONG, "wells": 9},
    "strange names": {"image": "/x/a\nb\t\u202e🍚.jpg", "dish": "[bold]rice[/]\x00"},
    "standard input": {"image": "-", "notes": ("truncated: the bottom 12 % is missing",)},
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def any_analysis(request, analysis_of):
    return analysis_of(**request.param)


def test_every_report_that_is_not_failed_gives_a_sheet_of_one_width(any_analysis):
    sheet = draw_sheet(any_analysis)
    assert sheet.dtype == np.uint8
    assert sheet.shape[1:] == (1824, 3)
    assert 1000 < sheet.shape[0] < 3200


def test_no_text_overlaps_another_or_leaves_the_sheet(any_analysis, written):
    height, width, _ = draw_sheet(any_analysis).shape
    for text, left, top, right, bottom in written:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= width, text
        assert bottom <= height, text
    for (one, *a), (other, *b) in itertools.combinations(written, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one!r} overlaps {other!r}"


def test_a_sheet_is_drawn_the_same_twice(analysis_of):
    analysis = analysis_of()
    assert np.array_equal(draw_sheet(analysis), draw_sheet(analysis))


def test_a_report_whose_pictures_were_not_kept_still_gives_its_numbers(analysis_of, written):
    draw_sheet(replace(analysis_of(), sight=None, served=None, findings=None))
    texts = [text for text, *_ in written]
    assert "no picture" in texts
    assert texts.count("42 %") >= 5


def test_a_failed_report_has_no_sheet(analysis_of):
    analysis = analysis_of()
    failed = analysis.report.model_copy(update={"status": "failed", "reason": "tray not found"})
    with pytest.raises(ValueError, match="tray not found"):
        draw_sheet(replace(analysis, make_report=lambda: failed))


def test_what_was_not_measured_is_said_so_with_its_reason_and_never_shown_as_0(
    analysis_of, written
):
    analysis = analysis_of(wells=2, unmeasured=("well-1", "well-2"))
    sheet = draw_sheet(analysis)
    texts = [text for text, *_ in written]
    # The scale of the bars is the one place where a bare 0 stands.
    assert texts.count("0") == 1
    assert not any(text.startswith(("0 %", "0 ml", "0 g")) for text in texts)
    assert texts.count("colour: out of the picture") == 2
    assert texts.count("not measured") >= 5
    assert has_colour(sheet, MISSING)


def test_a_measured_0_is_shown_as_0(analysis_of, written):
    draw_sheet(analysis_of(ratio=0.0))
    assert [text for text, *_ in written].count("0 %") >= 6


def test_a_fallback_says_why_on_a_warning_colour(analysis_of, written):
    sheet = draw_sheet(analysis_of(status="fallback", reason="no time for the reference"))
    assert "fallback: no time for the reference" in [text for text, *_ in written]
    assert has_colour(sheet, WARNING_GROUND)
    assert not has_colour(draw_sheet(analysis_of()), WARNING_GROUND)


def test_without_a_before_picture_the_standard_serving_stands_in_its_place(analysis_of, written):
    draw_sheet(analysis_of(reference="serving", served_picture=False))
    texts = [text for text, *_ in written]
    assert "No before picture: compared with the profile's standard serving" in texts
    assert texts.count("60 ml") == 5


def test_food_is_outlined_where_its_mask_ends_and_nowhere_else(analysis_of):
    analysis = analysis_of(wells=1)
    tray = analysis.sight.tray
    mask = analysis.findings["backprojection"].maps["food_mask"]
    rows, columns = np.nonzero(mask)
    after = draw_sheet(analysis)[280 : 280 + 648, 924 : 924 + 864]
    blue_y, blue_x = np.nonzero(np.abs(after.astype(int) - FOOD).sum(axis=2) < 30)
    radius = np.hypot(blue_x / ENLARGED - columns.mean(), blue_y / ENLARGED - rows.mean())
    assert len(radius) > 200
    assert np.abs(radius - 18).max() < 3
    assert tray.rgb.shape == (288, 384, 3)


def test_residue_is_hatched_and_only_where_there_is_some(analysis_of):
    analysis = analysis_of(wells=1)
    colour = analysis.findings["backprojection"]
    with_residue = draw_sheet(analysis)[280:928, 924:1788]
    none = replace(colour, maps={**colour.maps, "residue": np.zeros_like(colour.maps["residue"])})
    without = draw_sheet(replace(analysis, findings={"backprojection": none}))[280:928, 924:1788]
    assert has_colour(with_residue, RESIDUE)
    assert not has_colour(without, RESIDUE)


def test_amounts_inferred_from_the_standard_serving_are_marked_as_such(analysis_of, written):
    analysis = analysis_of(amounts=False)
    items = [
        item.model_copy(update={"volume_ml": 30.0, "mass_g": 24.0})
        for item in analysis.report.compartments
    ]
    report = analysis.report.model_copy(update={"compartments": tuple(items)})
    draw_sheet(replace(analysis, make_report=lambda: report))
    texts = [text for text, *_ in written]
    assert sum(text.endswith(" 30 ml") for text in texts) == 5
    assert any("a share of the standard serving" in text for text in texts)


def has_colour(sheet: np.ndarray, colour: tuple[int, int, int]) -> bool:
    """Whether at least 20 pixels have exactly this colour."""
    return int((sheet == colour).all(axis=2).sum()) >= 20


def test_food_is_outlined_as_the_last_estimator_sees_it(analysis_of):
    analysis = analysis_of()
    colour = analysis.findings["backprojection"]
    nothing = Finding({}, {"food_mask": np.zeros_like(colour.maps["food_mask"])})

    def outlined(findings):
        sheet = draw_sheet(replace(analysis, findings=findings, served=None))
        return int((sheet == FOOD).all(axis=2).sum())

    # The bars beside the picture have food's colour too.
    by_depth = outlined({"backprojection": colour, "depth": nothing})
    assert by_depth == outlined({"depth": nothing}) < outlined({"backprojection": colour}) - 2000
