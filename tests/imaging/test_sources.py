"""Where pictures come from: any path, memory, standard input; and everything that is none."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from foodwaste.errors import ImageError
from foodwaste.imaging import load

NAMES = [
    "plain.png",
    "with  two spaces.png",
    "급식판_사진.png",
    unicodedata.normalize("NFD", "급식판_사진.png"),
    "🍚🥣 lunch.png",
    "-dash.png",
    "new\nline.png",
    "quote'\"$(x).png",
    "x" * 251 + ".png",
    "밥" * 83 + ".png",  # 253 bytes; decomposed it is longer than a name may be
]


@pytest.fixture
def data(scene, encode):
    return encode(scene, "PNG")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_is_read(name, data, scene, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    assert np.array_equal(load(path).rgb, scene)
    assert np.array_equal(load(str(path)).rgb, scene)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_is_said_in_one_line_when_missing(name, tmp_path):
    with pytest.raises(ImageError, match="no such file") as caught:
        load(tmp_path / name)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 200


@pytest.mark.parametrize(("stored", "asked"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_korean_name_is_found_in_its_other_unicode_form(stored, asked, data, scene, tmp_path):
    (tmp_path / unicodedata.normalize(stored, "잔반.png")).write_bytes(data)
    other = tmp_path / unicodedata.normalize(asked, "잔반.png")
    assert np.array_equal(load(other).rgb, scene)


def test_the_same_bytes_have_the_same_hash_wherever_they_come_from(data, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    assert load(path).sha256 == load(data).sha256
    assert len(load(data).sha256) == 64


def test_the_file_is_never_touched(data, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(data[: len(data) * 9 // 10])
    path.chmod(0o444)
    before = path.stat()
    load(path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_points_to_batch(tmp_path):
    with pytest.raises(ImageError, match="is a folder; 'foodwaste batch'"):
        load(tmp_path)


def test_an_empty_file_is_called_empty(tmp_path):
    path = tmp_path / "empty.jpg"
    path.touch()
    with pytest.raises(ImageError, match=r"empty\.jpg: the file is empty"):
        load(path)
    with pytest.raises(ImageError, match="no bytes were given"):
        load(b"")


def test_a_file_without_permission_says_so(data, tmp_path, without_rights):
    path = tmp_path / "locked.png"
    path.write_bytes(data)
    path.chmod(0)
    with without_rights(), pytest.raises(ImageError, match=r"locked\.png: permission denied"):
        load(path)


def test_an_impossible_name_is_a_missing_file():
    with pytest.raises(ImageError, match="no such file"):
        load("a\0b.png")
    with pytest.raises(ImageError, match="file name too long"):
        load("n" * 300 + ".png")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"Monday: rice, soup, kimchi\n" * 40, "text"),
        ("월요일: 쌀밥, 미역국, 배추김치\n".encode() * 40, "text"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b'<?xml version="1.0"?><svg xmlns="x"/>', "an SVG drawing"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"\0\0\0\x20ftypisom" + bytes(20), "a video"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "an AVIF picture, which is not supported"),
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(40), "a camera's raw file"),
        (bytes(600), "zeros"),
        (bytes(range(128, 256)) * 5, "unknown data"),
        (b"\x89PNG", "unknown data"),
    ],
)
def test_what_is_no_picture_is_named(content, kind, tmp_path):
    path = tmp_path / "menu.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        load(path)
    assert f"menu.jpg: not a picture but {kind}" in str(caught.value)
    assert "HEIC can be read" in str(caught.value)


def test_a_camera_raw_file_is_not_read_as_its_thumbnail(scene, encode):
    data = encode(scene, "TIFF", tiffinfo={50706: b"\1\4\0\0"})
    with pytest.raises(ImageError, match="raw file is not supported: export it as JPEG"):
        load(data)


def test_a_huge_file_that_is_no_picture_is_not_read_whole(tmp_path):
    path = tmp_path / "backup.jpg"
    with path.open("wb") as stream:
        stream.truncate(1 << 36)  # 64 GB, sparse
    with pytest.raises(ImageError, match="not a picture but zeros"):
        load(path)


def test_a_picture_with_an_endless_tail_is_refused(data, tmp_path):
    path = tmp_path / "tail.png"
    with path.open("wb") as stream:
        stream.write(data)
        stream.truncate(1 << 36)
    with pytest.raises(ImageError, match="too long for a photograph"):
        load(path)


def test_an_empty_standard_input_is_named(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(ImageError, match="standard input: the file is empty"):
        load("-")


def test_a_closed_standard_input_is_named(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ImageError, match="there is no standard input"):
        load(Path("-"))


def test_an_endless_pipe_is_given_up(data, monkeypatch):
    monkeypatch.setattr("foodwaste.imaging.source._MAX_BYTES", 5 << 20)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data + bytes(6 << 20))))
    with pytest.raises(ImageError, match="more than 5 MB"):
        load("-")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data + bytes(4 << 20))))
    assert not load("-").degraded


def test_a_keyboard_is_not_waited_for(monkeypatch):
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, "r") as keyboard:
            monkeypatch.setattr(sys, "stdin", keyboard)
            with pytest.raises(ImageError, match="pipe a picture into it"):
                load("-")
    finally:
        os.close(ours)


def test_a_pipe_is_read_to_its_end(data):
    program = "from foodwaste.imaging import load\nimport sys\nsys.stdout.write(load('-').sha256)\n"
    done = subprocess.run(
        [sys.executable, "-c", program], input=data, capture_output=True, check=True, timeout=60
    )
    assert done.stdout.decode() == load(data).sha256
    assert done.stderr == b""


def test_pillow_is_not_imported_for_what_opencv_reads(tmp_path, scene, encode):
    for name in ("JPEG", "PNG", "WEBP", "BMP", "TIFF"):
        (tmp_path / name).write_bytes(encode(scene, name))
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from foodwaste.imaging import load\n"
        "for path in Path(sys.argv[1]).iterdir(): load(path)\n"
        "assert not {'PIL', 'pillow_heif'} & set(sys.modules), 'imported'\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
