"""Depths, colour models, palettes, transparency, animations: one kind of array comes out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from foodwaste.errors import ImageError
from foodwaste.imaging import load


def worst(picture, expected):
    return int(np.abs(picture.rgb.astype(int) - np.asarray(expected, dtype=int)).max())


@pytest.fixture
def grey(scene):
    return np.ascontiguousarray(scene[:, :, 1])


@pytest.fixture
def ramp_alpha(scene):
    return np.broadcast_to(
        np.linspace(0, 255, scene.shape[1]).astype(np.uint8), scene.shape[:2]
    ).copy()


def on_white(colour, alpha):
    share = alpha[:, :, None] / 255.0
    return np.rint(colour * share + 255.0 * (1.0 - share))


@pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF"])
def test_black_and_white_becomes_0_and_255(name, grey, encode):
    bitmap = Image.fromarray(grey).point(lambda v: 255 if v > 120 else 0).convert("1")
    expected = np.repeat(np.asarray(bitmap.convert("L"))[:, :, None], 3, axis=2)
    assert worst(load(encode(bitmap, name)), expected) == 0


@pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF", "WEBP"])
def test_grey_becomes_three_equal_channels(name, grey, encode):
    options = {"lossless": True} if name == "WEBP" else {}
    picture = load(encode(Image.fromarray(grey), name, **options))
    assert worst(picture, np.repeat(grey[:, :, None], 3, axis=2)) == 0
    assert picture.rgb.flags.c_contiguous
    assert picture.rgb.dtype == np.uint8


def test_grey_jpeg(grey, encode):
    picture = load(encode(Image.fromarray(grey), "JPEG", quality=95))
    assert worst(picture, np.repeat(grey[:, :, None], 3, axis=2)) <= 6


@pytest.mark.parametrize("colours", [2, 4, 16, 256])
@pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF", "GIF"])
def test_palette_is_looked_up(name, colours, scene, encode):
    indexed = Image.fromarray(scene).quantize(colours)
    assert worst(load(encode(indexed, name)), indexed.convert("RGB")) == 0


def test_16_bit_png_is_scaled_and_rounded(scene, png_from_samples):
    deep = scene.astype(np.uint16) * 257
    deep[0, :5] = [[0, 65535, 128], [129, 385, 386], [65406, 65407, 65535], [1, 2, 3], [4, 5, 6]]
    expected = np.rint(deep / 257.0)
    assert worst(load(png_from_samples(deep, colour=2)), expected) == 0
    grey = np.repeat(expected[:, :, 1:2], 3, axis=2)
    assert worst(load(png_from_samples(deep[:, :, 1:2], colour=0)), grey) == 0


def test_16_bit_tiff_is_scaled_and_rounded(scene):
    deep = scene.astype(np.uint16) * 257 + 100
    _, colour = cv2.imencode(".tiff", deep[:, :, ::-1])
    assert worst(load(colour.tobytes()), np.rint(deep / 257.0)) == 0
    _, grey = cv2.imencode(".tiff", deep[:, :, 1])
    assert worst(load(grey.tobytes()), np.rint(deep[:, :, 1:2] / 257.0)) == 0


@pytest.mark.parametrize(
    ("name", "options"), [("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})]
)
def test_transparency_is_laid_on_white(name, options, scene, ramp_alpha, encode):
    cutout = Image.fromarray(np.dstack([scene, ramp_alpha]))
    assert worst(load(encode(cutout, name, **options)), on_white(scene, ramp_alpha)) <= 1


def test_transparent_heic_is_laid_on_white(scene, ramp_alpha, encode):
    cutout = Image.fromarray(np.dstack([scene, ramp_alpha]))
    picture = load(encode(cutout, "HEIF", quality=95))
    error = np.abs(picture.rgb - on_white(scene, ramp_alpha))
    assert error.mean() < 3


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_grey_with_transparency_is_laid_on_white(name, grey, ramp_alpha, encode):
    cutout = Image.merge("LA", (Image.fromarray(grey), Image.fromarray(ramp_alpha)))
    assert worst(load(encode(cutout, name)), on_white(grey[:, :, None], ramp_alpha)) <= 1


def test_16_bit_transparency_is_laid_on_white(scene, ramp_alpha, png_from_samples):
    deep = np.dstack([scene, ramp_alpha]).astype(np.uint16) * 257
    picture = load(png_from_samples(deep, colour=6))
    assert worst(picture, on_white(scene, ramp_alpha)) <= 1


def test_one_transparent_colour_becomes_white(scene, grey, encode):
    colour = tuple(int(value) for value in scene[20, 30])
    expected = scene.copy()
    expected[(scene == scene[20, 30]).all(axis=2)] = 255
    assert worst(load(encode(scene, "PNG", transparency=colour)), expected) == 0
    expected_grey = np.where(grey == grey[20, 30], 255, grey)
    data = encode(Image.fromarray(grey), "PNG", transparency=int(grey[20, 30]))
    assert worst(load(data), np.repeat(expected_grey[:, :, None], 3, axis=2)) == 0


def test_transparent_palette_colours_become_white(scene, encode):
    indexed = Image.fromarray(scene).quantize(16)
    data = encode(indexed, "PNG", transparency=bytes([0] * 8 + [255] * 8))
    expected = np.array(indexed.convert("RGB"))
    expected[np.asarray(indexed) < 8] = 255
    assert worst(load(data), expected) == 0


def test_the_reserved_byte_of_a_32_bit_bmp_is_not_transparency(scene):
    reserved = np.dstack([scene[:, :, ::-1], np.zeros(scene.shape[:2], np.uint8)])
    _, encoded = cv2.imencode(".bmp", reserved)
    assert worst(load(encoded.tobytes()), scene) == 0


def test_cmyk_jpeg_shows_its_colours(scene, encode):
    # Pillow writes what Adobe writes: inverted, with Adobe's marker.
    data = encode(Image.fromarray(scene).convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data[:200]
    error = np.abs(load(data).rgb.astype(int) - scene)
    assert error.mean() < 2
    unmarked = data.replace(b"Adobe", b"Xdobe", 1)
    assert np.array_equal(load(unmarked).rgb, load(data).rgb)


def test_cmyk_jpeg_with_black_ink_shows_its_colours(scene, encode):
    cmyk = np.dstack([np.minimum(255 - scene, 120), np.full(scene.shape[:2], 60, np.uint8)])
    expected = (255 - cmyk[:, :, :3].astype(float)) * (255 - 60) / 255
    data = encode(Image.fromarray(cmyk, mode="CMYK"), "JPEG", quality=95)
    assert np.abs(load(data).rgb - expected).mean() < 3


def test_cmyk_tiff_shows_its_colours(scene, encode):
    assert worst(load(encode(Image.fromarray(scene).convert("CMYK"), "TIFF")), scene) <= 1


@pytest.mark.parametrize(
    ("name", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {})]
)
def test_of_several_frames_the_first_is_taken_and_said(name, options, scene, encode):
    first = Image.fromarray(scene).quantize(64).convert("RGB")
    others = [Image.fromarray(np.roll(scene, 40 * shift, axis=1)) for shift in (1, 2)]
    data = encode(first, name, save_all=True, append_images=others, **options)
    picture = load(data)
    assert picture.notes == (f"first of 3 {'pages' if name == 'TIFF' else 'frames'}",)
    assert not picture.degraded
    assert np.abs(picture.rgb.astype(int) - np.asarray(first)).mean() < 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("JPEG", "JPEG"),
        ("PNG", "PNG"),
        ("WEBP", "WebP"),
        ("BMP", "BMP"),
        ("TIFF", "TIFF"),
        ("GIF", "GIF"),
        ("HEIF", "HEIC"),
    ],
)
def test_format_is_told_by_content_not_by_extension(name, expected, scene, encode, tmp_path):
    path = tmp_path / "photo.txt"
    path.write_bytes(encode(scene, name))
    assert load(path).format == expected


def test_interlaced_png_is_read(scene, png_from_samples):
    data = png_from_samples(scene, colour=2, interlaced=True)
    assert worst(load(data), scene) == 0
    without_end = load(data[:-12])
    assert without_end.degraded
    assert worst(without_end, scene) == 0
    with pytest.raises(ImageError, match="interlaced PNG is cut short"):
        load(data[: len(data) * 9 // 10])


@pytest.mark.parametrize("target", [None, 9_000])
def test_cmyk_jpeg_can_be_reduced(target, scene, encode):
    data = encode(Image.fromarray(scene).convert("CMYK"), "JPEG", quality=95)
    picture = load(data, target_pixels=target)
    step = round(1 / picture.scale)
    means = scene.reshape(168 // step, step, 232 // step, step, 3).mean(axis=(1, 3))
    assert np.abs(picture.rgb - means).mean() < 3


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_tiff_compressions(compression, scene, encode):
    picture = load(encode(scene, "TIFF", compression=compression))
    assert np.abs(picture.rgb.astype(int) - scene).mean() < 3


def test_fractional_tiff_is_refused_not_guessed(scene):
    _, encoded = cv2.imencode(".tiff", scene.astype(np.float32))
    with pytest.raises(ImageError, match="fractional"):
        load(encoded.tobytes())
