"""``--layout auto``: from one photograph of an unknown empty tray to a profile that works."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from foodwaste.calibrate import Request, auto_target, calibrate, write
from foodwaste.errors import ProfileError, TrayNotFound, UsageError
from foodwaste.imaging import save_png
from foodwaste.pipeline import Analyzer, Job, Settings
from foodwaste.profile import load_profile

#: The shipped layout's wells in the order in which they are read.
ORDER = ("side-1", "side-2", "side-3", "rice", "soup")


def colour_alone(profile):
    return Analyzer(Settings(profile=profile, depth="off", quantity="off"))


def made(path, empty, **changes):
    options = {
        "size_mm": (375.0, 290.0),
        "rim_height_mm": 30.0,
        "material": "steel",
        "corners_px": None,
        "max_mpixels": 60.0,
    }
    return auto_target(path, str(empty), **options | changes)


def calibrated(path, empty, serving=None, **changes):
    auto = made(path, empty, **changes)
    request = Request(
        empty=str(empty), serving=serving, size_mm=(375.0, 290.0), corners_px=auto.corners_px
    )
    found = calibrate(request, auto.target.base, name=auto.target.name, stem=path.stem)
    return auto, found, write(found, auto.target)


@pytest.fixture(scope="module")
def samples(project):
    return project / "samples" / "steel"


def test_the_profile_stands_alone_with_its_wells_and_its_empty_tray(tmp_path, samples):
    path = tmp_path / "ours.yaml"
    _, found, written = calibrated(path, samples / "empty.jpg")
    assert written == (path, tmp_path / "ours.empty.png")
    text = yaml.safe_load(path.read_text("utf-8"))
    assert "parent" not in text
    assert "servings" not in text
    profile = load_profile(path).profile
    assert profile == found.profile
    assert list(profile.layout.compartments) == [f"well-{n}" for n in (1, 2, 3, 4, 5)]
    assert profile.backprojection == load_profile("steel-5").profile.backprojection


def test_what_was_not_seen_is_said_with_the_fields_to_check(tmp_path, samples):
    auto = made(tmp_path / "ours.yaml", samples / "empty.jpg", rim_height_mm=None)
    rim, depths = auto.notes
    assert "30 mm" in rim
    assert "--rim-height" in rim
    for field in ("well-1..well-5", "depth_mm", "capacity_ml", "liquid", "tray_coloured"):
        assert field in depths
    given = made(tmp_path / "ours.yaml", samples / "empty.jpg", rim_height_mm=24.0)
    assert len(given.notes) == 1
    assert "20 mm deep" in given.notes[0]


def test_the_corners_are_those_of_the_photograph(tmp_path, samples):
    truth = json.loads((samples / "truth.json").read_text("utf-8"))
    corners = truth["pictures"]["empty"]["corners_px"]
    found = made(tmp_path / "ours.yaml", samples / "empty.jpg")
    assert np.abs(np.array(found.corners_px) - corners).max() < 12
    given = made(tmp_path / "ours.yaml", samples / "empty.jpg", corners_px=corners[::-1])
    assert np.array(given.corners_px) == pytest.approx(np.array(corners), abs=1)


def test_with_its_dishes_marked_it_reads_a_tray_as_the_shipped_profile_does(tmp_path, samples):
    path = tmp_path / "ours.yaml"
    calibrated(path, samples / "empty.jpg")
    data = yaml.safe_load(path.read_text("utf-8"))
    data["layout"]["compartments"]["well-5"]["liquid"] = True
    data["servings"] = {"well-4": {"tray_coloured": True}}
    path.write_text(yaml.safe_dump(data), "utf-8")
    job = Job(image=str(samples / "after.jpg"), before=str(samples / "before.jpg"))
    ours, shipped = (
        {item.id: item.leftover_ratio for item in colour_alone(name).analyze(job).compartments}
        for name in (str(path), "steel-5")
    )
    for number, name in enumerate(ORDER, start=1):
        assert ours[f"well-{number}"] == pytest.approx(shipped[name], abs=0.1), name


def test_a_serving_is_stored_as_for_a_known_layout(tmp_path, samples):
    path = tmp_path / "ours.yaml"
    calibrated(path, samples / "empty.jpg", serving=str(samples / "before.jpg"))
    profile = load_profile(path).profile
    assert profile.served_picture == "ours.served.png"
    for well in ("well-1", "well-2", "well-3"):
        assert 0.2 < profile.servings[well].area_fraction <= 1


def test_a_picture_without_a_tray_of_that_size_is_refused_with_its_name(tmp_path):
    save_png(tmp_path / "table.png", np.full((300, 400, 3), 120, np.uint8))
    with pytest.raises(TrayNotFound, match=r"table\.png.*--corners"):
        made(tmp_path / "ours.yaml", tmp_path / "table.png")


def test_wells_that_cannot_be_told_apart_are_refused_with_what_to_do(tmp_path):
    rng = np.random.default_rng(1)
    save_png(tmp_path / "flat.png", rng.normal(150, 3, (300, 400, 3)).astype(np.uint8))
    corners = ((10, 10), (390, 10), (390, 290), (10, 290))
    with pytest.raises(ProfileError, match=r"flat\.png.*told apart.*--layout"):
        made(tmp_path / "ours.yaml", tmp_path / "flat.png", corners_px=corners)


def test_a_profile_that_is_there_is_not_overwritten(tmp_path, samples):
    path = tmp_path / "ours.yaml"
    path.write_text("schema: 1\n", "utf-8")
    with pytest.raises(UsageError, match="--update"):
        made(path, samples / "empty.jpg")
