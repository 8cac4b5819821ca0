"""Planes that the tray network makes of its inputs: grain, and what changed since serving."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional

from foodwaste.depth.tray_inputs import FOLD, MEAN, SERVED_HEIGHT_FLAG, STD, known_planes
from foodwaste.train.input_planes import CHANGE_PLANES, change, local_contrast

#: Planes of change.
NEAR, FAR, GREY, RED, BLUE = range(5)


def folded(rgb):
    """A picture ``(H, W, 3)``, 0..255, as the network gets it."""
    image = torch.from_numpy((rgb / 255.0 - MEAN) / STD).float().permute(2, 0, 1)[None]
    return functional.pixel_unshuffle(image, FOLD)


def compared(now, served):
    """The planes of change of one picture against another, with the served heights known."""
    surface = np.zeros(now.shape[:2], np.float32)
    known = known_planes(surface, served_rgb=served, served_height_mm=surface)
    return change(folded(now), torch.from_numpy(known)[None])[0]


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
    bright, dim = (
        local_contrast(folded(255.0 * light * np.repeat(grains[..., None], 3, 2)))[0]
        for light in (0.6, 0.2)
    )
    assert torch.allclose(bright, dim, rtol=0.12, atol=0.12)
    grain, strength = dim[:4], dim[4]
    assert grain[:, :, :14].std() > 5 * grain[:, :, 20:].std()
    assert strength[:, :14].min() > strength[:, 20:].max() + 1


@pytest.mark.parametrize("light", [1.0, 0.5])
def test_food_that_was_not_touched_is_like_itself_in_any_light(served, light):
    seen = compared((light * served).astype(np.uint8), served)
    assert seen.shape == (CHANGE_PLANES, 48, 64)
    inside = (slice(8, 40), slice(8, 24))
    assert seen[NEAR][inside].mean() > 1.7  # twice the correlation
    assert seen[FAR][inside].mean() > 1.7
    assert seen[GREY : BLUE + 1].abs().mean() < 0.2


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
    known = torch.from_numpy(known_planes(np.zeros(served.shape[:2], np.float32)))[None]
    assert not change(folded(served), known).any()
    two = known.repeat(2, 1, 1, 1)
    two[0, SERVED_HEIGHT_FLAG] = 1.0
    # One of a batch's trays has one.
    seen = change(folded(served).repeat(2, 1, 1, 1), two)
    assert seen[0].any()
    assert not seen[1].any()
