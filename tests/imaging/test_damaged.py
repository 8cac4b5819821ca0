"""Files that were cut short, altered, or that lie: used as far as honest, else one clear line."""

from __future__ import annotations

import re
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from foodwaste.errors import ImageError
from foodwaste.imaging import load


@pytest.fixture(scope="module")
def photo(make_scene):
    """A scene with grain: its files are large, and cut in the middle of the picture."""
    rng = np.random.default_rng(3)
    scene = make_scene(width=320, height=240).astype(int)
    return np.clip(scene + rng.normal(0, 6, scene.shape), 0, 255).astype(np.uint8)


def cut(data, share):
    return data[: int(len(data) * share)]


def outcome(data):
    """The picture, or the message of its clear error; any other error fails the test."""
    try:
        return load(data), ""
    except ImageError as error:
        return None, str(error)


def missing_percent(picture):
    (note,) = [note for note in picture.notes if note.startswith("truncated: the ")]
    return int(re.search(r"(\d+) %", note).group(1))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("JPEG", {"quality": 90}),
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
    ],
)
def test_a_tenth_missing_is_marked_and_the_rest_is_right(name, options, photo, encode, capfd):
    data = encode(photo, name, **options)
    whole, picture = load(data), load(cut(data, 0.9))
    assert picture.degraded
    assert not whole.degraded
    assert 5 <= missing_percent(picture) <= 15
    rows = int(0.84 * len(photo))
    here = slice(len(photo) - rows, None) if name == "BMP" else slice(0, rows)
    assert np.array_equal(picture.rgb[here], whole.rgb[here])
    blank = picture.rgb[:10] if name == "BMP" else picture.rgb[-10:]
    assert (blank == 128).all()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("share", [0.40, 0.20, 0.10])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "BMP", "TIFF"])
def test_less_than_half_is_refused(name, share, photo, encode, capfd):
    with pytest.raises(ImageError, match=r"only \d+ % of the picture is there"):
        load(cut(encode(photo, name), share))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("share", [0.9, 0.5, 0.05])
@pytest.mark.parametrize("name", ["WEBP", "GIF", "HEIF"])
def test_formats_without_a_partial_decoder_are_refused(name, share, photo, encode, capfd):
    with pytest.raises(ImageError, match=r"damaged|cut short"):
        load(cut(encode(photo, name), share))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF"])
def test_no_cut_ends_in_anything_but_a_picture_or_a_clear_error(name, photo, encode, capfd):
    data = encode(photo, name)
    for length in [*range(1, 64, 3), *range(64, len(data), len(data) // 40)]:
        picture, message = outcome(data[:length])
        assert "\n" not in message
        assert picture is None or picture.degraded, length
    assert capfd.readouterr().err == ""


def test_a_cut_progressive_jpeg_keeps_its_rows_and_says_what_is_lost(photo, encode):
    data = encode(photo, "JPEG", quality=90, progressive=True)
    picture = load(cut(data, 0.5))
    assert picture.degraded
    assert picture.notes == ("truncated: the finest details are missing",)
    assert np.abs(picture.rgb.astype(int) - photo).mean() < 12


def test_a_missing_end_marker_alone_is_marked_but_blanks_nothing(photo, encode):
    data = encode(photo, "JPEG", quality=90)
    picture = load(data[:-2])
    assert picture.degraded
    assert picture.notes == ("truncated: the file's end is missing",)
    assert np.abs(picture.rgb.astype(int) - load(data).rgb).max() == 0


def test_missing_rows_are_named_by_the_side_where_they_are_seen(photo, encode_held):
    sides = {1: "lower", 3: "upper", 6: "left", 8: "right"}
    for orientation, side in sides.items():
        data = encode_held(photo, "JPEG", orientation, quality=90)
        assert f"the {side} " in load(cut(data, 0.8)).notes[0]


def test_a_cut_jpeg_can_be_reduced_too(photo, encode):
    picture = load(cut(encode(photo, "JPEG", quality=90), 0.8), target_pixels=17_000)
    assert picture.degraded
    assert picture.scale == 0.5
    assert 10 <= missing_percent(picture) <= 30


def test_bytes_after_the_end_do_not_matter(photo, encode):
    for name in ("JPEG", "PNG", "GIF", "BMP", "WEBP"):
        data = encode(photo, name)
        picture = load(data + b"\0" * 999)
        assert not picture.degraded, name
        assert np.array_equal(picture.rgb, load(data).rgb)


def test_an_altered_png_is_used_only_before_the_alteration(photo, encode, capfd):
    data = bytearray(encode(photo, "PNG"))
    data[int(len(data) * 0.9)] ^= 0x55
    picture = load(bytes(data))
    assert picture.degraded
    kept = int(len(photo) * (1 - missing_percent(picture) / 100)) - 4
    assert np.array_equal(picture.rgb[:kept], photo[:kept])
    assert capfd.readouterr().err == ""


def test_a_png_declaring_900_megapixels_fails_fast_on_little_memory():
    def chunk(kind, payload):
        checksum = struct.pack(">I", zlib.crc32(kind + payload))
        return struct.pack(">I", len(payload)) + kind + payload + checksum

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
    assert len(data) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(ImageError, match="--max-mpixels"):
            load(data)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_the_limit_can_be_raised_and_lowered(scene, encode):
    data = encode(scene, "PNG")  # 0.039 megapixels
    assert load(data, max_mpixels=0.04).rgb.shape == scene.shape
    with pytest.raises(ImageError, match=r"limit of 0\.03.*--max-mpixels"):
        load(data, max_mpixels=0.03)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
def test_every_format_is_held_to_the_limit_before_decoding(name, scene, encode):
    with pytest.raises(ImageError, match="--max-mpixels"):
        load(encode(scene, name), max_mpixels=0.01)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "BMP", "GIF"])
def test_one_pixel_is_too_small_and_says_why(name, encode):
    with pytest.raises(ImageError, match=r"1 x 1 px is too small.*64 px"):
        load(encode(np.zeros((1, 1, 3), np.uint8), name))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
def test_altered_bytes_never_escape_as_another_error(name, seed, scene, encode):
    data = encode(scene, name)
    rng = np.random.default_rng(seed)
    for _ in range(25):
        altered = bytearray(data)
        for position in rng.integers(0, min(len(data), 600), size=4):
            altered[position] = rng.integers(0, 256)
        picture, message = outcome(bytes(altered))
        assert "\n" not in message
        assert picture is None or picture.rgb.ndim == 3
