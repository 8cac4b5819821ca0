"""Planes made of the height network's pictures: grain, and what changed since serving."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.depth.picture_planes import CHANGE_PLANES, CONTRAST_PLANES, change, local_contrast
from foodwaste.depth.tray_inputs import halved, known_planes

#: Planes of change.
NEAR, FAR, GREY, RED, BLUE = range(5)


def compared(now, served):
    """The planes of change of one picture against another."""
    return change(halved(now), halved(served))


@pytest.fixture
def served():
    """Food of blobs a few millimetres wide, on the left; a smooth floor on the right."""
    rng = np.random.default_rng(3)
    pattern = cv2.GaussianBlur(rng.normal(size=(96, 128)).astype(np.float32), (0, 0), 3.0)
    grey = 140.0 + 50.0 * pattern / pattern.std() * (np.arange(128) < 64)
    return np.clip(grey[..., None] * [1.0, 0.8, 0.6], 0, 255).astype(np.uint8)


def test_local_contrast_is_the_same_in_any_light():
    """Grains of a tenth stand out alike in a bright picture and in one a third as bright."""
    rng = np.random.default_rng(2)
    grains = np.where(np.arange(64) < 32, 1.0 + 0.1 * rng.normal(size=(48, 64)), 1.0)
    lit = (255.0 * light * np.repeat(grains[..., None], 3, 2) for light in (0.6, 0.2))
    bright, dim = (local_contrast(np.clip(np.rint(each), 0, 255).astype(np.uint8)) for each in lit)
    assert bright.shape == (CONTRAST_PLANES, 24, 32)
    np.testing.assert_allclose(bright, dim, rtol=0.15, atol=0.25)
    grain, strength = dim[:4], dim[4]
    assert grain[:, :, :14].std() > 5 * grain[:, :, 20:].std()
    assert strength[:, :14].min() > strength[:, 20:].max() + 1


def test_contrast_keeps_its_pixels_as_the_folded_picture_does():
    """One bright pixel of a square stands out in its own plane."""
    rgb = np.full((32, 32, 3), 100, np.uint8)
    rgb[17, 16] = 160  # below left in its square
    assert local_contrast(rgb)[:4, 8, 8].argmax() == 2


@pytest.mark.parametrize("light", [1.0, 0.5])
def test_food_that_was_not_touched_is_like_itself_in_any_light(served, light):
    seen = compared((light * served).astype(np.uint8), served)
    assert seen.shape == (CHANGE_PLANES, 48, 64)
    inside = (slice(8, 40), slice(8, 24))
    assert seen[NEAR][inside].mean() > 1.7  # twice the correlation
    assert seen[FAR][inside].mean() > 1.7
    assert np.abs(seen[GREY : BLUE + 1]).mean() < 0.2


def test_a_dish_that_moved_by_a_little_is_still_like_itself(served):
    moved = np.roll(served, 2, axis=1)
    assert compared(moved, served)[NEAR, 8:40, 8:24].mean() > 1.7


def test_other_food_is_not_like_it(served):
    other = served[::-1].copy()
    seen = compared(other, served)
    assert seen[NEAR, 8:40, 8:24].mean() < 1.2
    assert seen[FAR, 8:40, 8:24].mean() < 0.8


def test_what_became_redder_says_so(served):
    now = served.copy()
    now[:, :32] = np.clip(now[:, :32] * [1.3, 0.8, 0.8], 0, 255)
    seen = compared(now, served)
    assert seen[RED, 8:40, 4:12].mean() > seen[RED, 8:40, 40:60].mean() + 0.5


def test_without_a_served_tray_nothing_changed(served):
    surface = np.zeros(served.shape[:2], np.float32)
    other = served[::-1].copy()
    assert not known_planes(other, surface)[-CHANGE_PLANES:].any()
    assert known_planes(other, surface, served_rgb=served)[-CHANGE_PLANES:].any()
