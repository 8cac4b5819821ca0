"""Profiles are written short, and an update keeps what it does not measure."""

from __future__ import annotations

import pytest
import yaml

from foodwaste.calibrate import document
from foodwaste.profile import load_profile


@pytest.fixture
def steel():
    return load_profile("steel-5").profile


def test_what_differs_merged_into_the_base_gives_the_changed_one():
    base = {"a": 1, "b": {"c": 2, "d": [1, 2]}, "e": "kept"}
    changed = {"a": 1, "b": {"c": 3, "d": [1, 2], "f": None}, "e": "kept", "g": {"h": 1, "i": None}}
    found = document.difference(base, changed)
    assert found == {"b": {"c": 3}, "g": {"h": 1}}
    assert document.merged(base, found)["b"] == {"c": 3, "d": [1, 2]}


def test_a_child_holds_only_what_it_changes(steel):
    changed = steel.model_copy(update={"name": "ours", "served_picture": "ours.served.png"})
    found = document.child_document(changed, steel, "steel-5")
    assert found == {
        "schema": 1,
        "name": "ours",
        "parent": "steel-5",
        "served_picture": "ours.served.png",
    }


@pytest.mark.parametrize("shape", ["child", "whole"])
def test_a_written_profile_reads_back_as_it_was(steel, shape, tmp_path):
    serving = steel.servings["rice"].model_copy(
        update={"dish": "현미밥", "volume_ml": None, "mass_g": None}
    )
    profile = steel.model_copy(
        update={"name": "ours", "servings": {**steel.servings, "rice": serving}}
    )
    if shape == "child":
        found = document.child_document(profile, steel, "steel-5")
    else:
        found = document.whole_document(profile)
    path = tmp_path / "ours.yaml"
    document.write_text(path, document.as_text(found))
    assert load_profile(path).profile == profile


def test_points_stand_on_one_line_and_whole_numbers_without_a_point(steel):
    text = document.as_text(document.whole_document(steel))
    assert "width_mm: 375\n" in text
    assert "rim_polygon_mm: [[" in text
    assert text.startswith("#")


def test_an_update_changes_only_what_was_measured_anew(steel):
    written = {
        "parent": "steel-5",
        "title": "Our kitchen",
        "servings": {"side-1": {"dish": "김치"}},
    }
    before = steel.model_copy(update={"title": "Our kitchen"})
    after = before.model_copy(update={"served_picture": "x.png"})
    found = document.updated_document(written, before, after)
    assert found == {**written, "served_picture": "x.png"}


def test_comments_at_the_top_are_kept_and_others_noticed():
    text = "# ours\n# since spring\nschema: 1\nname: a\n"
    assert document.header_of(text) == "# ours\n# since spring\n"
    assert not document.has_inner_comments(text)
    assert document.has_inner_comments(text + "# here\n")
    assert document.has_inner_comments(text + "title: x  # here\n")
    assert not document.has_inner_comments("name: a#b\n")
    assert yaml.safe_load(text) == {"schema": 1, "name": "a"}
