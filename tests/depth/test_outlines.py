"""Gaps and specks of a few pixels are no part of an outline."""

import numpy as np

from foodwaste.depth.outlines import tidied


def heap(*, gap, speck=0):
    food = np.zeros((60, 80), bool)
    food[10:50, 10:50] = True
    food[20 : 20 + gap, 20 : 20 + gap] = False
    food[5 : 5 + speck, 60 : 60 + speck] = True
    return food


def test_a_gap_between_beans_is_food_and_a_bare_patch_is_not():
    assert tidied(heap(gap=5))[22, 22]
    assert not tidied(heap(gap=9))[24, 24]


def test_a_speck_is_no_food_and_a_piece_is():
    assert not tidied(heap(gap=0, speck=3))[6, 61]
    assert tidied(heap(gap=0, speck=5))[6, 61]


def test_a_gap_at_the_edge_of_the_tray_is_bare():
    food = np.ones((40, 40), bool)
    food[:, :5] = False
    assert np.array_equal(tidied(food), food)


def test_no_food_stays_none_and_all_of_it_stays_all():
    nothing, everything = np.zeros((30, 30), bool), np.ones((30, 30), bool)
    assert not tidied(nothing).any()
    assert tidied(everything).all()
