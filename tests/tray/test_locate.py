"""Where the tray is: on rendered photographs with exact corners, on real ones marked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from foodwaste.errors import TrayNotFound
from foodwaste.imaging import load
from foodwaste.profile import load_profile
from foodwaste.tray import frame_of, locate, rectify

MARKED = json.loads((Path(__file__).parent / "data" / "corners.json").read_text(encoding="utf-8"))
TRAYS = ["steel", "white"]


def layout_of(tray):
    return load_profile(f"{tray}-5").profile.layout


def corner_error(found, corners):
    """Largest distance of a corner from its true place, as a share of the diagonal."""
    corners = np.asarray(corners, float)
    diagonal = np.linalg.norm(corners[0] - corners[2])
    return np.linalg.norm(found.corners_px - corners, axis=1).max() / diagonal


@pytest.fixture(scope="module")
def rendered(project):
    """Picture and exact corners of one shipped sample by tray and state."""

    def _rendered(tray, state):
        folder = project / "samples" / tray
        shown = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["pictures"][state]
        picture = load(folder / shown["file"])
        return picture.rgb, np.asarray(shown["corners_px"])

    return _rendered


@pytest.mark.parametrize("tray", TRAYS)
@pytest.mark.parametrize("state", ["empty", "before", "after"])
def test_a_rendered_tray_is_found_to_a_hundredth_of_its_diagonal(rendered, tray, state):
    rgb, corners = rendered(tray, state)
    found = locate(rgb, layout_of(tray))
    assert corner_error(found, corners) <= 0.01
    assert found.turn_deg == 0


@pytest.mark.parametrize("tray", TRAYS)
@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_turned_tray_is_turned_back(rendered, tray, quarter_turns):
    rgb, corners = rendered(tray, "after")
    height, width = rgb.shape[:2]
    turned = np.ascontiguousarray(np.rot90(rgb, -quarter_turns))
    for _ in range(quarter_turns):
        corners = np.stack([height - 1 - corners[:, 1], corners[:, 0]], axis=1)
        height, width = width, height
    found = locate(turned, layout_of(tray))
    assert found.turn_deg == 90 * quarter_turns
    assert corner_error(found, corners) <= 0.01


@pytest.mark.parametrize("tray", TRAYS)
def test_the_rectified_tray_is_the_same_however_the_photograph_was_turned(rendered, tray):
    rgb, _ = rendered(tray, "before")
    layout = layout_of(tray)
    upright = rectify(rgb, locate(rgb, layout), frame_of(layout)).rgb.astype(float)
    half = np.ascontiguousarray(rgb[::-1, ::-1])
    turned = rectify(half, locate(half, layout), frame_of(layout)).rgb.astype(float)
    assert np.abs(upright - turned).mean() < 4


@pytest.mark.parametrize("tray", TRAYS)
def test_known_corners_are_taken_as_they_are_and_the_turn_is_found(rendered, tray):
    rgb, corners = rendered(tray, "after")
    for start in range(4):
        found = locate(rgb, layout_of(tray), corners_px=np.roll(corners, start, axis=0))
        assert found.turn_deg == 0
        assert corner_error(found, corners) < 1e-6


def test_what_the_photograph_does_not_show_is_marked(rendered):
    rgb, corners = rendered("steel", "before")
    layout = layout_of("steel")
    left = int(corners[:, 0].min() + 0.02 * np.ptp(corners[:, 0]))
    cut = np.ascontiguousarray(rgb[:, left:])
    tray = rectify(cut, locate(cut, layout), frame_of(layout))
    frame = frame_of(layout)
    assert not tray.valid[:, : int(frame.offset_px[0]) + 2].any()
    assert tray.valid[:, 60:-10].mean() > 0.99


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: np.zeros((480, 640, 3), np.uint8),
        lambda rng: np.full((480, 640, 3), 200, np.uint8),
        lambda rng: rng.integers(0, 256, (480, 640, 3), np.uint8),
        lambda rng: cv2.resize(rng.integers(90, 160, (12, 16, 3), np.uint8), (640, 480)),
        lambda rng: cv2.circle(
            np.full((480, 640, 3), 120, np.uint8), (320, 240), 200, (235,) * 3, -1
        ),
    ],
    ids=["black", "plain", "noise", "table", "round plate"],
)
@pytest.mark.parametrize("tray", TRAYS)
def test_where_no_tray_is_none_is_found(make, tray):
    with pytest.raises(TrayNotFound, match="tray not found"):
        locate(make(np.random.default_rng(7)), layout_of(tray))


@pytest.mark.parametrize("name", sorted(MARKED["pictures"]))
def test_real_trays_lie_where_a_person_marked_them(photographs, name):
    marked = MARKED["pictures"][name]
    picture = load(photographs / marked["file"])
    found = locate(picture.rgb, load_profile(marked["profile"]).profile.layout)
    assert found.turn_deg == marked["turn_deg"]
    assert corner_error(found, marked["corners_px"]) <= 0.02


@pytest.mark.parametrize(
    "file", ["canteen-tray/tray1/food_image.jpg", "canteen-tray/tray2/leftover3.jpg"]
)
def test_round_plates_on_a_canteen_tray_are_no_compartment_tray(photographs, file):
    rgb = load(photographs / file).rgb
    for tray in TRAYS:
        with pytest.raises(TrayNotFound):
            locate(rgb, layout_of(tray))
