"""``foodwaste analyze``: what reaches stdout and stderr, and the exit code."""

from __future__ import annotations

import shutil
import unicodedata

import pytest

from foodwaste.report import TrayReport

#: DESIGN: the JSON of one tray, schema 1.
TRAY_FIELDS = {
    "schema",
    "image",
    "before",
    "profile",
    "status",
    "reason",
    "elapsed_s",
    "stages",
    "compartments",
    "tray",
}
COMPARTMENT_FIELDS = {
    "id",
    "dish",
    "leftover_ratio",
    "interval",
    "confidence",
    "volume_ml",
    "mass_g",
    "reference",
    "weights",
    "evidence",
}


def test_json_is_one_object_of_the_promised_shape(foodwaste, steel):
    done = foodwaste("analyze", steel / "after.jpg", "--before", steel / "before.jpg", "--json")
    assert (done.code, done.err) == (0, "")
    (tray,) = done.lines
    assert tray.keys() >= TRAY_FIELDS
    assert tray["schema"] == 1
    assert tray["image"] == str(steel / "after.jpg")
    assert tray["before"] == str(steel / "before.jpg")
    assert (tray["profile"], tray["status"], tray["reason"]) == ("steel-5", "ok", None)
    assert [each["id"] for each in tray["compartments"]] == [
        "rice",
        "soup",
        "side-1",
        "side-2",
        "side-3",
    ]
    for each in tray["compartments"]:
        assert each.keys() >= COMPARTMENT_FIELDS
        ratio = each["leftover_ratio"]
        if ratio is None:
            assert each["interval"] is None
            assert each["notes"]
            continue
        low, high = each["interval"]
        assert 0 <= low <= ratio <= high <= 1
        assert sum(each["weights"].values()) == pytest.approx(1, abs=1e-3)
        for said in each["evidence"].values():
            assert said.keys() >= {"amount", "leftover_ratio", "confidence"}
    assert tray["tray"].keys() >= {"leftover_ratio", "interval", "volume_ml", "mass_g"}
    assert all(stage.keys() == {"name", "elapsed_s"} for stage in tray["stages"])
    assert TrayReport.model_validate(tray).to_json() == done.out.strip()


def test_several_pictures_give_a_line_each_in_their_order_and_one_failure_gives_1(
    foodwaste, steel, tmp_path
):
    missing = tmp_path / "missing.jpg"
    pictures = [steel / "after.jpg", missing, steel / "empty.jpg"]
    done = foodwaste("analyze", *pictures, "--meal-reference", steel / "before.jpg", "--json")
    assert done.code == 1
    assert [line["image"] for line in done.lines] == [str(picture) for picture in pictures]
    assert [line["status"] for line in done.lines] == ["ok", "failed", "ok"]
    assert done.lines[1]["compartments"] == []
    assert done.lines[1]["tray"]["leftover_ratio"] is None
    assert len(done.err.splitlines()) == 1
    assert "missing.jpg: no such file" in done.err


def test_a_picture_comes_from_standard_input_as_from_its_file(foodwaste, steel):
    picture = steel / "after.jpg"
    piped = foodwaste("analyze", "-", "--json", stdin=picture.read_bytes())
    read = foodwaste("analyze", picture, "--json")
    assert (piped.code, piped.err) == (0, "")
    assert piped.lines[0]["image"] == "-"
    assert piped.lines[0]["compartments"] == read.lines[0]["compartments"]


def test_a_decomposed_korean_path_with_spaces_is_read(foodwaste, steel, tmp_path):
    folder = tmp_path / unicodedata.normalize("NFD", "급식 사진")
    folder.mkdir()
    picture = folder / unicodedata.normalize("NFD", "식판 후 🍚.jpg")
    shutil.copy(steel / "after.jpg", picture)
    done = foodwaste("analyze", picture, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.lines[0]["image"] == str(picture)


def at_a_tiny_budget(foodwaste, *arguments):
    """A budget below a second is cut at one second, the cold start of two processes included."""
    for _ in range(4):
        done = foodwaste("analyze", *arguments, "--budget", "0.001")
        if "stopped at the deadline" not in done.err:
            return done
    pytest.skip("this machine is too busy to start two interpreters within a second")


def test_a_tiny_budget_gives_a_labelled_fallback_and_0_or_6_under_strict(foodwaste, steel):
    done = at_a_tiny_budget(foodwaste, steel / "after.jpg", "--json")
    assert done.code == 0
    (tray,) = done.lines
    assert tray["status"] == "fallback"
    assert "budget" in tray["reason"]
    assert len(tray["compartments"]) == 5
    strict = at_a_tiny_budget(foodwaste, steel / "after.jpg", "--json", "--strict")
    assert strict.code == 6
    assert strict.lines[0]["status"] == "fallback"


def test_nothing_that_a_library_prints_reaches_stdout(foodwaste, steel, tmp_path):
    """A C library that writes to file descriptor 1 as it is loaded, in every process."""
    (tmp_path / "noisy").mkdir()
    (tmp_path / "noisy" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Noisy:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name in ('cv2', 'numpy', 'yaml'):\n"
        "            os.write(1, f'noise of {name}\\n'.encode())\n"
        "sys.meta_path.insert(0, Noisy)\n"
    )
    noisy = {"PYTHONPATH": str(tmp_path / "noisy")}
    done = foodwaste("analyze", steel / "after.jpg", "--json", env=noisy)
    assert done.code == 0
    assert [line["status"] for line in done.lines] == ["ok"]
    assert "noise of cv2" in done.err
    shown = foodwaste("analyze", steel / "after.jpg", env=noisy)
    assert "noise" not in shown.out
    assert "compartment" in shown.out


def test_an_audit_sheet_is_written_and_said_on_stderr(foodwaste, steel, tmp_path):
    sheet = tmp_path / "sheet.png"
    done = foodwaste("analyze", steel / "after.jpg", "--json", "--audit", sheet)
    assert done.code == 0
    assert done.lines[0]["status"] == "ok"
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert done.err.splitlines() == [f"audit sheet: {sheet}"]


def test_sheets_of_pictures_of_the_same_name_do_not_replace_each_other(
    foodwaste, steel, white, tmp_path
):
    folder = tmp_path / "sheets"
    folder.mkdir()
    pictures = [steel / "after.jpg", steel / "before.jpg", steel / "after.jpg"]
    done = foodwaste("analyze", *pictures, "--audit", folder)
    assert done.code == 0
    written = sorted(path.name for path in folder.iterdir())
    assert written == ["after.2.audit.png", "after.audit.png", "before.audit.png"]
    assert len(done.err.splitlines()) == 3


def test_an_old_sheet_is_not_passed_off_as_the_new_one(foodwaste, steel, tmp_path):
    sheet = tmp_path / "sheet.png"
    sheet.mkdir()
    done = foodwaste("analyze", steel / "after.jpg", "--audit", sheet / "x.png", "--json")
    assert (done.code, done.err) == (0, f"audit sheet: {sheet / 'x.png'}\n")
    (tmp_path / "link.png").symlink_to(tmp_path / "gone" / "sheet.png")
    done = foodwaste("analyze", steel / "after.jpg", "--audit", tmp_path / "link.png", "--json")
    assert len(done.lines) == 1
    assert "no audit sheet written" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--before", "a.jpg", "--meal-reference", "b.jpg"], "not both"),
        (["--budget", "0"], "more than 0"),
        (["--corners", "1,2 3,4"], "four points"),
        (["--policy", "guess"], "known: thresholds"),
        (["--depth", "deep"], "embedded"),
        (["--profile", "steel-9"], "steel-5, white-5"),
        (["--audit", "/no/such/folder/sheet.png"], "no folder"),
        (["second.jpg", "--before", "a.jpg"], "--meal-reference"),
    ],
)
def test_arguments_that_cannot_be_met_are_usage_errors_in_one_line(
    foodwaste, steel, arguments, message
):
    done = foodwaste("analyze", steel / "after.jpg", *arguments)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert message in done.err
    assert done.err.startswith("foodwaste: ")


def test_an_unknown_option_or_no_picture_exits_with_2(foodwaste):
    assert foodwaste("analyze", "--no-such-option").code == 2
    assert foodwaste("analyze").code == 2
