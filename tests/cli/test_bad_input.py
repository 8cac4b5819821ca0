"""Bad input: one clear line each, the right exit code, no traceback, no made-up numbers."""

from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

UNREADABLE = {
    "missing.jpg": "no such file",
    "folder.jpg": "is a folder",
    "empty.jpg": "empty",
    "text.jpg": "not a picture",
    "cut-5.jpg": "of the picture is there",
    "huge.png": "30000 x 30000 px are 900.0 megapixels",
    "dot.png": "1 x 1 px is too small",
}
TRAYLESS = ("black.png", "table.jpg")


@pytest.fixture
def pictures(tmp_path, steel):
    """A folder with every bad picture, and odd ones that are good."""
    after = (steel / "after.jpg").read_bytes()
    image = Image.open(io.BytesIO(after))
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("I am a text, whatever my name says. " * 50)
    for percent in (5, 50, 90):
        (tmp_path / f"cut-{percent}.jpg").write_bytes(after[: len(after) * percent // 100])
    (tmp_path / "huge.png").write_bytes(png_that_declares(30_000, 30_000))
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    Image.new("RGB", (800, 600)).save(tmp_path / "black.png")
    rng = np.random.default_rng(5)
    smooth = rng.integers(90, 160, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(smooth).resize((1200, 900), Image.Resampling.BICUBIC).save(
        tmp_path / "table.jpg"
    )
    image.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=92)
    save_16_bit_png(tmp_path / "sixteen.png", np.asarray(image.reduce(2)))
    image.reduce(2).save(
        tmp_path / "animated.gif", save_all=True, append_images=[Image.new("RGB", (64, 64))]
    )
    return tmp_path


def png_that_declares(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def save_16_bit_png(path, rgb: np.ndarray) -> None:
    height, width, _ = rgb.shape
    rows = (rgb.astype(">u2") * 257).tobytes()
    step = width * 6
    raw = b"".join(b"\0" + rows[y * step : (y + 1) * step] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(raw, 1)), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in parts:
        data += struct.pack(">I", len(body)) + kind + body
        data += struct.pack(">I", zlib.crc32(kind + body))
    path.write_bytes(data)


def test_pictures_that_cannot_be_read_give_4_and_a_line_each(foodwaste, pictures):
    done = foodwaste("analyze", *(pictures / name for name in UNREADABLE), "--json")
    assert done.code == 4
    said = done.err.splitlines()
    assert len(said) == len(UNREADABLE)
    for line, (name, reason) in zip(said, UNREADABLE.items(), strict=True):
        assert line.startswith("foodwaste: ")
        assert line.count(name) == 1, line
        assert reason in line
    for report in done.lines:
        assert (report["status"], report["failure"]) == ("failed", "unreadable")
        assert report["reason"]
        assert report["compartments"] == []


@pytest.mark.parametrize("name", ["missing.jpg", "huge.png"])
def test_a_single_unreadable_picture_leaves_stdout_empty_without_json(foodwaste, pictures, name):
    done = foodwaste("analyze", pictures / name)
    assert (done.code, done.out) == (4, "")
    assert len(done.err.splitlines()) == 1


def test_a_refused_size_says_which_option_raises_the_limit(foodwaste, pictures):
    assert "--max-mpixels" in foodwaste("analyze", pictures / "huge.png").err


def test_pictures_without_a_tray_give_1_and_no_made_up_tray(foodwaste, pictures):
    done = foodwaste("analyze", *(pictures / name for name in TRAYLESS), "--json")
    assert done.code == 1
    assert len(done.err.splitlines()) == len(TRAYLESS)
    assert done.err.count("tray not found") == len(TRAYLESS)
    # A line says what can be done about it.
    assert done.err.count("foodwaste profiles") == len(TRAYLESS)
    for report in done.lines:
        assert (report["status"], report["failure"]) == ("failed", "no-tray")
        assert report["compartments"] == []


def test_odd_but_good_pictures_are_read_like_the_plain_one(foodwaste, pictures, steel):
    names = ("cmyk.jpg", "sixteen.png", "animated.gif")
    done = foodwaste(
        "analyze",
        *(pictures / name for name in names),
        "--json",
        "--meal-reference",
        steel / "before.jpg",
    )
    assert (done.code, done.err) == (0, "")
    for name, report in zip(names, done.lines, strict=True):
        measured = {item["id"]: item["leftover_ratio"] for item in report["compartments"]}
        assert measured["side-2"] > 0.5, name
        assert measured["side-3"] < 0.2, name


def test_a_slightly_truncated_picture_is_used_and_marked(foodwaste, pictures):
    done = foodwaste("analyze", pictures / "cut-90.jpg", "--json")
    (report,) = done.lines
    if report["status"] == "failed":
        assert done.code in (1, 4)
        assert "tray not found" in done.err
    else:
        assert any("truncated" in note for note in report["notes"])


def test_a_half_truncated_picture_gives_one_line_and_no_traceback(foodwaste, pictures):
    done = foodwaste("analyze", pictures / "cut-50.jpg", "--json")
    assert done.code in (1, 4)
    assert done.lines[0]["status"] == "failed"
    assert len(done.err.splitlines()) == 1
    assert "Traceback" not in done.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_picture_without_permission_to_read_says_so(foodwaste, pictures):
    picture = pictures / "black.png"
    picture.chmod(0)
    done = foodwaste("analyze", picture)
    assert done.code == 4
    assert "permission denied" in done.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layout: [unclosed\n", "not valid YAML (line 2"),
        ("just a text\n", "not a profile"),
        (
            "parent: steel-5\nservings: {desert: {area_fraction: 0.5}}\n",
            "unknown compartment 'desert'",
        ),
        ("parent: steel-5\nlayout: {width_mm: -3}\n", "layout.width_mm"),
        ("parent: steel-5\nlayuot: {}\n", "layuot"),
        ("parent: nowhere\n", "no profile called 'nowhere'"),
        ("\xff\xfe", "profile"),
        ("parent: steel-5\nempty_tray: {picture: gone.png}\n", "gone.png: no such file"),
    ],
)
def test_a_broken_profile_names_the_file_and_the_field(foodwaste, steel, tmp_path, text, message):
    profile = tmp_path / "site.yaml"
    profile.write_text(text, "latin-1")
    done = foodwaste("analyze", steel / "after.jpg", "--profile", profile, "--json")
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_before_picture_of_another_tray_is_told_from_the_after_picture(foodwaste, steel, white):
    done = foodwaste("analyze", steel / "after.jpg", "--before", white / "before.jpg", "--json")
    assert done.code == 1
    assert done.lines[0]["status"] == "failed"
    assert "before picture" in done.err
    assert "steel-5" in done.err
