"""Colours of the sheet: one meaning each, told apart by every common kind of colour vision.

Hues are Okabe and Ito's (2008): blue, orange and purple differ for protan, deutan and tritan
vision, and each meaning also has its own shape (outline, bar, hatching, frame). Contrast
ratios are WCAG 2.1 against white: text at least 4.5, graphics at least 3.
"""

from __future__ import annotations

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
#: Ground of panels and of the empty part of a bar.
PANEL: Colour = (243, 244, 246)
TRACK: Colour = (221, 224, 229)
#: Thin rules between rows; decoration only.
RULE: Colour = (208, 212, 218)
#: Text: 16.6, and for the second rank 6.9 (6.3 on the panel's grey).
INK: Colour = (28, 30, 33)
QUIET: Colour = (82, 88, 96)

#: Food, wherever it is: outlines and bars. 5.2.
FOOD: Colour = (0, 114, 178)
#: Residue. 5.6; drawn in stripes with white, so that it shows on steel and on red sauce.
RESIDUE: Colour = (152, 55, 115)
#: Whiskers and the marks on them: the darkest thing on a bar.
WHISKER: Colour = INK

#: A fallback: dark brown on light orange, 7.7, beside the word itself.
WARNING: Colour = (110, 58, 0)
WARNING_GROUND: Colour = (255, 226, 178)
WARNING_EDGE: Colour = (213, 94, 0)
#: Something that could not be measured: text on white, 5.5.
MISSING: Colour = (158, 72, 0)
#: A complete answer: 6.3 on its ground.
GOOD: Colour = (0, 90, 66)
GOOD_GROUND: Colour = (217, 240, 231)
