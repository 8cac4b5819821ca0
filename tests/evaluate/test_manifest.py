"""Manifests that are right, and manifests that are wrong in every way people get them wrong."""

from __future__ import annotations

import pytest

from foodwaste.evaluate.datasets import open_dataset
from foodwaste.evaluate.labels import DatasetError, split_meals
from foodwaste.evaluate.manifest import read_manifest
from foodwaste.profile import load_profile

WELLS = ("rice", "soup", "side-1", "side-2", "side-3")
HEAD = "after,before,compartment,dish,leftover_ratio,volume_ml,mass_g"


def manifest(tmp_path, *rows, head=HEAD):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"picture")
    path = tmp_path / "m.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_of_one_photograph_become_one_tray(tmp_path):
    path = manifest(tmp_path, "a.png,b.png,rice,쌀밥,0.5,120,", "a.png,b.png,soup,,,,90")
    dataset = read_manifest(path, WELLS)
    (tray,) = dataset.trays
    rice, soup = tray.labels
    assert (rice.dish, rice.leftover_ratio, rice.volume_ml, rice.mass_g) == ("쌀밥", 0.5, 120, None)
    assert (soup.dish, soup.leftover_ratio, soup.mass_g) == (None, None, 90)
    assert tray.before == tmp_path / "b.png"
    assert dataset.meals == ("b.png",)


def test_a_byte_order_mark_from_a_spreadsheet_is_read(tmp_path):
    path = manifest(tmp_path, "a.png,,rice,,0.5,,")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_manifest(path, WELLS).trays[0].before is None


def test_the_meal_column_groups_trays_without_before_pictures(tmp_path):
    path = manifest(
        tmp_path, "a.png,,rice,,0.5,,,monday", "b.png,,rice,,0.1,,,monday", head=HEAD + ",meal"
    )
    assert read_manifest(path, WELLS).meals == ("monday",)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["gone.png,,rice,,0.5,,"], "gone.png (line 2)"),
        (["a.png,gone.png,rice,,0.5,,"], "1 pictures are missing"),
        (["a.png,,rice,,50,,"], "not per cent"),
        (["a.png,,rice,,1.4,,"], "more than 1"),
        (["a.png,,rice,,-0.1,,"], "leftover_ratio is a number of 0 or more"),
        (["a.png,,rice,,half,,"], "not 'half'"),
        (["a.png,,rice,,nan,,"], "not 'nan'"),
        (["a.png,,rice,,0.5,many,"], "volume_ml"),
        (["a.png,,dessert,,0.5,,"], "unknown compartment 'dessert' (the profile has: rice"),
        (["a.png,,rice,,0.5,,", "a.png,,rice,,0.6,,"], "labelled twice"),
        ([",,rice,,0.5,,"], "no picture in column 'after'"),
        ([], "no labelled tray"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, rows, says):
    path = manifest(tmp_path, *rows)
    with pytest.raises(DatasetError) as error:
        read_manifest(path, WELLS)
    assert says in str(error.value)
    assert str(path) in str(error.value)


def test_a_missing_column_is_named(tmp_path):
    path = manifest(tmp_path, "a.png,b.png", head="after,before")
    with pytest.raises(DatasetError, match="no column 'compartment'"):
        read_manifest(path, WELLS)


def test_text_in_another_encoding_is_refused_with_its_line(tmp_path):
    path = manifest(tmp_path, "a.png,,rice,,0.5,,")
    path.write_bytes(path.read_bytes() + "a.png,,soup,국,0.5,,\n".encode("cp949"))
    with pytest.raises(DatasetError, match="not UTF-8 text \\(line 3\\)"):
        read_manifest(path, WELLS)


def test_a_little_more_left_than_served_is_all_left(tmp_path):
    path = manifest(tmp_path, "a.png,,rice,,1.04,,")
    assert read_manifest(path, WELLS).trays[0].labels[0].leftover_ratio == 1.0


def test_an_unknown_data_set_says_which_are_known(tmp_path, monkeypatch):
    monkeypatch.delenv("FOODWASTE_DATA", raising=False)
    profile = load_profile("steel-5").profile
    with pytest.raises(DatasetError, match="steel-tray"):
        open_dataset(str(tmp_path / "nothing.csv"), profile)
    with pytest.raises(DatasetError, match="FOODWASTE_DATA"):
        open_dataset("steel-tray", profile)


def test_a_meal_lies_on_one_side_of_the_split_and_stays_there():
    meals = tuple(f"meal-{i}" for i in range(40))
    first, second = split_meals(meals, 0.25, seed=3)
    assert set(first) | set(second) == set(meals)
    assert not set(first) & set(second)
    assert len(second) == 10
    assert split_meals(tuple(reversed(meals)), 0.25, seed=3)[1] == tuple(reversed(second))
