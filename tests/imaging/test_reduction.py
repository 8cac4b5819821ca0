"""``target_pixels``: never fewer than asked, never more than twice as fine as needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foodwaste.imaging import load
from foodwaste.imaging.reduction import area_reduced, reduction_factor

SIZES = st.integers(1, 12_000)


@given(width=SIZES, height=SIZES, target=st.integers(1, 50_000_000))
@settings(deadline=None)
def test_at_least_the_target_is_left_unless_the_file_has_less(width, height, target):
    factor = reduction_factor(width, height, target)
    left = -(-width // factor) * -(-height // factor)
    assert left >= min(target, width * height)
    if factor < 8:
        further = -(-width // (2 * factor)) * -(-height // (2 * factor))
        assert further < target


@given(width=st.integers(1, 40), height=st.integers(1, 40), factor=st.sampled_from([2, 4, 8]))
@settings(max_examples=60, deadline=None)
def test_a_block_becomes_its_mean(width, height, factor):
    rng = np.random.default_rng(width * 100 + height)
    rgb = rng.integers(0, 256, size=(height * factor, width * factor, 3), dtype=np.uint8)
    blocks = rgb.reshape(height, factor, width, factor, 3).mean(axis=(1, 3))
    assert np.abs(area_reduced(rgb, factor) - blocks).max() <= 0.51


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("JPEG", {"quality": 97}),
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("HEIF", {"quality": 97}),
    ],
)
@pytest.mark.parametrize(("target", "factor"), [(10**9, 1), (19_200, 2), (4_800, 4), (1_200, 8)])
def test_every_format_takes_the_same_scale(name, options, target, factor, make_scene, encode):
    scene = make_scene(width=320, height=240)
    picture = load(encode(scene, name, **options), target_pixels=target)
    assert picture.rgb.shape == (240 // factor, 320 // factor, 3)
    assert picture.scale == 1 / factor
    assert picture.original_size_px == (320, 240)
    assert picture.rgb.flags.c_contiguous
    means = scene.reshape(240 // factor, factor, 320 // factor, factor, 3).mean(axis=(1, 3))
    assert np.abs(picture.rgb - means).mean() < (9 if name == "GIF" else 4)


def test_one_pixel_less_than_a_scale_gives_takes_the_finer_one(make_scene, encode):
    data = encode(make_scene(width=640, height=480), "JPEG")
    assert load(data, target_pixels=320 * 240).scale == 0.5
    assert load(data, target_pixels=320 * 240 + 1).scale == 1.0
