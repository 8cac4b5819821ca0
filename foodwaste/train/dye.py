"""Dishes in colours that no menu here has: broth, sauce and vegetables as some other kitchen's.

The renderer knows 28 dishes. What a real one is like in colour, brightness and contrast it
cannot know, and a network that learned its colours by heart takes a real soup for a film.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Spread of the turn of hues, radians, and of the log of how colourful a dish is.
_TURN, _COLOURFUL = 0.5, 0.4
#: Spread of a tint over all of a dish, levels of a and b (CIE L*a*b*).
_TINT = 6.0
#: Spread of the logs of brightness and of contrast about the dish's own mean.
_BRIGHT, _CONTRAST = 0.25, 0.25
#: Lightness is kept to this range, and dyed colours to this distance from grey.
_LIGHTNESS, _MOST_COLOUR = (4.0, 98.0), 75.0
#: From this lightness to that one, highlights keep the lamp's colour.
_HIGHLIGHT = (82.0, 96.0)
#: How softly a dye ends, px, and how far around a dish that can be seen.
_EDGE_PX, _ROUND_PX = 0.8, 4


@dataclass(frozen=True)
class Dye:
    """One dish's change of colour, alike in every picture of it.

    Attributes:
        mix: ``(2, 2)``, what becomes of a and b.
        tint: ``(2,)``, what is added to them.
        bright: factor of the mean lightness.
        contrast: factor of what differs from it.
    """

    mix: Map
    tint: Map
    bright: float
    contrast: float

    @classmethod
    def at_random(cls, rng: np.random.Generator) -> Dye:
        """Any dye."""
        turn = _TURN * rng.normal()
        turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        bright, contrast = np.exp(rng.normal(0, (_BRIGHT, _CONTRAST)))
        return cls(
            mix=np.asarray(np.exp(_COLOURFUL * rng.normal()) * turned, np.float32),
            tint=np.asarray(rng.normal(0, _TINT, 2), np.float32),
            bright=float(bright),
            contrast=float(contrast),
        )


def dye(pictures: list[tuple[Rgb, Mask]], change: Dye) -> list[Rgb]:
    """Dyes one dish in several pictures of it.

    Args:
        pictures: each ``(H, W, 3)`` with the mask ``(H, W)`` of the dish in it and of what is left
            of it on its floor; as it was served first.
        change: the dye.
    """
    mean = None
    dyed = []
    for rgb, mask in pictures:
        out = rgb.copy()
        dyed.append(out)
        if not mask.any():
            continue
        box = _box_around(mask)
        scaled = rgb[box].astype(np.float32) / np.float32(255.0)
        lab = np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), np.float32)
        if mean is None:
            # Of the first picture: what is left is as bright as it was.
            mean = float(lab[..., 0][mask[box]].mean())
        cover = cv2.GaussianBlur(mask[box].astype(np.float32), (0, 0), _EDGE_PX)[..., None]
        mixed = lab + cover * (_dyed(lab, mean, change) - lab)
        changed = np.clip(np.rint(255.0 * cv2.cvtColor(mixed, cv2.COLOR_LAB2RGB)), 0, 255)
        out[box] = np.where(cover > 0, changed, rgb[box]).astype(np.uint8)
    return dyed


def _box_around(mask: Mask) -> tuple[slice, slice]:
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return (
        slice(max(0, y - _ROUND_PX), y + height + _ROUND_PX),
        slice(max(0, x - _ROUND_PX), x + width + _ROUND_PX),
    )


def _dyed(lab: Map, mean: float, change: Dye) -> Map:
    light = mean * change.bright + change.contrast * (lab[..., 0] - mean)
    colour = lab[..., 1:] @ change.mix.T + change.tint
    colour *= np.minimum(1.0, _MOST_COLOUR / (np.linalg.norm(colour, axis=2, keepdims=True) + 1e-3))
    new = np.dstack([np.clip(light, *_LIGHTNESS), colour])
    lamp = np.clip((lab[..., :1] - _HIGHLIGHT[0]) / (_HIGHLIGHT[1] - _HIGHLIGHT[0]), 0.0, 1.0)
    return np.asarray(new + lamp * (lab - new), np.float32)
