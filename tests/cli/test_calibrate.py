"""``foodwaste calibrate`` as a command: files, messages, exit codes."""

from __future__ import annotations

import json

import pytest


def test_a_profile_is_made_and_the_next_command_it_names_works(foodwaste, steel, tmp_path):
    profile, audit = tmp_path / "our tray.yaml", tmp_path / "check.png"
    done = foodwaste(
        "calibrate",
        "--empty",
        steel / "empty.jpg",
        "--size",
        "37.5x29cm",
        "--serving",
        steel / "before.jpg",
        "--dish",
        "side-1=제육볶음",
        "--out",
        profile,
        "--audit",
        audit,
    )
    assert done.code == 0, done.err
    assert f"wrote {profile}" in done.out
    assert f"next: foodwaste analyze after.jpg --profile '{profile}'" in done.out
    assert audit.read_bytes().startswith(b"\x89PNG")
    read = foodwaste("analyze", steel / "after.jpg", "--profile", profile, "--json")
    assert read.code == 0, read.err
    (tray,) = read.lines
    assert tray["profile"] == "our tray"
    dishes = {item["id"]: item["dish"] for item in tray["compartments"]}
    assert dishes["side-1"] == "제육볶음"
    measured = {item["id"]: item["leftover_ratio"] for item in tray["compartments"]}
    assert measured["side-2"] > 0.5
    assert measured["side-3"] < 0.2


def test_json_is_one_object_and_a_second_run_overwrites_nothing(foodwaste, steel, tmp_path):
    profile = tmp_path / "ours.yaml"
    arguments = ["calibrate", "--empty", steel / "empty.jpg", "--out", profile, "--json"]
    done = foodwaste(*arguments)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["profile"] == str(profile)
    assert found["size_mm"] == [375, 290]
    assert 0 < found["fit"]["empty"] <= 1
    assert len(found["compartments"]) == 5
    before = profile.read_bytes()
    again = foodwaste(*arguments)
    assert (again.code, again.out) == (2, "")
    assert "--update" in again.err
    assert profile.read_bytes() == before
    renamed = foodwaste("calibrate", "--update", profile, "--dish", "rice=현미밥", "--json")
    assert renamed.code == 0
    assert "현미밥" in profile.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--empty", "EMPTY"], 2, "--out"),
        (["--out", "x.yaml"], 2, "--empty"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--size", "37.5x29"], 2, "37.5x29cm"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--size", "large"], 2, "375x290"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--dish", "rice"], 2, "rice=현미밥"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--dish", "ric=밥"], 2, "known: rice, soup"),
        (["--empty", "EMPTY", "--out", "x.txt"], 2, ".yaml"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--layout", "round"], 2, "steel-5, white-5"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--corners", "1,2"], 2, "four points"),
        (["--out", "x.yaml", "--layout", "auto", "--size", "375x290"], 2, "--empty"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--layout", "auto"], 2, "--size"),
        (["--empty", "EMPTY", "--layout", "auto", "--size", "375x290"], 2, "--out"),
        (["--empty", "EMPTY", "--out", "x.yaml", "--material", "white"], 2, "--layout auto"),
        (
            ["--empty", "missing.jpg", "--out", "x.yaml", "--layout", "auto", "--size", "375x290"],
            4,
            "missing.jpg: no such file",
        ),
        (["--empty", "missing.jpg", "--out", "x.yaml"], 4, "missing.jpg: no such file"),
        (["--update", "x.yaml", "--dish", "rice=밥"], 2, "no such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(foodwaste, steel, arguments, code, message):
    given = [steel / "empty.jpg" if part == "EMPTY" else part for part in arguments]
    done = foodwaste("calibrate", *given)
    assert (done.code, done.out) == (code, "")
    assert len(done.err.splitlines()) == 1
    assert message in done.err


def test_an_unknown_trays_wells_are_measured_drawn_and_put_to_use(foodwaste, white, tmp_path):
    profile, audit = tmp_path / "ours.yaml", tmp_path / "check.png"
    given = ["--empty", white / "empty.jpg", "--size", "365x260", "--layout", "auto"]
    done = foodwaste(
        "calibrate", *given, "--material", "white", "--out", profile, "--audit", audit, "--json"
    )
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [item["id"] for item in found["compartments"]] == [f"well-{n}" for n in range(1, 6)]
    rim, depths = done.err.splitlines()
    assert "--rim-height" in rim
    assert "depth_mm" in depths
    assert audit.read_bytes().startswith(b"\x89PNG")
    pictures = (white / "after.jpg", "--before", white / "before.jpg")
    read = foodwaste("analyze", *pictures, "--profile", profile, "--json")
    assert read.code == 0, read.err
    (tray,) = read.lines
    assert tray["status"] != "failed"
    measured = [item["leftover_ratio"] for item in tray["compartments"]]
    assert sum(ratio is not None for ratio in measured) >= 4


def test_wells_that_cannot_be_told_apart_end_in_one_line(foodwaste, steel, tmp_path):
    # Corners that frame one well only.
    corners = "880,880 1240,880 1240,1160 880,1160"
    done = foodwaste(
        "calibrate", "--empty", steel / "empty.jpg", "--size", "375x290", "--layout", "auto",
        "--corners", corners, "--out", tmp_path / "ours.yaml",
    )  # fmt: skip
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert "cannot be told apart" in done.err
    assert not list(tmp_path.glob("ours*"))
