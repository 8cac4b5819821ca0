"""From photographs of a tray to a profile that analyses that tray."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from foodwaste.calibrate import Request, calibrate, new_target, update_target, write
from foodwaste.calibrate.picture import draw_calibration
from foodwaste.errors import TrayNotFound, UsageError
from foodwaste.imaging import load, save_png
from foodwaste.pipeline import Analyzer, Job, Settings
from foodwaste.profile import available_profiles, load_profile


def make(path: Path, request: Request, layout: str = "steel-5"):
    target = new_target(path, load_profile(layout))
    found = calibrate(request, target.base, name=target.name, stem=path.stem)
    return found, write(found, target)


def test_an_empty_tray_gives_a_short_child_profile_and_its_rectified_picture(tmp_path, empty_photo):
    path = tmp_path / "ours.yaml"
    found, written = make(path, Request(empty=str(empty_photo.path)))
    assert written == (path, tmp_path / "ours.empty.png")
    assert load(tmp_path / "ours.empty.png").rgb.shape == (288, 384, 3)
    assert yaml.safe_load(path.read_text("utf-8")) == {
        "schema": 1,
        "name": "ours",
        "parent": "steel-5",
        "empty_tray": {"picture": "ours.empty.png"},
    }
    assert load_profile(path).profile == found.profile
    assert np.abs(found.empty.location.corners_px - empty_photo.corners_px).max() < 6


def test_a_tray_of_another_size_gets_its_own_wells(tmp_path, empty_photo):
    found, _ = make(
        tmp_path / "ours.yaml",
        Request(empty=str(empty_photo.path), size_mm=(390, 300), rim_height_mm=33),
    )
    layout = load_profile(tmp_path / "ours.yaml").profile.layout
    assert (layout.width_mm, layout.height_mm, layout.rim_height_mm) == (390, 300, 33)
    assert layout == found.profile.layout


def test_a_served_tray_gives_each_dish_its_serving(tmp_path, empty_photo, served_photo):
    path = tmp_path / "ours.yaml"
    found, written = make(
        path,
        Request(
            empty=str(empty_photo.path),
            serving=str(served_photo.path),
            dishes={"side-1": "김치"},
        ),
    )
    assert tmp_path / "ours.served.png" in written
    profile = load_profile(path).profile
    assert profile.served_picture == "ours.served.png"
    for side in ("side-1", "side-2"):
        assert 0.3 < profile.servings[side].area_fraction < 1
        assert profile.servings[side].relative_error == 0.15
    assert profile.servings["side-1"].dish == "김치"
    # 60 % of the depth of a well that widens upwards is 50 % of its volume.
    capacity = profile.layout.compartments["soup"].capacity_ml
    assert 0.35 < profile.servings["soup"].volume_ml / capacity < 0.65
    assert profile.servings["soup"].mass_g == pytest.approx(
        profile.servings["soup"].volume_ml, abs=0.11
    )
    assert any("side-3: nothing seen there" in note for note in found.notes)


def test_amounts_of_another_dish_do_not_stay_with_a_new_name(tmp_path, empty_photo):
    found, _ = make(
        tmp_path / "ours.yaml",
        Request(empty=str(empty_photo.path), dishes={"rice": "현미밥"}),
    )
    rice = load_profile(tmp_path / "ours.yaml").profile.servings["rice"]
    assert (rice.dish, rice.volume_ml, rice.mass_g) == ("현미밥", None, None)
    assert any("현미밥" in note and "volume_ml" in note for note in found.notes)


def test_the_profile_reads_its_own_served_tray_as_full_and_its_empty_one_as_empty(
    tmp_path, empty_photo, served_photo
):
    path = tmp_path / "ours.yaml"
    make(path, Request(empty=str(empty_photo.path), serving=str(served_photo.path)))
    analyzer = Analyzer(Settings(profile=str(path), depth="off", quantity="off"))
    full = {
        item.id: item for item in analyzer.analyze(Job(image=str(served_photo.path))).compartments
    }
    empty = {
        item.id: item for item in analyzer.analyze(Job(image=str(empty_photo.path))).compartments
    }
    for name in ("soup", "side-1", "side-2"):
        assert full[name].leftover_ratio > 0.9, name
        assert empty[name].leftover_ratio < 0.1, name
        assert full[name].reference == "serving"


def test_an_update_adds_the_serving_and_keeps_everything_else(tmp_path, empty_photo, served_photo):
    path = tmp_path / "ours.yaml"
    make(path, Request(empty=str(empty_photo.path)))
    text = "# Our kitchen\n" + path.read_text("utf-8") + "title: School 7 # since March\n"
    path.write_text(text, "utf-8")
    empty_bytes = (tmp_path / "ours.empty.png").read_bytes()
    target = update_target(path)
    found = calibrate(
        Request(serving=str(served_photo.path)), target.base, name=target.name, stem=path.stem
    )
    written = write(found, target)
    profile = load_profile(path).profile
    assert profile.title == "School 7"
    assert profile.empty_tray.picture == "ours.empty.png"
    assert profile.served_picture == "ours.served.png"
    assert (tmp_path / "ours.empty.png").read_bytes() == empty_bytes
    assert path.read_text("utf-8").startswith("# Our kitchen\n")
    assert tmp_path / "ours.yaml.bak" in written
    assert (tmp_path / "ours.yaml.bak").read_text("utf-8") == text


def test_a_layout_from_a_file_is_written_whole_and_stands_alone(tmp_path, empty_photo):
    other = tmp_path / "other.yaml"
    make(other, Request(empty=str(empty_photo.path)))
    path = tmp_path / "ours.yaml"
    make(path, Request(empty=str(empty_photo.path)), layout=str(other))
    other.unlink()
    assert "parent" not in yaml.safe_load(path.read_text("utf-8"))
    assert len(load_profile(path).profile.layout.compartments) == 5


def test_a_profile_named_like_its_parent_is_written_whole_rather_than_inherit_from_itself(
    tmp_path, empty_photo
):
    path = tmp_path / "steel-5.yaml"
    make(path, Request(empty=str(empty_photo.path)))
    assert "parent" not in yaml.safe_load(path.read_text("utf-8"))
    assert load_profile(path).empty_picture == tmp_path / "steel-5.empty.png"


def test_nothing_that_is_there_is_overwritten(tmp_path, empty_photo):
    path = tmp_path / "ours.yaml"
    path.write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="--update"):
        new_target(path, load_profile("steel-5"))
    path.unlink()
    (tmp_path / "ours.empty.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"ours\.empty\.png exists"):
        new_target(path, load_profile("steel-5"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ours.txt", "ends in .yaml"),
        ("a:b.yaml", "letters, digits"),
        ("none/ours.yaml", "no folder"),
    ],
)
def test_a_path_that_cannot_be_a_profiles_is_refused(tmp_path, name, reason):
    with pytest.raises(UsageError, match=reason):
        new_target(tmp_path / name, load_profile("steel-5"))


def test_a_shipped_profile_is_not_updated():
    with pytest.raises(UsageError, match="--layout steel-5 --out"):
        update_target(available_profiles()["steel-5"])


def test_a_picture_without_a_tray_is_named_with_what_to_do(tmp_path):
    picture = tmp_path / "table.png"
    noise = np.random.default_rng(0).integers(90, 160, (300, 400, 3), dtype=np.uint8)
    save_png(picture, noise)
    with pytest.raises(TrayNotFound, match=r"table\.png.*empty tray.*--corners"):
        make(tmp_path / "ours.yaml", Request(empty=str(picture)))
    assert not (tmp_path / "ours.yaml").exists()


def test_a_well_that_the_picture_cuts_off_is_noted(tmp_path, empty_photo):
    whole = load(empty_photo.path).rgb
    save_png(tmp_path / "cut.png", np.ascontiguousarray(whole[:, :690]))
    found, _ = make(
        tmp_path / "ours.yaml",
        Request(
            empty=str(tmp_path / "cut.png"),
            corners_px=tuple((float(x), float(y)) for x, y in empty_photo.corners_px),
        ),
    )
    (note,) = found.notes
    assert "cuts off" in note
    assert "soup" in note


def test_a_dish_in_an_unknown_compartment_is_refused(tmp_path, empty_photo):
    with pytest.raises(UsageError, match="known: rice"):
        make(tmp_path / "ours.yaml", Request(empty=str(empty_photo.path), dishes={"ric": "x"}))


def test_the_audit_picture_shows_what_was_given(tmp_path, empty_photo, served_photo):
    both, _ = make(
        tmp_path / "a.yaml",
        Request(empty=str(empty_photo.path), serving=str(served_photo.path)),
    )
    alone, _ = make(tmp_path / "b.yaml", Request(empty=str(empty_photo.path)))
    tall, short = draw_calibration(both), draw_calibration(alone)
    assert tall.shape[1:] == short.shape[1:] == (1824, 3)
    assert tall.shape[0] > short.shape[0] + 600


def test_the_real_steel_tray_is_read_after_only_with_its_own_profile(tmp_path, photographs):
    steel = photographs / "steel-tray"
    path = tmp_path / "ours.yaml"
    make(path, Request(empty=str(steel / "empty.png"), serving=str(steel / "full.png")))
    analyzer = Analyzer(Settings(profile=str(path), depth="off", quantity="off"))
    half = analyzer.analyze(Job(image=str(steel / "half.png")))
    errors = [abs(item.leftover_ratio - 0.5) for item in half.compartments]
    assert np.mean(errors) < 0.2
    empty = analyzer.analyze(Job(image=str(steel / "empty.png")))
    assert all(item.leftover_ratio <= 0.05 for item in empty.compartments)
