"""Where a rendered picture's camera stood, as well as its photograph would tell."""

from __future__ import annotations

import json

import numpy as np
import pytest

from foodwaste.profile import load_profile
from foodwaste.render.found import camera_found
from foodwaste.render.seeds import part_seed
from foodwaste.render.spec import draw_scene, spec_dict


@pytest.fixture
def meal(tmp_path):
    """Twelve meals' descriptions, as ``foodwaste render`` writes them, and their cameras."""
    cameras = {}
    for index in range(12):
        spec = draw_scene(part_seed(3, "meal", index), "steel-5", 2)
        folder = tmp_path / f"{index:06d}"
        folder.mkdir()
        shots = [{"picture": f"shot-{count}.jpg"} for count in range(len(spec.shots))]
        text = json.dumps({"shots": shots, "spec": spec_dict(spec)})
        (folder / "meal.json").write_text(text)
        for shot, seen in zip(shots, spec.shots, strict=True):
            cameras[folder / shot["picture"]] = seen.camera
    return cameras


def test_cameras_are_found_near_where_they_stood(meal):
    layout = load_profile("steel-5").profile.layout
    off, heights = [], []
    for picture, camera in meal.items():
        found = camera_found(picture)
        x, y, z = camera.position
        true = (x + layout.width_mm / 2, layout.height_mm / 2 - y)
        off.append(float(np.hypot(*np.subtract(found.nadir_mm, true))))
        heights.append(abs(np.log(found.height_mm / z)))
    # The focal length is not known: a height can be off by a fifth.
    assert 0.5 < np.median(off) < 25.0
    assert np.median(heights) < 0.3


def test_a_camera_is_found_at_the_same_place_each_time(meal):
    picture = next(iter(meal))
    assert camera_found(picture).nadir_mm == camera_found(picture).nadir_mm


def test_other_pictures_have_no_camera(tmp_path):
    assert camera_found(tmp_path / "photo.jpg") is None
