from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from foodwaste.batch.discover import find_pictures


def put(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(found):
    return [path.as_posix() for path in found.pictures]


def test_pictures_of_all_formats_are_found_in_a_stable_order(tmp_path):
    put(tmp_path, "b/2.HEIC", "a.JPG", "b/1.png", "z.webp", "c.tif", "notes.txt", "d.bmp")
    found = find_pictures(tmp_path)
    assert names(found) == ["a.JPG", "b/1.png", "b/2.HEIC", "c.tif", "d.bmp", "z.webp"]
    assert found.problems == []


def test_hidden_files_and_the_results_folder_are_left_out(tmp_path):
    put(tmp_path, "a.jpg", ".b.jpg", ".cache/c.jpg", "out/audit/d.png", "._e.jpg")
    assert names(find_pictures(tmp_path, leave_out=(tmp_path / "out",))) == ["a.jpg"]


def test_links_in_a_circle_are_followed_once(tmp_path):
    put(tmp_path, "a.jpg", "sub/b.jpg")
    (tmp_path / "sub/back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "again").symlink_to(tmp_path / "sub", target_is_directory=True)
    (tmp_path / "self.jpg").symlink_to("self.jpg")
    found = find_pictures(tmp_path)
    assert sorted(path.name for path in found.pictures) == ["a.jpg", "b.jpg"]
    assert [path.name for path, _ in found.problems] == ["self.jpg"]


def test_the_same_name_in_both_unicode_forms_is_two_files(tmp_path):
    forms = [unicodedata.normalize(form, "식판.jpg") for form in ("NFC", "NFD")]
    put(tmp_path, *forms)
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system takes both forms for one name")
    assert sorted(names(find_pictures(tmp_path))) == sorted(forms)


def test_folder_that_may_not_be_searched_is_told(tmp_path):
    put(tmp_path, "a.jpg", "closed/b.jpg")
    if os.geteuid() == 0:
        pytest.skip("root may search every folder")
    (tmp_path / "closed").chmod(0)
    try:
        found = find_pictures(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert names(found) == ["a.jpg"]
    assert found.problems == [(Path("closed"), "folder cannot be searched (permission denied)")]
