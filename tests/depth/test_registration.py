"""Dishes are laid over themselves where the tray was found a few millimetres beside."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.depth.registration import places_of_dishes, registered_places
from foodwaste.depth.tray_inputs import halved, moved
from foodwaste.depth.volume import wells_of
from foodwaste.pipeline.served import as_rectified
from foodwaste.profile import load_profile
from foodwaste.tray.frame import frame_of

PROFILE = load_profile("steel-5").profile
FRAME = frame_of(PROFILE.layout)
WELLS = wells_of(FRAME)
RICE, SOUP = 1, 2


def grainy(seed):
    """Grains of some pixels, and brighter and darker patches."""
    rng = np.random.default_rng(seed)
    fine, coarse = (
        cv2.GaussianBlur(rng.normal(0, 1, FRAME.shape).astype(np.float32), (0, 0), sigma) * sigma
        for sigma in (2.0, 6.0)
    )
    grey = np.clip(140 + 60 * fine + 60 * coarse, 0, 255).astype(np.uint8)
    return np.dstack([grey, (0.9 * grey).astype(np.uint8), (0.7 * grey).astype(np.uint8)])


def inside(well):
    """``(H, W) uint8``: where its dish lies, well within its rim."""
    return cv2.erode(np.equal(WELLS, well).astype(np.uint8), np.ones((41, 41), np.uint8))


def tray(dishes):
    """A plain tray with a dish of grains in some wells: ``{well: (grains, shift right, down)}``."""
    rgb = np.full((*FRAME.shape, 3), 120, np.uint8)
    for well, (grains, right, down) in dishes.items():
        move = np.array([[1, 0, right], [0, 1, down]], np.float32)
        size = FRAME.shape[::-1]
        there = cv2.warpAffine(inside(well), move, size, flags=cv2.INTER_NEAREST) > 0
        rgb[there] = cv2.warpAffine(grains, move, size)[there]
    return rgb


def heights(*wells):
    return 12.0 * np.max([inside(well) for well in wells], axis=0).astype(np.float32)


def middle(well):
    rows, columns = np.nonzero(halved(heights(well)) == 12.0)
    return int(np.median(rows)), int(np.median(columns))


@pytest.mark.parametrize(("right", "down"), [(6, -4), (-11, 3), (0, 13)])
def test_a_dish_that_lies_beside_is_found_and_others_stay(right, down):
    served = tray({RICE: (grainy(1), 0, 0), SOUP: (grainy(2), 0, 0)})
    now = tray({RICE: (grainy(1), right, down), SOUP: (grainy(2), 0, 0)})
    places = registered_places(None, now, served, heights(RICE, SOUP), WELLS)
    row, column = middle(RICE)
    assert places[row, column] == pytest.approx((column - right / 2, row - down / 2), abs=0.2)
    row, column = middle(SOUP)
    assert places[row, column] == pytest.approx((column, row))
    small, rice = halved(now).astype(int), halved(heights(RICE)) == 12.0
    as_found, laid = (
        np.abs(moved(halved(served), each) - small)[rice].mean() for each in (None, places)
    )
    assert laid < 0.3 * as_found


def test_what_the_cameras_tell_is_gone_on_from():
    rows, columns = np.indices((FRAME.shape[0] // 2, FRAME.shape[1] // 2), np.float32)
    told = np.dstack([columns - 2.0, rows])
    served = tray({RICE: (grainy(1), 0, 0)})
    now = tray({RICE: (grainy(1), 10, 0)})
    places = registered_places(told, now, served, heights(RICE), WELLS)
    row, column = middle(RICE)
    assert places[row, column] == pytest.approx((column - 5, row), abs=0.2)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(tray({RICE: (grainy(1), 0, 0)}), id="where it was"),
        pytest.param(tray({RICE: (grainy(8), 0, 0)}), id="eaten or stirred"),
        pytest.param(tray({}), id="gone"),
    ],
)
def test_nothing_is_moved_where_there_is_nothing_to_go_by(now):
    served = tray({RICE: (grainy(1), 0, 0)})
    assert registered_places(None, now, served, heights(RICE), WELLS) is None
    told = np.zeros((FRAME.shape[0] // 2, FRAME.shape[1] // 2, 2), np.float32)
    assert registered_places(told, now, served, np.zeros(FRAME.shape), WELLS) is told


def test_another_light_does_not_matter():
    served = tray({RICE: (grainy(1), 0, 0)})
    now = (0.6 * tray({RICE: (grainy(1), 8, 2)})).astype(np.uint8)
    places = registered_places(None, now, served, heights(RICE), WELLS)
    row, column = middle(RICE)
    assert places[row, column] == pytest.approx((column - 4, row - 1), abs=0.2)


def test_two_trays_are_laid_over_each_other_by_their_dishes():
    served = as_rectified(tray({SOUP: (grainy(3), 0, 0)}), PROFILE)
    now = as_rectified(tray({SOUP: (grainy(3), 4, 4)}), PROFILE)
    places = places_of_dishes(now, served, heights(SOUP))
    row, column = middle(SOUP)
    assert places[row, column] == pytest.approx((column - 2, row - 2), abs=0.2)
