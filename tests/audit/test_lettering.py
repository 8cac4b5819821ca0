"""Texts are made to fit, and to be showable by the font that there is."""

from __future__ import annotations

import unicodedata

import pytest

from foodwaste.audit import palette
from foodwaste.audit.lettering import Lettering


@pytest.fixture(scope="module")
def lettering():
    return Lettering()


@pytest.mark.parametrize("middle", [False, True])
@pytest.mark.parametrize("most", [40, 120, 300])
def test_a_shortened_text_is_no_longer_than_asked_and_keeps_its_beginning(lettering, most, middle):
    text = "a_long_file_name_of_a_photograph_2026.jpg"
    short = lettering.shortened(text, 20, most, middle=middle)
    assert lettering.width(short, 20) <= most
    assert short.startswith("a")
    assert lettering.shortened(text, 20, 10_000) == text


def test_a_text_cut_in_the_middle_keeps_its_end(lettering):
    assert lettering.shortened("a" * 80 + "after.jpg", 20, 200, middle=True).endswith(".jpg")


def test_wrapped_text_fills_lines_that_fit_and_cuts_only_the_last(lettering):
    lines = lettering.wrapped("one two three four five six seven", 20, 120, lines=2)
    assert len(lines) == 2
    assert all(lettering.width(line, 20) <= 120 for line in lines)
    assert lines[0].startswith("one two")
    assert lettering.wrapped("", 20, 120) == []


def test_a_word_longer_than_a_line_goes_on_in_the_next(lettering):
    lines = lettering.wrapped("abcdefghijklmnopqrstuvwxyz", 20, 120, lines=3)
    assert "".join(lines) == "abcdefghijklmnopqrstuvwxyz"
    assert all(lettering.width(line, 20) <= 120 for line in lines)


def test_what_the_font_cannot_show_becomes_a_question_mark_and_never_a_box(lettering):
    shown = lettering.showable("tray \u4e00\U0001f35a\U0010fffd.jpg\n")
    assert lettering.can_show(shown)
    assert shown.endswith(".jpg ")
    assert not lettering.can_show("\U00013000")


def test_decomposed_korean_is_shown_composed(lettering):
    name = unicodedata.normalize("NFD", "식판")
    assert lettering.showable(name) == lettering.showable("식판")
    assert len(lettering.showable(name)) == 2


def contrast(one: palette.Colour, other: palette.Colour) -> float:
    """WCAG 2.1 contrast ratio of two sRGB colours, 1..21."""
    levels = []
    for colour in (one, other):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (value / 255 for value in colour)
        ]
        levels.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    light, dark = max(levels), min(levels)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (palette.INK, palette.WHITE),
        (palette.INK, palette.PANEL),
        (palette.QUIET, palette.WHITE),
        (palette.QUIET, palette.PANEL),
        (palette.QUIET, palette.TRACK),
        (palette.MISSING, palette.WHITE),
        (palette.MISSING, palette.PANEL),
        (palette.WARNING, palette.WARNING_GROUND),
        (palette.GOOD, palette.GOOD_GROUND),
        (palette.WHITE, palette.INK),
        (palette.WHITE, palette.MISSING),
    ],
)
def test_every_text_colour_reaches_the_contrast_of_wcag_aa(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("graphic", [palette.FOOD, palette.RESIDUE, palette.WARNING_EDGE])
def test_every_graphic_reaches_three_to_one_on_white_and_food_stands_out_of_its_track(graphic):
    assert contrast(graphic, palette.WHITE) >= 3
    assert contrast(palette.FOOD, palette.TRACK) >= 3
