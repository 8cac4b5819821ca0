"""The served tray seen from another place, against the renderer's own rays."""

from __future__ import annotations

import numpy as np
import pytest

from foodwaste.depth.parallax import Eye, places_between, served_places
from foodwaste.depth.picture_planes import CHANGE_PLANES
from foodwaste.depth.tray_inputs import KNOWN_PLANES, halved, known_planes, moved
from foodwaste.pipeline.served import as_rectified
from foodwaste.profile import load_profile
from foodwaste.render.camera import CameraSpec, frame_view
from foodwaste.render.surface import compose
from foodwaste.render.tray import TraySpec
from foodwaste.render.truth import cast
from foodwaste.tray.camera import Camera
from foodwaste.tray.frame import frame_of

PROFILE = load_profile("steel-5").profile
FRAME = frame_of(PROFILE.layout)
#: From the tray's middle, y up the page, as the renderer counts, mm.
OVER_IT, BESIDE_IT = (0.0, 0.0, 450.0), (130.0, 70.0, 520.0)


def camera_at(x, y, z):
    layout = PROFILE.layout
    nadir = (x + layout.width_mm / 2, layout.height_mm / 2 - y)
    return Camera(nadir, z, 0.0, np.array([0.0, 0.0, 1.0]))


def heights_seen(x, y, z):
    """Height over the rim plane that each ray through a clean tray ends at."""
    clean = compose(PROFILE.layout, TraySpec(1, 0.0, 0.1, 0.0, (0.6, 0.6, 0.6), 0), [], None, 1.0)
    spec = CameraSpec(z, 0.0, 0.0, 0.0, (x, y), 0.8, 640, 480)
    return cast(clean, PROFILE.layout, frame_view(spec, FRAME)).z_mm.astype(np.float32)


def test_floors_and_walls_are_found_where_the_other_camera_saw_them():
    served, now = heights_seen(*OVER_IT), heights_seen(*BESIDE_IT)
    nothing = np.zeros(FRAME.shape, np.float32)
    places = served_places(
        Eye.of(camera_at(*BESIDE_IT), FRAME),
        Eye.of(camera_at(*OVER_IT), FRAME),
        surface_mm=now,
        served_surface_mm=served,
        served_height_mm=nothing,
        mm_per_px=FRAME.mm_per_px,
    )
    inside = halved(FRAME.tray_mask.astype(np.float32)) == 1.0
    wanted = halved(now)
    before = np.abs(halved(served) - wanted)[inside].mean()
    after = np.abs(moved(halved(served), places) - wanted)[inside].mean()
    assert before > 0.8
    assert after < 0.25 * before


def test_a_plate_of_food_shifts_as_far_as_it_is_deep():
    """By the camera's way times its depth under the rim over its distance from the camera."""
    deep = np.full(FRAME.shape, -30.0, np.float32)
    food = np.full(FRAME.shape, 10.0, np.float32)
    x, y, tall = 150.0, 120.0, 400.0
    places = served_places(
        Eye(x + 100.0, y, tall),
        Eye(x, y, tall),
        surface_mm=deep,
        served_surface_mm=deep,
        served_height_mm=food,
        mm_per_px=1.0,
    )
    columns = np.arange(FRAME.shape[1] // 2)
    # The other camera, to the left, saw it less far to the right; at half the resolution.
    shift = places[..., 0] - columns
    assert shift == pytest.approx(np.full(shift.shape, -100.0 * 20.0 / 420.0 / 2), abs=0.02)
    assert places[..., 1] == pytest.approx(
        np.broadcast_to(np.arange(FRAME.shape[0] // 2)[:, None], shift.shape), abs=0.02
    )


def test_a_camera_on_a_stand_saw_the_same():
    flat = np.zeros(FRAME.shape, np.float32)
    heights = dict.fromkeys(("surface_mm", "served_surface_mm", "served_height_mm"), flat)
    one, near = Eye(190.0, 140.0, 450.0), Eye(196.0, 146.0, 480.0)
    assert served_places(one, near, **heights, mm_per_px=1.0) is None


def test_pictures_whose_camera_is_not_known_stay_as_they_are():
    rgb = np.zeros((*FRAME.shape, 3), np.uint8)
    height = np.zeros(FRAME.shape, np.float32)
    known = as_rectified(rgb, PROFILE, camera_at(*OVER_IT))
    other = as_rectified(rgb, PROFILE, camera_at(*BESIDE_IT))
    unknown = as_rectified(rgb, PROFILE)
    assert places_between(other, known, height) is not None
    assert places_between(known, unknown, height) is None
    assert places_between(unknown, known, height) is None


def test_the_served_picture_and_its_heights_are_told_in_place():
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    height = rng.random((40, 60)).astype(np.float32)
    places = np.stack(np.meshgrid(np.arange(30.0), np.arange(20.0)), -1).astype(np.float32)
    places[..., 0] += 3.0
    plain, shifted = (
        known_planes(rgb, height, served_rgb=rgb, served_height_mm=height, places=each)
        for each in (None, places)
    )
    served = [8, 9, 10, 14]
    np.testing.assert_allclose(shifted[served, :, :-3], plain[served, :, 3:], atol=0.02)
    # What changed is seen in the served picture as well.
    others = [each for each in range(KNOWN_PLANES - CHANGE_PLANES) if each not in served]
    np.testing.assert_array_equal(shifted[others], plain[others])
