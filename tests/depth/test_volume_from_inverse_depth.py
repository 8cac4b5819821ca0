"""What must be seen 3: true inverse depth, scaled, shifted and blurred, becomes millilitres."""

import dataclasses

import cv2
import numpy as np
import pytest

from foodwaste.depth import estimate_depth
from foodwaste.profile import load_profile


def errors(found, scene):
    return {
        name: found.evidence[name].amount / volume - 1
        for name, volume in scene.volumes_ml.items()
        if volume > 20
    }


@pytest.mark.parametrize("seen", ["rectified", "photograph"])
@pytest.mark.parametrize("blur_px", [0.0, 1.3, 3.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_full_compartments_are_within_3_percent_from_above(
    scenes, layout, meal, seen, blur_px, seed
):
    view = scenes.look(meal)
    depth = scenes.inverse_depth(view, seen=seen, blur_px=blur_px, seed=seed)
    found = estimate_depth(view.tray, layout, depth, view.bare, seen=seen)
    assert max(abs(error) for error in errors(found, meal).values()) <= 0.03
    assert found.evidence["side-1"].amount < 1.0
    assert found.evidence["rice"].confidence > 0.9


@pytest.mark.parametrize("seen", ["rectified", "photograph"])
@pytest.mark.parametrize("towards_deg", [0, 90, 225])
@pytest.mark.parametrize("blur_px", [0.0, 2.0])
def test_tilted_by_25_degrees_they_are_within_5_percent(
    scenes, layout, meal, seen, towards_deg, blur_px
):
    view = scenes.look(meal, tilt_deg=25, towards_deg=towards_deg, focal=0.85)
    depth = scenes.inverse_depth(view, seen=seen, blur_px=blur_px, seed=towards_deg)
    found = estimate_depth(view.tray, layout, depth, view.bare, seen=seen)
    assert max(abs(error) for error in errors(found, meal).values()) <= 0.05


@pytest.mark.parametrize("tilt_deg", [0, 25])
def test_a_tray_full_everywhere_is_measured_by_its_rim_and_upper_walls(scenes, layout, tilt_deg):
    full = scenes.make_scene(layout, dict.fromkeys(layout.compartments, 0.9))
    view = scenes.look(full, tilt_deg=tilt_deg)
    depth = scenes.inverse_depth(view, blur_px=2.0)
    found = estimate_depth(view.tray, layout, depth, view.bare)
    limit = 0.03 if tilt_deg == 0 else 0.05
    assert max(abs(error) for error in errors(found, full).values()) <= limit


def test_a_network_that_misjudges_the_tilt_is_straightened(scenes, layout, meal):
    view = scenes.look(meal)
    depth = scenes.inverse_depth(view, blur_px=1.5)
    rows, columns = np.indices(depth.shape)
    leaning = depth + depth.std() * (0.02 * columns - 0.015 * rows).astype(np.float32)
    found = estimate_depth(view.tray, layout, leaning, view.bare)
    assert max(abs(error) for error in errors(found, meal).values()) <= 0.03


def test_noise_lowers_confidence_and_widens_the_error(scenes, layout, meal):
    view = scenes.look(meal)
    clean, noisy = (
        estimate_depth(
            view.tray,
            layout,
            scenes.inverse_depth(view, blur_px=2.0, noise=noise),
            view.bare,
        ).evidence["rice"]
        for noise in (0.0, 0.2)
    )
    assert noisy.confidence < 0.8 < clean.confidence
    assert noisy.amount_error > 3 * clean.amount_error
    assert abs(noisy.amount - meal.volumes_ml["rice"]) < 3 * noisy.amount_error


def test_food_in_the_colour_of_the_tray_is_still_measured(scenes, layout, meal):
    view = scenes.look(meal)
    mistaken = view.bare.copy()
    mistaken[150:200, 40:110] = True  # white rice on bright steel
    found = estimate_depth(view.tray, layout, scenes.inverse_depth(view, blur_px=1.5), mistaken)
    assert max(abs(error) for error in errors(found, meal).values()) <= 0.03


def test_things_on_the_table_do_not_spoil_the_fit(scenes, layout, meal):
    view = scenes.look(meal)
    depth = scenes.inverse_depth(view)
    depth[:4, 100:300] = depth.max() * 1.1  # a cup beside the tray
    found = estimate_depth(view.tray, layout, depth, view.bare)
    assert max(abs(error) for error in errors(found, meal).values()) <= 0.03


def test_corners_off_by_2_pixels_cost_less_than_4_percent(scenes, layout, meal):
    view = scenes.look(meal, tilt_deg=15)
    corners = np.float32([[0, 0], [375, 0], [375, 290], [0, 290]])
    true = cv2.perspectiveTransform(corners[None], view.tray.homography)[0]
    moved = true + np.float32([[2, -1], [-1, 2], [1, 1], [-2, -1]])
    guess = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    # The map is resampled as the wrong homography would have rectified it.
    to_px = view.frame.mm_to_px
    shift = to_px @ np.linalg.inv(view.tray.homography) @ guess @ np.linalg.inv(to_px)
    size = view.frame.shape[::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    depth = cv2.warpPerspective(
        scenes.inverse_depth(view, blur_px=1.5), shift, size, flags=flags, borderMode=1
    )
    bare = cv2.warpPerspective(
        view.bare.astype(np.uint8), shift, size, flags=flags, borderMode=1
    ).astype(bool)
    tray = dataclasses.replace(view.tray, homography=guess)
    found = estimate_depth(tray, layout, depth, bare)
    assert max(abs(error) for error in errors(found, meal).values()) <= 0.04


def test_heights_are_mapped_in_millimetres_above_the_empty_tray(scenes, layout, meal):
    view = scenes.look(meal)
    found = estimate_depth(view.tray, layout, scenes.inverse_depth(view), view.bare)
    height = found.maps["height_mm"]
    assert height.dtype == np.float32
    floor = view.frame.floor_masks["soup"]
    inner = cv2.erode(floor.astype(np.uint8), np.ones((15, 15), np.uint8)).astype(bool)
    assert np.median(height[inner]) == pytest.approx(0.7 * 26, abs=0.3)
    assert np.abs(height[view.frame.floor_masks["side-1"]]).max() < 0.5


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda d, bare, frame: (d, np.zeros_like(bare)), "no part of the tray"),
        (lambda d, bare, frame: (d, frame.ridge_mask), "only one height"),
        (lambda d, bare, frame: (np.full_like(d, 3.0), bare), "flat"),
        (lambda d, bare, frame: (np.full_like(d, np.nan), bare), "not finite"),
        (lambda d, bare, frame: (-d, bare), "looks farther away"),
        (
            lambda d, bare, frame: (
                cv2.GaussianBlur(
                    np.random.default_rng(0).standard_normal(d.shape).astype(np.float32),
                    (0, 0),
                    8,
                ),
                bare,
            ),
            "explains",
        ),
    ],
    ids=["nothing known", "rim alone", "flat", "nan", "negated", "unrelated"],
)
def test_without_a_fit_depth_stays_relative_and_states_no_millilitres(
    scenes, layout, meal, spoil, reason
):
    view = scenes.look(meal)
    depth, bare = spoil(scenes.inverse_depth(view, blur_px=1.0), view.bare, view.frame)
    found = estimate_depth(view.tray, layout, depth, bare)
    assert not found.evidence
    assert not found.maps
    assert set(found.dropped) == set(layout.compartments)
    for text in found.dropped.values():
        assert text.startswith("relative only: ")
        assert reason in text


def test_the_white_tray_is_measured_as_well(scenes):
    layout = load_profile("white-5").profile.layout
    names = list(layout.compartments)
    scene = scenes.make_scene(layout, {names[0]: 0.9, names[1]: 0.6, names[3]: 0.8})
    view = scenes.look(scene, tilt_deg=10)
    found = estimate_depth(view.tray, layout, scenes.inverse_depth(view, blur_px=1.5), view.bare)
    assert max(abs(error) for error in errors(found, scene).values()) <= 0.03


def test_a_compartment_outside_the_picture_is_dropped_not_guessed(scenes, layout, meal):
    view = scenes.look(meal)
    valid = np.ones(view.frame.shape, bool)
    valid[:, :130] = False
    tray = dataclasses.replace(view.tray, valid=valid)
    found = estimate_depth(tray, layout, scenes.inverse_depth(view), view.bare & valid)
    assert found.dropped == dict.fromkeys(("rice", "side-1"), "out of the picture")
    assert found.evidence["soup"].amount == pytest.approx(meal.volumes_ml["soup"], rel=0.03)
