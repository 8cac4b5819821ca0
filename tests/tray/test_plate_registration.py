"""A plate that came back as it went out lies over itself, however the picture was turned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foodwaste.tray.plate_matching import match_plates
from foodwaste.tray.plate_registration import register_plates
from foodwaste.tray.plate_slots import plates_layout, plates_on_board
from foodwaste.tray.plates import Plate, find_plates

SIZE = (960, 720)
PLACES = [((270, 360), 160), ((680, 350), 165)]


def meal(pieces, seed=0):
    """Two plates on a table, each with so many bits of food of its own colours."""
    rng = np.random.default_rng(seed)
    picture = np.full((SIZE[1], SIZE[0], 3), (186, 170, 150), np.uint8)
    for (centre, radius), count, colour in zip(
        PLACES, pieces, [(190, 80, 50), (70, 130, 50)], strict=True
    ):
        cv2.circle(picture, centre, radius + 5, (120, 110, 100), -1, cv2.LINE_AA)
        cv2.circle(picture, centre, radius, (236, 236, 240), -1, cv2.LINE_AA)
        for _ in range(count):
            turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.55 * radius)
            at = np.array(centre) + away * np.array([np.cos(turn), np.sin(turn)])
            shade = np.clip(np.array(colour) + rng.integers(-60, 60), 0, 255).tolist()
            axes = rng.integers(5, 14, 2).tolist()
            box = (at.astype(int).tolist(), axes, float(rng.uniform(0, 180)))
            cv2.ellipse(picture, box[0], box[1], box[2], 0, 360, shade, -1, cv2.LINE_AA)
    noisy = picture + rng.normal(0, 3, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def turned(picture, degrees, scale=1.0):
    middle = (SIZE[0] / 2, SIZE[1] / 2)
    move = cv2.getRotationMatrix2D(middle, degrees, scale)
    return cv2.warpAffine(picture, move, SIZE, borderMode=cv2.BORDER_REPLICATE)


def both(before, after):
    plates = find_plates(before)
    assert len(plates) == 2
    matched = match_plates(before, plates, after, find_plates(after))
    return plates, matched, register_plates(before, plates, after, matched)


@pytest.mark.parametrize("degrees", [-25, 8, 160])
def test_untouched_plates_of_a_turned_picture_lie_over_themselves(degrees):
    before = meal((150, 150))
    after = turned(before, degrees, 0.95)
    plates, matched, registered = both(before, after)
    layout = plates_layout(plates)
    served = plates_on_board(before, plates, layout)
    inside = np.any(list(served.frame.rim_masks.values()), axis=0)
    as_found, laid = (
        np.abs(plates_on_board(after, there, layout).rgb.astype(int) - served.rgb)[inside].mean()
        for there in (matched, registered)
    )
    assert laid < 8
    assert laid < 0.5 * as_found
    for plate in registered:
        assert plate.turned_deg == pytest.approx(degrees, abs=1.0)


def test_a_plate_that_was_eaten_from_everywhere_stays_as_it_was_found():
    _, matched, registered = both(meal((150, 150)), turned(meal((0, 40), seed=9), 12))
    assert registered == matched


def test_one_plate_that_was_not_touched_is_turned_alone():
    before = meal((150, 150))
    after = before.copy()
    after[:, :480] = meal((30, 150), seed=5)[:, :480]
    after = turned(after, 10)
    plates, _, registered = both(before, after)
    turns = {
        plate.centre_px[0] < 480: other.turned_deg
        for plate, other in zip(plates, registered, strict=True)
    }
    assert turns[True] == 0
    assert turns[False] == pytest.approx(10, abs=1.0)


def test_a_plate_that_is_gone_stays_gone():
    before = meal((150, 150))
    plates = find_plates(before)
    assert register_plates(before, plates, before, [None, None]) == (None, None)


def test_a_turned_plate_is_a_circle_still():
    plate = Plate((0.0, 0.0), (200.0, 160.0), 30.0, 1.0, turned_deg=50.0)
    long, short = (np.array([np.cos(a), np.sin(a)]) for a in np.radians([30.0, 120.0]))
    linear = plate.to_circle(100.0)
    assert np.linalg.norm(linear @ (200.0 * long)) == pytest.approx(100.0)
    assert np.linalg.norm(linear @ (160.0 * short)) == pytest.approx(100.0)
    assert linear @ (200.0 * long) == pytest.approx(
        100.0 * np.array([np.cos(a := np.radians(80.0)), np.sin(a)])
    )
