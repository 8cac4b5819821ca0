"""A plate whose well's edge was taken for its rim is found by how large it should be."""

import cv2
import numpy as np
import pytest

from foodwaste.tray.plate_sizes import agree_on_sizes
from foodwaste.tray.plates import Plate

LEFT, RIGHT = (170.0, 200.0), (450.0, 220.0)


def photograph(*plates, faint_share=1.0):
    """White plates on a pale table; each has a rim and, two thirds as wide, a well with an edge."""
    picture = np.full((420, 640, 3), 205, np.uint8)
    for (x, y), radius in plates:
        centre = (round(x), round(y))
        axes = (round(radius), round(radius))
        cv2.ellipse(picture, centre, axes, 0, 0, 360 * faint_share, (235, 235, 235), cv2.FILLED)
        well = (round(0.66 * radius), round(0.66 * radius))
        cv2.ellipse(picture, centre, well, 0, 0, 360, (150, 120, 90), cv2.FILLED)
    return picture


def plate(centre, radius):
    return Plate(centre, (radius, radius), 0.0, 0.6)


BEFORE = (plate(LEFT, 140.0), plate(RIGHT, 120.0))


def radii(plates):
    return [pytest.approx(each.radius_px, abs=3.0) for each in plates]


def test_the_edge_of_a_well_after_the_meal_gives_way_to_the_rim():
    picture = photograph((LEFT, 140), (RIGHT, 120))
    found = (plate(LEFT, 140.0), plate(RIGHT, 79.0))
    before, after = agree_on_sizes(picture, BEFORE, picture, found)
    assert before == BEFORE
    assert radii(after) == [140.0, 120.0]


def test_the_edge_of_a_well_before_the_meal_does_too():
    picture = photograph((LEFT, 140), (RIGHT, 120))
    before, after = agree_on_sizes(picture, (BEFORE[0], plate(RIGHT, 79.0)), picture, BEFORE)
    assert radii(before) == [140.0, 120.0]
    assert after == BEFORE


def test_a_rim_that_is_half_seen_is_found():
    picture = photograph((LEFT, 140), (RIGHT, 120), faint_share=0.5)
    _, after = agree_on_sizes(picture, BEFORE, picture, (BEFORE[0], plate(RIGHT, 79.0)))
    assert radii(after) == [140.0, 120.0]


def test_where_no_rim_is_seen_plates_stay_as_they_were_found():
    picture = photograph((LEFT, 140))
    found = (plate(LEFT, 140.0), plate(RIGHT, 79.0))
    assert agree_on_sizes(picture, BEFORE, picture, found) == (BEFORE, found)


def test_a_plate_nearer_to_the_camera_and_one_that_is_gone_are_left_alone():
    picture = photograph((LEFT, 140), (RIGHT, 120))
    nearer = (plate(LEFT, 120.0), plate(RIGHT, 130.0))
    assert agree_on_sizes(picture, BEFORE, picture, nearer) == (BEFORE, nearer)
    gone = (plate(LEFT, 90.0), None)
    assert agree_on_sizes(picture, BEFORE, picture, gone) == (BEFORE, gone)
