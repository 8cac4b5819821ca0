"""Sizes as people write them, and layouts scaled to them."""

from __future__ import annotations

import pytest

from foodwaste.calibrate import parse_size, scaled_layout
from foodwaste.errors import UsageError
from foodwaste.profile import load_profile


@pytest.mark.parametrize(
    "text",
    [
        "375x290",
        "375×290",
        "375 X 290",
        "375*290mm",
        "375mm x 290mm",
        "37.5x29cm",
        "37,5x29 cm",
        "37.5cm × 29cm",
        "0.375x0.29m",
        " 375x290 ",
    ],
)
def test_a_size_is_understood_however_it_is_written(text):
    assert parse_size(text) == pytest.approx((375, 290))


@pytest.mark.parametrize(
    "text", ["", "375", "x", "375x", "big", "375x290x30", "-375x290", "1e2x2e2"]
)
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="375x290"):
        parse_size(text)


@pytest.mark.parametrize("text", ["37.5x29", "3750x2900", "375x290cm", "375x0"])
def test_a_size_in_the_wrong_unit_is_refused_and_shown_in_mm(text):
    with pytest.raises(UsageError, match=r"mm, which no tray is.*cm"):
        parse_size(text)


def test_a_layout_of_the_same_size_is_left_as_it_is():
    layout = load_profile("steel-5").profile.layout
    assert scaled_layout(layout, (layout.width_mm, layout.height_mm), None) is layout
    assert scaled_layout(layout, None, layout.rim_height_mm) is layout


def test_wells_grow_with_the_tray_and_their_capacity_with_the_volume():
    layout = load_profile("steel-5").profile.layout
    larger = scaled_layout(
        layout, (layout.width_mm * 1.1, layout.height_mm * 1.2), layout.rim_height_mm * 1.5
    )
    for name, well in layout.compartments.items():
        grown = larger.compartments[name]
        for (x0, y0), (x1, y1) in zip(well.rim_polygon_mm, grown.rim_polygon_mm, strict=True):
            assert (x1, y1) == pytest.approx((1.1 * x0, 1.2 * y0), abs=0.06)
        assert grown.depth_mm == pytest.approx(1.5 * well.depth_mm, abs=0.06)
        assert grown.capacity_ml == pytest.approx(1.1 * 1.2 * 1.5 * well.capacity_ml, abs=0.06)


def test_the_order_of_the_two_lengths_does_not_matter():
    layout = load_profile("steel-5").profile.layout
    assert scaled_layout(layout, (300, 380), None) == scaled_layout(layout, (380, 300), None)


def test_another_trays_proportions_are_refused():
    layout = load_profile("steel-5").profile.layout
    with pytest.raises(UsageError, match="another --layout"):
        scaled_layout(layout, (500, 250), None)
