import numpy as np
import pytest

from foodwaste.depth.volume import volume_per_pixel_ml
from foodwaste.tray.camera import camera_from_homography
from foodwaste.tray.empty_surface import empty_surface
from foodwaste.tray.well_depth import depth_field_mm


@pytest.mark.parametrize("towards_deg", [0, 45, 90, 225])
def test_a_tilted_camera_is_found_without_its_focal_length(scenes, meal, towards_deg):
    view = scenes.look(meal, tilt_deg=25, towards_deg=towards_deg, focal=0.95)
    camera = camera_from_homography(view.tray.homography, view.tray.location.image_size_px)
    assert camera.tilt_deg == pytest.approx(25, abs=1.0)
    assert camera.height_mm == pytest.approx(view.camera_mm[2], rel=0.03)
    np.testing.assert_allclose(camera.nadir_mm, view.camera_mm[:2], atol=12)


def test_from_straight_above_the_typical_focal_length_gives_the_height(scenes, meal):
    view = scenes.look(meal, focal=0.70)
    camera = camera_from_homography(view.tray.homography, view.tray.location.image_size_px)
    assert camera.height_mm == pytest.approx(480 * 0.75 / 0.70, rel=0.02)
    known = camera_from_homography(
        view.tray.homography, view.tray.location.image_size_px, focal_px=0.70 * 1600
    )
    assert known.height_mm == pytest.approx(480, rel=0.001)


def test_a_measured_camera_height_takes_precedence(scenes, meal):
    view = scenes.look(meal)
    camera = camera_from_homography(
        view.tray.homography, view.tray.location.image_size_px, height_mm=700.0
    )
    assert camera.height_mm == 700.0


def test_the_empty_tray_is_seen_where_an_exact_ray_meets_it(scenes, layout):
    view = scenes.look(scenes.make_scene(layout, {}), tilt_deg=20, towards_deg=30)
    camera = camera_from_homography(view.tray.homography, view.tray.location.image_size_px)
    surface = empty_surface(view.frame, camera)
    difference = np.abs(surface.height_mm - view.hit_mm)[view.frame.tray_mask]
    assert np.median(difference) < 0.05
    assert np.percentile(difference, 99) < 1.0


def test_the_wells_hold_what_their_polygons_say(layout, meal, scenes):
    _, _, empty, wells = scenes.empty_field(layout)
    frame = scenes.look(meal).frame
    depth = depth_field_mm(frame)
    for name, inside in wells.items():
        exact = -empty[inside].sum() * scenes.STEP_MM**2 / 1000
        sampled = depth[frame.rim_masks[name]].sum() * frame.mm_per_px**2 / 1000
        assert sampled == pytest.approx(exact, rel=0.003)


def test_the_frustum_beats_height_times_area(layout, scenes):
    frame = scenes.look(scenes.make_scene(layout, {})).frame
    tall, height = 500.0, 22.0
    top = np.full(frame.shape, tall / (tall - height))
    flat = np.ones(frame.shape)
    # A block 22 mm high over one pixel's cone: the pyramid's frustum, by similar triangles.
    area = frame.mm_per_px**2
    upper = area * ((tall - height) / tall) ** 2
    frustum = height / 3 * (area + upper + np.sqrt(area * upper)) / 1000
    found = volume_per_pixel_ml(frame, tall, flat, top)[0, 0]
    assert found == pytest.approx(frustum, rel=1e-9)
    assert area * height / 1000 / frustum - 1 > 0.04
