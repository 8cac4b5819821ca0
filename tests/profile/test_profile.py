"""Profiles: shipped ones are sound, bad ones are refused with the field named."""

from __future__ import annotations

import math

import pytest
import yaml

from foodwaste.errors import ProfileError
from foodwaste.profile import available_profiles, load_profile, save_profile, store
from foodwaste.profile.content_key import content_key
from foodwaste.profile.polygon import polygon_area, rounded_polygon
from foodwaste.tray.frame import frame_of


@pytest.fixture
def write(tmp_path):
    def _write(text, name="site.yaml"):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else yaml.safe_dump(text), encoding="utf-8")
        return path

    return _write


@pytest.mark.parametrize("name", list(available_profiles()))
def test_shipped_profiles_hold_what_their_wells_can_hold(name):
    layout = load_profile(name).profile.layout
    frame = frame_of(layout)
    for well_id, well in layout.compartments.items():
        inside = frame.rim_masks[well_id]
        volume = float(frame.depth_mm[inside].sum()) * frame.mm_per_px**2 / 1000
        assert well.capacity_ml == pytest.approx(volume, rel=0.15), well_id


@pytest.mark.parametrize("name", list(available_profiles()))
def test_wells_of_shipped_profiles_do_not_overlap(name):
    masks = list(frame_of(load_profile(name).profile.layout).rim_masks.values())
    assert sum(mask.astype(int) for mask in masks).max() == 1


def test_a_child_changes_a_few_fields_and_keeps_the_rest(write):
    path = write(
        {
            "parent": "steel-5",
            "servings": {"rice": {"mass_g": 180}},
            "backprojection": {"channels": "H+S"},
        }
    )
    child, parent = load_profile(path).profile, load_profile("steel-5").profile
    assert child.name == "site"
    assert child.servings["rice"].mass_g == 180
    assert child.servings["rice"].volume_ml == parent.servings["rice"].volume_ml
    assert child.backprojection.channels == "H+S"
    assert child.layout == parent.layout


def test_a_saved_profile_reads_back_the_same(tmp_path):
    profile = load_profile("white-5").profile
    save_profile(profile, tmp_path / "식판.yaml")
    assert load_profile(tmp_path / "식판.yaml").profile == profile
    assert list(tmp_path.iterdir()) == [tmp_path / "식판.yaml"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("layout: [unclosed", "not valid YAML (line 1"),
        ("just words", "not a profile"),
        ({"parent": "no-such-tray"}, "no profile called 'no-such-tray'"),
        ({"parent": "steel-5", "servings": {"dessert": {"mass_g": 5}}}, "'dessert'"),
        ({"parent": "steel-5", "colour": "red"}, "colour"),
        ({"parent": "steel-5", "backprojection": {"blur_kernel_px": 4}}, "odd"),
        ({"parent": "steel-5", "layout": {"width_mm": -1}}, "layout.width_mm"),
        (
            {"parent": "steel-5", "layout": {"compartments": {"rice": {"capacity_ml": 9000}}}},
            "more than the well can hold",
        ),
        ({"parent": "./site.yaml"}, "circle"),
    ],
)
def test_a_bad_profile_is_refused_with_its_field_named(write, content, message):
    path = write(content)
    with pytest.raises(ProfileError, match=r"site\.yaml|no-such-tray") as raised:
        load_profile(path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("parser", ["SafeLoader", "CSafeLoader"])
def test_either_parser_reads_the_same_and_names_the_line(write, monkeypatch, parser):
    if not hasattr(yaml, parser):
        pytest.skip("PyYAML was built without libyaml")
    as_it_is = load_profile("steel-5").profile
    monkeypatch.setattr(store, "_LOADER", getattr(yaml, parser))
    assert load_profile("steel-5").profile == as_it_is
    bad = write("parent: steel-5\nservings:\n  rice: [1\nsoup: 2\n")
    with pytest.raises(ProfileError, match=r"not valid YAML \(line 4"):
        load_profile(bad)


def test_a_missing_profile_says_which_there_are():
    with pytest.raises(ProfileError, match=r"shipped: .*steel-5.*calibrate"):
        load_profile("no-such-tray")


def test_today_s_serving_decides_whether_a_well_holds_a_liquid(write):
    path = write({"parent": "steel-5", "servings": {"soup": {"dish": "bulgogi", "liquid": False}}})
    assert load_profile("steel-5").profile.is_liquid("soup")
    assert not load_profile(path).profile.is_liquid("soup")


def test_a_square_with_half_its_side_as_radius_is_a_circle():
    circle = rounded_polygon([(0, 0), (10, 0), (10, 10), (0, 10)], 5, arc_steps=64)
    assert polygon_area(circle) == pytest.approx(math.pi * 25, rel=1e-3)
    assert all(math.dist(point, (5, 5)) == pytest.approx(5) for point in circle)


def test_rounding_takes_only_the_corners():
    sharp = [(0, 0), (100, 0), (100, 60), (0, 60)]
    assert polygon_area(rounded_polygon(sharp, 0)) == 6000
    lost = 6000 - polygon_area(rounded_polygon(sharp, 10, arc_steps=64))
    assert lost == pytest.approx((4 - math.pi) * 100, rel=1e-3)


def test_equal_contents_have_one_key_and_a_changed_copy_another():
    layout = load_profile("steel-5").profile.layout
    same = type(layout).model_validate(layout.model_dump())
    assert content_key(layout) == content_key(same) == layout.model_dump_json()
    wider = layout.model_copy(update={"width_mm": layout.width_mm + 1})
    assert content_key(wider) != content_key(layout)
