from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from foodwaste.profile import load_profile
from foodwaste.render.camera import CameraSpec, View, corners_px, frame_view, photograph_view
from foodwaste.render.grid import Grid, volume_ml
from foodwaste.render.photograph import serve
from foodwaste.render.spec import draw_scene
from foodwaste.render.surface import compartment_volumes_ml, compose
from foodwaste.render.tray import empty_tray
from foodwaste.render.truth import cast, frustum_volume_ml
from foodwaste.tray.frame import frame_of


def test_mesh_volume_of_a_pyramid_is_exact():
    grid = Grid(0, 0, 1.0, 5, 5)
    heights = np.zeros(grid.shape, np.float32)
    heights[2, 2] = 3.0
    # One raised vertex stands on six triangles of half a square millimetre.
    assert volume_ml(heights, 1.0) == pytest.approx(6 * 0.5 * 3.0 / 3 / 1000)


@pytest.mark.parametrize("profile", ["steel-5", "white-5", "canteen-plates"])
def test_height_map_adds_up_to_the_mesh_volume_within_one_percent(meal, profile):
    frame = frame_of(load_profile(profile).profile.layout)
    for seed in (3, 11):
        spec, layout, surfaces = meal(profile, seed)
        for state, surface in enumerate(surfaces):
            exact = sum(compartment_volumes_ml(surface, layout).values())
            if exact < 5:
                continue
            view = frame_view(spec.shots[state + 1].camera, frame)
            truth = cast(surface, layout, view)
            seen = frustum_volume_ml(truth.height_mm, truth.z_mm, view, truth.height_mm > 0)
            assert seen == pytest.approx(exact, rel=0.01)


def test_a_tilted_photographs_height_map_adds_up_too(meal):
    _, layout, surfaces = meal("steel-5", 3)
    camera = CameraSpec(420.0, 22.0, 130.0, 35.0, (4.0, 2.0), 0.9, 640, 480)
    view = photograph_view(camera, layout)
    truth = cast(surfaces[0], layout, view)
    seen = frustum_volume_ml(truth.height_mm, truth.z_mm, view, truth.height_mm > 0)
    exact = sum(compartment_volumes_ml(surfaces[0], layout).values())
    assert seen == pytest.approx(exact, rel=0.01)


def test_same_seed_gives_the_same_scene_and_truth():
    first, second = (draw_scene(42, "steel-5", 2) for _ in range(2))
    assert first == second
    layout = load_profile("steel-5").profile.layout
    surfaces = [compose(layout, s.tray, serve(s, layout), 1, s.step_mm) for s in (first, second)]
    assert np.array_equal(surfaces[0].food_mm, surfaces[1].food_mm)
    assert np.array_equal(surfaces[0].colour, surfaces[1].colour)
    assert draw_scene(43, "steel-5", 2) != first


def test_one_more_state_leaves_tray_menu_and_first_shots_as_they_were():
    few, more = draw_scene(7, "steel-5", 1), draw_scene(7, "steel-5", 3)
    assert few.tray == more.tray
    assert few.table == more.table
    assert few.shots == more.shots[: len(few.shots)]
    assert [d.kind for d in few.dishes] == [d.kind for d in more.dishes]


def test_food_never_grows_from_state_to_state(meal):
    for seed in range(4):
        _, layout, surfaces = meal("steel-5", seed, 3)
        volumes = [compartment_volumes_ml(surface, layout) for surface in surfaces]
        for name in layout.compartments:
            for before, after in pairwise(volumes):
                # Pieces settle anew when others are taken away: that is worth 4 %.
                assert after[name] <= before[name] * 1.06 + 1.0


def test_residue_is_never_food(meal):
    for seed in range(4):
        _, _, surfaces = meal("white-5", seed)
        for surface in surfaces:
            assert not (surface.residue & (surface.food_mm > 0)).any()
            assert (surface.food_mm[surface.kind == 0] == 0).all()


def test_grid_step_changes_a_volume_by_less_than_four_percent():
    layout = load_profile("steel-5").profile.layout
    spec = draw_scene(5, "steel-5", 1)
    coarse, fine = (
        compartment_volumes_ml(compose(layout, s.tray, serve(s, layout), 0, s.step_mm), layout)
        for s in (spec, dataclasses.replace(spec, step_mm=0.5))
    )
    assert sum(fine.values()) == pytest.approx(sum(coarse.values()), rel=0.04)


def test_empty_tray_agrees_with_the_frame_the_estimators_use():
    layout = load_profile("steel-5").profile.layout
    frame, tray = frame_of(layout), empty_tray(layout, 1.0)
    columns = (np.arange(frame.shape[1]) - frame.offset_px[0]) * frame.mm_per_px
    rows = (np.arange(frame.shape[0]) - frame.offset_px[1]) * frame.mm_per_px
    column = np.rint((columns - tray.grid.x0_mm) / tray.grid.step_mm).astype(int)
    row = np.rint((rows - tray.grid.y0_mm) / tray.grid.step_mm).astype(int)
    at_frame = -tray.z_mm[
        np.ix_(row.clip(0, tray.grid.rows - 1), column.clip(0, tray.grid.columns - 1))
    ]
    for mask in frame.rim_masks.values():
        # Pressing rounds the edges (sigma 1.6 mm); nothing else may differ.
        assert np.abs(at_frame - frame.depth_mm)[mask].mean() < 0.6
    for mask in frame.floor_masks.values():
        assert np.median(at_frame[mask]) == pytest.approx(26.0, abs=0.2)


@pytest.mark.parametrize("tilt", [0.0, 25.0])
def test_frame_camera_sees_the_rim_plane_at_the_frames_pixels(tilt):
    layout = load_profile("steel-5").profile.layout
    frame = frame_of(layout)
    camera = CameraSpec(450.0, tilt, 70.0, 20.0, (5.0, -3.0), 0.9, 640, 480)
    corners = corners_px(frame_view(camera, frame), layout)
    w, h = layout.width_mm, layout.height_mm
    assert np.allclose(corners, frame.points_px([(0, 0), (w, 0), (w, h), (0, h)]), atol=1e-3)


def test_rectifying_a_photograph_gives_the_frame_cameras_view():
    layout = load_profile("steel-5").profile.layout
    camera = CameraSpec(450.0, 18.0, 70.0, 20.0, (5.0, -3.0), 0.9, 640, 480)
    photo, flat = photograph_view(camera, layout), frame_view(camera, frame_of(layout))
    points = np.random.default_rng(1).uniform((-150, -120, -25), (150, 120, 30), (50, 3))
    to_frame = flat.plane_homography() @ np.linalg.inv(photo.plane_homography())
    seen = np.c_[photo.project(points), np.ones(50)] @ to_frame.T
    assert np.allclose(seen[:, :2] / seen[:, 2:], flat.project(points), atol=1e-6)


def test_cutlery_hides_food_but_not_its_height(meal):
    from foodwaste.render.distractors import Cutlery

    spec, layout, surfaces = meal("steel-5", 3)
    view = frame_view(spec.shots[1].camera, frame_of(layout))
    spoon = Cutlery("spoon", 100.0, 200.0, 0.4, 200.0, 25.0, True, (0.8, 0.8, 0.8))
    bare = cast(surfaces[0], layout, view)
    hidden = cast(surfaces[0], layout, view, (spoon,))
    assert (hidden.kind == 200).sum() > 300
    assert hidden.food.sum() < bare.food.sum()
    assert np.array_equal(hidden.height_mm, bare.height_mm)


def test_view_projects_its_own_rays_back_to_their_pixels():
    layout = load_profile("steel-5").profile.layout
    camera = CameraSpec(500.0, 20.0, 200.0, 100.0, (0.0, 0.0), 0.8, 64, 48)
    view: View = photograph_view(camera, layout)
    rays = view.rays().reshape(-1, 3).astype(np.float64)
    on_plane = view.position + rays * view.position[2]
    rows, columns = np.mgrid[:48, :64]
    expected = np.stack([columns.ravel(), rows.ravel()], 1)
    assert np.allclose(view.project(on_plane), expected, atol=1e-2)
