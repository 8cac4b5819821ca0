"""Colours that several foods share, linear sRGB reflectance."""

from __future__ import annotations

from foodwaste.render.food_kind import Tone

BROTH = Tone((0.30, 0.06, 0.015), (0.50, 0.16, 0.05))
CHILI = Tone((0.28, 0.020, 0.004), (0.50, 0.085, 0.015))
SOY = Tone((0.030, 0.010, 0.004), (0.12, 0.04, 0.012))
OIL = Tone((0.40, 0.30, 0.10), (0.60, 0.50, 0.25))
STARCH = Tone((0.62, 0.60, 0.54), (0.80, 0.78, 0.72))
GREEN = Tone((0.02, 0.06, 0.008), (0.07, 0.18, 0.03))
