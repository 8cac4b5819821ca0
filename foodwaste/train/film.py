"""Films of starch and sauce where food was, laid over eaten states while training.

Rendered wells are eaten cleaner than real ones: rice leaves starch on steel, and a network that
never saw that takes the bare half of a well for rice as high as it was served.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Wells with less bare floor than this, or that were served less, stay as they are, px.
_LEAST_PX = 150
#: Coarsest and finest blot, px.
_BLOTS_PX = (3.0, 14.0)
_OPACITY = (0.15, 0.75)


@dataclass(frozen=True)
class Film:
    """A picture with films in it, and how much of each pixel they cover, ``(H, W)`` 0..1."""

    rgb: Rgb
    opacity: Map


def smear(
    rgb: Rgb,
    served_rgb: Rgb,
    wells: NDArray[np.uint8],
    food: Mask,
    served_food: Mask,
    rng: np.random.Generator,
) -> Film:
    """Smears what was served over the floor that is bare by now, in about half of the wells.

    Args:
        rgb: ``(H, W, 3)``, the eaten tray.
        served_rgb: ``(H, W, 3)``, the same tray as served: where the films' colours are from.
        wells: ``(H, W)``, number of the well, 0 beside them.
        food: ``(H, W)``, where there still is food.
        served_food: ``(H, W)``, where there was some.
        rng: decides where, how thick and how blotched.
    """
    opacity = np.zeros(rgb.shape[:2], np.float32)
    out = rgb.astype(np.float32)
    for number in range(1, int(wells.max()) + 1):
        was = (wells == number) & served_food
        bare = (wells == number) & ~food
        if rng.random() < 0.5 or was.sum() < _LEAST_PX or (bare & was).sum() < _LEAST_PX:
            continue
        blots = _noise(rgb.shape[:2], rng.uniform(*_BLOTS_PX), rng)
        cover = np.clip(1.5 * (blots - rng.uniform(-0.8, 0.8)), 0.0, 1.0)
        reach = cv2.GaussianBlur(was.astype(np.float32), (0, 0), 3.0) * bare
        film = cover * reach * np.float32(rng.uniform(*_OPACITY))
        # A film has the dish's colour, paler or darker, and a grain of its own.
        colour = np.median(served_rgb[was], axis=0).astype(np.float32) * rng.uniform(0.85, 1.1)
        grain = 1.0 + 0.06 * _noise(rgb.shape[:2], 1.0, rng)
        out += film[..., None] * (colour * grain[..., None] - out)
        opacity = np.maximum(opacity, film)
    return Film(np.clip(out, 0, 255).astype(np.uint8), opacity)


def mistaken(probability: NDArray[np.uint8], film: Map, rng: np.random.Generator) -> Map:
    """The colours' probability of food, ``(H, W)`` 0..255, as a film would have raised it."""
    raised = 255.0 * np.float32(rng.uniform(0.3, 1.2)) * np.sqrt(film)
    return np.maximum(probability.astype(np.float32), np.minimum(raised, 255.0))


def _noise(shape: tuple[int, int], size_px: float, rng: np.random.Generator) -> Map:
    """Smooth noise of mean 0 and spread 1 with blots of about this size."""
    small = (max(2, round(shape[0] / size_px)), max(2, round(shape[1] / size_px)))
    field = rng.normal(size=small).astype(np.float32)
    field = cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC)
    spread: Map = np.asarray((field - field.mean()) / (field.std() + 1e-6), np.float32)
    return spread
