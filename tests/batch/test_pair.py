from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from foodwaste.batch.pair import pair_by_names, pair_nothing, pair_with_folder
from foodwaste.batch.pair_table import pair_by_table
from foodwaste.errors import UsageError

ROOT = Path("/day")


def by_names(*names):
    return pair_by_names(ROOT, [Path(name) for name in sorted(names)])


def befores(pairing):
    return {
        tray.key: None if tray.before is None else tray.before.relative_to(ROOT).as_posix()
        for tray in pairing.trays
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("t1_before.jpg", "t1_after.jpg"),
        ("before-t1.jpg", "after-t1.heic"),
        ("T1 Before.JPG", "t1 after.png"),
        ("before.jpg", "after.jpg"),
        ("1반 식전.jpg", "1반 식후.jpg"),
        ("식전1.jpg", "식후1.jpg"),
        ("before/t1.jpg", "after/t1.jpg"),
        ("lunch/Before/a/t1.jpg", "lunch/After/a/t1.png"),
        ("식전/t1.jpg", "식후/t1.jpg"),
        (unicodedata.normalize("NFD", "식전/가.jpg"), "식후/가.jpg"),
    ],
)
def test_before_and_after_in_names_of_files_or_folders_belong_together(before, after):
    pairing = by_names(before, after)
    assert befores(pairing) == {after: before}
    assert pairing.left_over == []


@pytest.mark.parametrize("name", ["thereafter.jpg", "beforehand.jpg", "1.jpg", "afternoon/1.jpg"])
def test_words_inside_other_words_pair_nothing(name):
    assert befores(by_names(name)) == {name: None}


def test_same_names_in_different_folders_are_different_trays():
    pairing = by_names("mon/1_before.jpg", "mon/1_after.jpg", "tue/1_after.jpg")
    assert befores(pairing) == {
        "mon/1_after.jpg": "mon/1_before.jpg",
        "tue/1_after.jpg": None,
    }


def test_before_without_after_and_second_before_are_told():
    pairing = by_names("1_before.jpg", "2_before.jpg", "2_before.png", "2_after.jpg")
    assert befores(pairing) == {"2_after.jpg": "2_before.jpg"}
    assert dict(pairing.left_over) == {
        "1_before.jpg": "no after picture of this tray",
        "2_before.png": "a second before picture of the same tray",
    }


def test_every_picture_has_exactly_one_place():
    names = [
        "a/_meal.jpg",
        "a/1_before.jpg",
        "a/1_after.jpg",
        "b.jpg",
        "2_before.jpg",
        "c_after.png",
    ]
    pairing = by_names(*names)
    placed = [tray.image for tray in pairing.trays]
    placed += [tray.before for tray in pairing.trays if tray.before]
    placed += [ROOT / name for name, _ in pairing.left_over] + [ROOT / "a/_meal.jpg"]
    assert sorted(placed) == sorted(ROOT / name for name in names)


def test_meal_reference_counts_for_its_folder_and_below_until_a_nearer_one():
    pairing = by_names(
        "_meal.jpg", "1.jpg", "tue/2.jpg", "wed/기준.png", "wed/3.jpg", "wed/late/4.jpg"
    )
    references = {t.key: t.meal_reference.relative_to(ROOT).as_posix() for t in pairing.trays}
    assert references == {
        "1.jpg": "_meal.jpg",
        "tue/2.jpg": "_meal.jpg",
        "wed/3.jpg": "wed/기준.png",
        "wed/late/4.jpg": "wed/기준.png",
    }


def test_trays_with_a_before_picture_need_no_meal_reference():
    tray = by_names("_meal.jpg", "1_before.jpg", "1_after.jpg").trays[0]
    assert tray.before is not None
    assert tray.meal_reference is None


def test_second_meal_reference_of_a_folder_is_told():
    pairing = by_names("_meal.jpg", "_meal.png", "1.jpg")
    assert pairing.left_over == [("_meal.png", "a second meal reference in one folder")]


def test_pairing_nothing_takes_every_picture_for_a_tray():
    pairing = pair_nothing(ROOT, [Path("1_after.jpg"), Path("1_before.jpg"), Path("_meal.jpg")])
    assert [(t.key, t.before) for t in pairing.trays] == [
        ("1_after.jpg", None),
        ("1_before.jpg", None),
    ]


def test_second_folder_pairs_by_path_whatever_the_ending(tmp_path):
    other = tmp_path / "served"
    for name in ("mon/1.heic", "mon/9.jpg"):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_bytes(b"x")
    pairing = pair_with_folder(ROOT, [Path("mon/1.jpg"), Path("tue/1.jpg")], other)
    assert [t.before for t in pairing.trays] == [other / "mon/1.heic", None]
    assert pairing.left_over == [(str(other / "mon/9.jpg"), "no after picture of this tray")]


def table(tmp_path, text):
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_table_pairs_relative_to_itself_one_tray_for_all_its_compartments(tmp_path):
    path = table(
        tmp_path,
        "after,before,compartment\nday/1.jpg,served/1.jpg,rice\nday/1.jpg,served/1.jpg,soup\n"
        "day/2.jpg,,rice\n../elsewhere/3.jpg,,\n",
    )
    pairing = pair_by_table(tmp_path / "day", path)
    elsewhere = (tmp_path.parent / "elsewhere/3.jpg").as_posix()
    assert [tray.key for tray in pairing.trays] == ["1.jpg", "2.jpg", elsewhere]
    assert pairing.trays[0].before == tmp_path / "served/1.jpg"
    assert pairing.trays[1].before is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image\n1.jpg\n", "must name a column 'after'"),
        ("after,before\n,x.jpg\n", "line 2: no 'after'"),
        ("after,before\n1.jpg,a.jpg\n1.jpg,b.jpg\n", "line 3: 1.jpg is listed with two partners"),
    ],
)
def test_table_that_cannot_be_followed_names_its_line(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        pair_by_table(tmp_path, table(tmp_path, text))
