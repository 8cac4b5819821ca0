"""A plate that one of two photographs shows is looked for again in the other."""

import cv2
import numpy as np
import pytest

from foodwaste.tray.plate_missing import with_missing
from foodwaste.tray.plate_pairs import find_same_plates
from foodwaste.tray.plates import Plate, find_plates

LEFT, RIGHT = (180.0, 210.0), (450.0, 230.0)


def photograph(left_share=1.0, right_share=1.0):
    """Two white plates on a table, with as much of their rims as is asked for to be seen."""
    picture = np.full((420, 640, 3), 170, np.uint8)
    for (x, y), radius, share in ((LEFT, 140, left_share), (RIGHT, 115, right_share)):
        if not share:
            continue
        centre, size = (round(x), round(y)), (radius, radius)
        cv2.ellipse(picture, centre, size, 0, 0, 360, (235, 235, 235), cv2.FILLED)
        if share < 1.0:
            # The rest of the rim fades into the table.
            shadow = np.zeros(picture.shape[:2], np.uint8)
            cv2.ellipse(shadow, centre, (radius + 40, radius + 40), 0, 360 * share, 360, 255, -1)
            cv2.ellipse(shadow, centre, (radius - 40, radius - 40), 0, 0, 360, 0, -1)
            soft = cv2.GaussianBlur(picture, (0, 0), 25)
            picture[shadow > 0] = soft[shadow > 0]
        cv2.circle(picture, centre, round(0.4 * radius), (150, 90, 40), cv2.FILLED)
    noise = np.random.default_rng(0).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def radii(plates):
    return sorted(round(plate.radius_px) for plate in plates)


def test_a_plate_of_whose_rim_half_is_seen_is_found_by_the_other_photograph():
    clear, faint = photograph(), photograph(right_share=0.47)
    both, one = find_plates(clear), find_plates(faint)
    assert (len(both), len(one)) == (2, 1)
    for first, second in (
        with_missing(clear, both, faint, one),
        reversed(with_missing(faint, one, clear, both)),
    ):
        assert tuple(first) == both
        assert radii(second) == pytest.approx([115, 140], abs=4)


def test_a_plate_that_is_gone_is_not_made_up():
    clear, gone = photograph(), photograph(right_share=0.0)
    before, after = find_same_plates(clear, gone)
    assert len(before) == 2
    assert [plate is None for plate in after] == [False, True]


def test_another_round_thing_as_large_is_not_taken_for_a_plate_that_is_gone():
    below = np.full((220, 640, 3), 170, np.uint8)
    clear, gone = (
        np.vstack([photograph(right_share=share), below]).astype(np.uint8) for share in (1.0, 0.0)
    )
    before, left = find_plates(clear), find_plates(gone)
    assert (len(before), len(left)) == (2, 1)
    cv2.circle(gone, (450, 500), 115, (60, 90, 200), cv2.FILLED)
    assert with_missing(clear, before, gone, left) == (before, left)


def test_plates_that_both_show_are_left_alone():
    plates = (Plate(LEFT, (140.0, 140.0), 0.0, 0.9), Plate(RIGHT, (115.0, 115.0), 0.0, 0.9))
    picture = photograph()
    assert with_missing(picture, plates, picture, plates) == (plates, plates)


def test_pictures_without_plates_have_none():
    bare = np.full((420, 640, 3), 170, np.uint8)
    assert find_same_plates(bare, bare) == ((), ())
