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
        size_mm=(WIDTH_MM, HEIGHT_MM),
        rim_height_mm=RIM_MM,
        material="steel",
        corners_px=corners_px,
    ).layout


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


def turned(layout):
    """The same layout seen from the other side of the table."""
    data = layout.model_dump()
    for well in data["compartments"].values():
        for part in ("rim_polygon_mm", "floor_polygon_mm"):
            well[part] = [(layout.width_mm - x, layout.height_mm - y) for x, y in well[part]]
    return type(layout).model_validate(data)


def rendered_empty(project, tray):
    shown = json.loads((project / "samples" / tray / "truth.json").read_text(encoding="utf-8"))
    empty = shown["pictures"]["empty"]
    layout = load_profile(f"{tray}-5").profile.layout
    rgb = load(project / "samples" / tray / empty["file"]).rgb
    return rgb, layout, np.asarray(empty["corners_px"])


def worst_rim_errors(found, true, order):
    """By well: the worst side of its rim, mm, found wells being in that order."""
    assert len(found.compartments) == len(order)
    return [
        np.abs(sides(well.rim_polygon_mm) - sides(true.compartments[name].rim_polygon_mm)).max()
        for well, name in zip(found.compartments.values(), order, strict=True)
    ]


@pytest.mark.parametrize(
    ("tray", "order", "error_mm"),
    [
        ("steel", ["side-1", "side-2", "side-3", "rice", "soup"], 3.0),
        ("white", ["side-1", "side-2", "side-3", "soup", "rice"], 4.0),
    ],
)
def test_a_rendered_tray_is_measured_to_a_few_millimetres(project, tray, order, error_mm):
    rgb, true, corners = rendered_empty(project, tray)
    size = (true.height_mm, true.width_mm)
    for given in (None, corners):
        found = measure_layout(
            rgb,
            size_mm=size,
            rim_height_mm=true.rim_height_mm,
            material=tray,
            corners_px=given,
        )
        assert max(worst_rim_errors(found.layout, true, order)) <= error_mm
        diagonal = np.hypot(true.width_mm, true.height_mm)
        px_per_mm = np.linalg.norm(corners[2] - corners[0]) / diagonal
        assert np.linalg.norm(found.corners_px - corners, axis=1).max() <= 4 * px_per_mm
        capacity = sum(well.capacity_ml for well in found.layout.compartments.values())
        wanted = sum(well.capacity_ml for well in true.compartments.values())
        assert capacity == pytest.approx(wanted, rel=0.15)


def test_a_round_well_is_measured_as_round(project):
    rgb, true, corners = rendered_empty(project, "white")
    layout = measure_layout(
        rgb,
        size_mm=(true.width_mm, true.height_mm),
        rim_height_mm=true.rim_height_mm,
        material="white",
        corners_px=corners,
    ).layout
    roundness = {
        name: 2 * well.rim_radius_mm / np.ptp(sides(well.rim_polygon_mm)[1::2])
        for name, well in layout.compartments.items()
    }
    assert roundness.pop("well-4") > 0.8
    assert max(roundness.values()) < 0.6


def test_a_tray_without_wells_is_said_to_show_none():
    rgb, corners = drawn_tray()
    (x0, y0), (x1, y1) = corners[0].astype(int) + 30, corners[2].astype(int) - 30
    rgb[y0:y1, x0:x1] = np.random.default_rng(3).normal(176, 2, (y1 - y0, x1 - x0, 3))
    with pytest.raises(ProfileError, match=r"wells cannot be told apart.*--layout"):
        measured(rgb, corners)


def test_where_no_outline_is_seen_none_is_made_up():
    with pytest.raises(TrayNotFound):
        measured(np.zeros((480, 640, 3), np.uint8))


def test_corners_may_come_in_any_order_around_the_tray():
    rgb, corners = drawn_tray()
    wanted = measured(rgb, corners)
    assert measured(rgb, corners[::-1]) == wanted
    assert measured(rgb, np.roll(corners, 1, axis=0)) == wanted


def test_the_real_steel_tray_has_five_wells(photographs, project):
    marks = json.loads((project / "tests/tray/data/corners.json").read_text(encoding="utf-8"))
    mark = marks["pictures"]["steel-empty"]
    true = load_profile("steel-5").profile.layout
    found = measure_layout(
        load(photographs / mark["file"]).rgb,
        size_mm=(true.width_mm, true.height_mm),
        rim_height_mm=true.rim_height_mm,
        material="steel",
        corners_px=mark["corners_px"],
    )
    # Photographed turned by 90 degrees, it is read with its long side up: either way round.
    ways = (
        ["side-1", "side-2", "side-3", "rice", "soup"],
        ["soup", "rice", "side-3", "side-2", "side-1"],
    )
    first = sides(found.layout.compartments["well-1"].rim_polygon_mm)
    order = ways[0] if first[2] - first[0] < 140 else ways[1]
    # The outline is cut off in this crop: its marked corners are good to 2 mm.
    errors = worst_rim_errors(found.layout, turned(true) if order is ways[1] else true, order)
    assert max(errors) <= 3.0
