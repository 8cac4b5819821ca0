"""8 orientations x formats x path, bytes and standard input: one upright picture."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image

from foodwaste.imaging import load

LOSSLESS = {
    "PNG": ("PNG", {}),
    "WebP": ("WEBP", {"lossless": True}),
    "TIFF": ("TIFF", {}),
    "TIFF, compressed": ("TIFF", {"compression": "tiff_lzw"}),
}
LOSSY = {
    "JPEG": ("JPEG", {"quality": 95}),
    "JPEG, progressive": ("JPEG", {"quality": 95, "progressive": True}),
    "WebP": ("WEBP", {"quality": 95}),
    "HEIC": ("HEIF", {"quality": 95}),
}
ORIENTATIONS = range(1, 9)


def every_way(data, tmp_path, monkeypatch, **options):
    """The picture as read from bytes, from a path (as text and as Path), and from stdin."""
    path = tmp_path / "한 글 🍚.bin"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        yield load(source, **options)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    yield load("-", **options)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_picture_is_upright_to_the_last_bit(
    kind, orientation, scene, encode_held, tmp_path, monkeypatch
):
    name, options = LOSSLESS[kind]
    data = encode_held(scene, name, orientation, **options)
    for picture in every_way(data, tmp_path, monkeypatch):
        assert np.array_equal(picture.rgb, scene)
        assert picture.orientation == orientation
        assert picture.original_size_px == (scene.shape[1], scene.shape[0])
        assert not picture.degraded


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_picture_is_upright_within_its_loss(
    kind, orientation, scene, encode_held, tmp_path, monkeypatch
):
    name, options = LOSSY[kind]
    data = encode_held(scene, name, orientation, **options)
    for picture in every_way(data, tmp_path, monkeypatch):
        error = np.abs(picture.rgb.astype(int) - scene)
        assert error.mean() < 3.0
        assert error.max() < 60
        assert picture.original_size_px == (scene.shape[1], scene.shape[0])
        assert picture.orientation == orientation


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_reduced_picture_is_upright_too(kind, orientation, make_scene, encode_held):
    scene = make_scene(width=403, height=301)  # no multiple of any factor
    data = encode_held(scene, kind, orientation, **({"quality": 95} if kind == "JPEG" else {}))
    whole = load(data)
    half = load(data, target_pixels=20_000)
    assert half.scale == 0.5
    assert half.rgb.shape == (151, 202, 3)
    assert half.original_size_px == whole.original_size_px == (403, 301)
    # The last row and column of an odd side stand for half a block, and the JPEG decoder fills
    # the other half with what its encoder put there.
    means = whole.rgb[:300, :402].reshape(150, 2, 201, 2, 3).mean(axis=(1, 3))
    # Mirrored or turned, the odd row lies at the other end.
    error = min(
        np.abs(half.rgb[y : y + 150, x : x + 201].astype(float) - means).mean()
        for y in (0, 1)
        for x in (0, 1)
    )
    assert error < 4.0


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_impossible_orientation_counts_as_upright(value, scene, encode):
    picture = load(encode(scene, "PNG", orientation=value))
    assert picture.orientation == 1
    assert np.array_equal(picture.rgb, scene)


def test_damaged_exif_costs_nothing_but_the_orientation(scene, encode):
    broken = b"Exif\0\0II*\0\xff\xff\xff\x7f"
    data = encode(scene, "JPEG", exif=broken, quality=95)
    assert load(data).orientation == 1


def test_exif_after_the_image_data_of_a_png_is_found(scene, encode_held):
    data = encode_held(scene, "PNG", 6)
    start = data.index(b"eXIf") - 4
    length = int.from_bytes(data[start : start + 4], "big") + 12
    chunk, end = data[start : start + length], data.index(b"IEND") - 4
    moved = data[:start] + data[start + length : end] + chunk + data[end:]
    picture = load(moved)
    assert picture.orientation == 6
    assert np.array_equal(picture.rgb, scene)


def test_heic_exif_without_a_rotation_property_is_only_a_remark(scene, encode):
    exif = Image.Exif()
    exif[0x0112] = 6
    # Given an Exif object, pillow-heif writes the tag but not the property that rules.
    picture = load(encode(scene, "HEIF", exif=exif, quality=95))
    assert picture.rgb.shape == scene.shape
    assert picture.orientation == 1
