"""Measuring an unknown empty tray: against layouts that are known."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from foodwaste.errors import ProfileError, TrayNotFound
from foodwaste.imaging import load
from foodwaste.profile import load_profile
from foodwaste.tray.auto_layout import measure_layout

WIDTH_MM, HEIGHT_MM, RIM_MM = 320.0, 240.0, 28.0
#: Two wells over one wide one: left, top, right, bottom, mm.
DRAWN = [(20, 20, 154, 110), (166, 20, 300, 110), (20, 122, 300, 220)]


def drawn_tray(px_per_mm=3.0, margin_px=60):
    """A steel-like empty tray from straight above: bright ridges, four shaded walls, a floor."""
    size = (int(HEIGHT_MM * px_per_mm) + 2 * margin_px, int(WIDTH_MM * px_per_mm) + 2 * margin_px)
    rng = np.random.default_rng(5)
    picture = np.full((*size, 3), (190, 160, 120), np.float32)

    def px(points):
        return np.rint(np.asarray(points, float) * px_per_mm + margin_px).astype(np.int32)

    def box(x0, y0, x1, y1):
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]

    cv2.fillPoly(picture, [px(box(0, 0, WIDTH_MM, HEIGHT_MM))], (175, 176, 178))
    for x0, y0, x1, y1 in DRAWN:
        low = (x0 + 22, y0 + 22, x1 - 22, y1 - 22)
        rim, floor = box(x0, y0, x1, y1), box(*low)
        for side, shade in enumerate((70, 120, 145, 95)):
            wall = [rim[side], rim[(side + 1) % 4], floor[(side + 1) % 4], floor[side]]
            cv2.fillPoly(picture, [px(wall)], (shade, shade, shade))
        cv2.fillPoly(picture, [px(floor)], (205, 205, 205))
    picture = cv2.GaussianBlur(picture, (0, 0), 1.0) + rng.normal(0, 2, picture.shape)
    corners = px(box(0, 0, WIDTH_MM, HEIGHT_MM)).astype(float)
    return np.clip(picture, 0, 255).astype(np.uint8), corners


def measured(rgb, corners_px=None):
    return measure_layout(
        rgb,
        width_mm=WIDTH_MM,
        height_mm=HEIGHT_MM,
        rim_height_mm=RIM_MM,
        material="steel",
        corners_px=corners_px,
    )


def sides(polygon):
    x, y = np.asarray(polygon, float).T
    return np.array([x.min(), y.min(), x.max(), y.max()])


def test_the_wells_of_a_drawn_tray_are_measured_in_reading_order():
    rgb, _ = drawn_tray()
    layout = measured(rgb)
    assert list(layout.compartments) == ["well-1", "well-2", "well-3"]
    for well, true in zip(layout.compartments.values(), DRAWN, strict=True):
        assert np.abs(sides(well.rim_polygon_mm) - true).max() <= 2.5
        assert np.all(sides(well.floor_polygon_mm)[:2] > sides(well.rim_polygon_mm)[:2] + 10)


def test_what_one_picture_does_not_show_is_taken_from_the_rim():
    rgb, corners = drawn_tray()
    layout = measured(rgb, corners)
    assert (layout.width_mm, layout.height_mm, layout.rim_height_mm) == (320, 240, 28)
    assert {well.depth_mm for well in layout.compartments.values()} == {24.0}


def rendered_empty(project, tray):
    shown = json.loads((project / "samples" / tray / "truth.json").read_text(encoding="utf-8"))
    empty = shown["pictures"]["empty"]
    layout = load_profile(f"{tray}-5").profile.layout
    rgb = load(project / "samples" / tray / empty["file"]).rgb
    return rgb, layout, np.asarray(empty["corners_px"])


def test_a_rendered_steel_tray_is_measured_to_three_millimetres(project):
    rgb, true, corners = rendered_empty(project, "steel")
    found = measure_layout(
        rgb,
        width_mm=true.width_mm,
        height_mm=true.height_mm,
        rim_height_mm=true.rim_height_mm,
        material="steel",
        corners_px=corners,
    )
    order = ["side-1", "side-2", "side-3", "rice", "soup"]
    assert len(found.compartments) == len(order)
    for well, name in zip(found.compartments.values(), order, strict=True):
        wanted = sides(true.compartments[name].rim_polygon_mm)
        assert np.abs(sides(well.rim_polygon_mm) - wanted).max() <= 3.0


def test_wells_too_faint_to_tell_apart_are_said_to_be_so(project):
    rgb, true, corners = rendered_empty(project, "white")
    with pytest.raises(ProfileError, match="wells cannot be told apart"):
        measure_layout(
            rgb,
            width_mm=true.width_mm,
            height_mm=true.height_mm,
            rim_height_mm=true.rim_height_mm,
            material="white",
            corners_px=corners,
        )


def test_where_no_outline_is_seen_none_is_made_up():
    with pytest.raises(TrayNotFound):
        measured(np.zeros((480, 640, 3), np.uint8))


def test_corners_that_run_the_wrong_way_are_refused():
    rgb, corners = drawn_tray()
    with pytest.raises(ProfileError, match="clockwise"):
        measured(rgb, corners[::-1])


def test_the_real_steel_tray_has_five_wells(photographs, project):
    marks = json.loads((project / "tests/tray/data/corners.json").read_text(encoding="utf-8"))
    mark = marks["pictures"]["steel-empty"]
    true = load_profile("steel-5").profile.layout
    found = measure_layout(
        load(photographs / mark["file"]).rgb,
        width_mm=true.width_mm,
        height_mm=true.height_mm,
        rim_height_mm=true.rim_height_mm,
        material="steel",
        corners_px=mark["corners_px"],
    )
    order = ["side-1", "side-2", "side-3", "rice", "soup"]
    assert len(found.compartments) == len(order)
    # The outline is cut off in this crop: its marked corners are good to 2 mm.
    for well, name in zip(found.compartments.values(), order, strict=True):
        wanted = sides(true.compartments[name].rim_polygon_mm)
        assert np.abs(sides(well.rim_polygon_mm) - wanted).max() <= 5.0
