"""What each dish looks like as served, learned from the served tray's picture.

The picture shows food and tray mixed in every well. Starting from "anything that is not tray
is food, surely so in the middle", two rounds of back-projection separate the dish's colours
from the tray's; a third class, the *film*, is what the dish's colour becomes when it is
smeared thinly over the tray.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.histogram import (
    PRESENCE_SPACE,
    ColourSpace,
    Density,
    Hsv,
    Map,
    any_colour,
)
from foodwaste.backprojection.surface import BareSurface, bare_surface
from foodwaste.backprojection.texture import RoughnessBand, band_of
from foodwaste.backprojection.view import ColourView, window_of
from foodwaste.profile import BackprojectionParameters
from foodwaste.tray.frame import Mask

#: Food fills a served well from its middle; full belief from 25 px (26 mm) inside the rim.
_BELIEF_PX = 25.0
_ROUNDS = 3
_SAMPLES = 1500
_LEAST_TO_ADAPT = 0.05
#: Share of the dish's own colour in a film over the tray. Thicker looks like the dish,
#: thinner like the tray.
_FILM_OPACITY = (0.15, 0.60)
#: Divergence (nats) of a well's colours from the tray's below which nothing was served in it.
#: On real pictures, steel: empty wells 0.5-1.3, white rice 1.5, all else above 4; white
#: plastic: empty wells 0.8-1.3, white rice from 2.1, all else above 5. Plates are taken for
#: white plastic: nobody has measured them.
_LEAST_DIVERGENCE = {"steel": 1.38, "white": 1.7, "canteen": 1.7}


@dataclass(frozen=True)
class DishLook:
    """Colour densities of one dish, its film, and its roughness, as served.

    ``divergence`` (nats) is how far the dish's colours are from the tray's; ``present`` is
    False where the well looks like bare tray: nothing was served there.
    """

    food: Density
    film: Density
    band: RoughnessBand | None
    divergence: float
    present: bool


@dataclass(frozen=True)
class Likelihood:
    """The classes a well's pixels can belong to; each a density over the same colour space."""

    food: Density
    empty: Density
    film: Density
    other: Density

    def probability(self, space: ColourSpace, hsv: Hsv) -> Map:
        """``(H, W) float32``: probability of food, by Bayes' rule."""
        total = self.food + self.empty + self.film + self.other + np.float32(1e-12)
        return space.back_project(hsv, self.food / total)

    def adapted(self, space: ColourSpace, hsv: Hsv, sure: Mask, share: float) -> Likelihood:
        """The same classes with ``share`` of the dish's colours learned from ``sure`` food.

        ``sure`` is ``(H, W) bool``. Unchanged where it holds less than a twentieth: a few stains
        would teach the dish to look like stains.
        """
        if sure.mean() < _LEAST_TO_ADAPT:
            return self
        own = space.density_where(hsv, sure)
        return replace(self, food=np.asarray((1 - share) * self.food + share * own, np.float32))


def learn_dishes(
    spaces: Mapping[str, ColourSpace],
    served: ColourView,
    empty_rgb: NDArray[np.uint8] | None,
    parameters: BackprojectionParameters,
) -> Mapping[str, DishLook]:
    """Learns the look of the dish in every compartment of a served tray.

    ``spaces`` names the colour space of each compartment's dish.
    """
    bare = {
        space: bare_surface(space, served, empty_rgb, parameters.ridge_share)
        for space in {*spaces.values(), PRESENCE_SPACE}
    }
    wells = served.tray.frame.rim_masks
    return {
        name: _learn(spaces[name], served, well & served.tray.valid, bare, parameters)
        for name, well in wells.items()
    }


def _learn(
    space: ColourSpace,
    served: ColourView,
    well: Mask,
    bares: Mapping[ColourSpace, BareSurface],
    parameters: BackprojectionParameters,
) -> DishLook:
    whole, bare = well, bares[space]
    empty = bare.in_well(space, well)
    if not well.any():  # wholly outside the photograph
        return DishLook(empty, np.zeros_like(empty), None, 0.0, present=False)
    # One pixel more than the well, so that the distance to its rim is known at its rim.
    window = window_of(well, margin_px=1)
    well, hsv, rgb = well[window], served.hsv[window], served.tray.rgb[window]
    depth = cv2.distanceTransform(well.astype(np.uint8), cv2.DIST_L2, 5)
    belief = np.clip(depth / _BELIEF_PX, 0, 1)
    food = any_colour(space)
    film = np.zeros_like(food)
    probability, weight = belief, np.where(well, belief, 0).astype(np.float32)
    for _ in range(_ROUNDS):
        classes = Likelihood(food, empty, parameters.film_share * film, np.zeros_like(food))
        probability = classes.probability(space, hsv)
        weight = np.where(well, probability * belief, 0).astype(np.float32)
        if weight.sum() < 1:
            break
        food = space.density(hsv, weight)
        film = _film(space, rgb, weight, bare.ridge)
    percent = (parameters.texture_low_percent, parameters.texture_high_percent)
    band = band_of(served.rough[window], (probability > 0.5) & well, percent)
    material = served.tray.frame.layout.material
    unlike = PRESENCE_SPACE.density(hsv, weight)
    divergence = _divergence(unlike, bares[PRESENCE_SPACE].in_well(PRESENCE_SPACE, whole))
    return DishLook(food, film, band, divergence, divergence > _LEAST_DIVERGENCE[material])


def _divergence(food: Density, empty: Density) -> float:
    """Kullback-Leibler divergence of the dish's colours from the tray's, nats."""
    tiny = np.float32(1e-7)
    return float((food * np.log((food + tiny) / (empty + tiny))).sum())


def _film(
    space: ColourSpace, rgb: NDArray[np.uint8], weight: Map, ridge: NDArray[np.uint8]
) -> Density:
    """Density of the dish's colours mixed with the tray's, at every opacity in the range.

    Deterministic: the weighted pixels are drawn at even steps of their cumulative weight.
    """
    if len(ridge) == 0:
        return np.zeros(space.shape, np.float32)
    cumulative = np.cumsum(weight.ravel(), dtype=np.float64)
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    dish = rgb.reshape(-1, 3)[np.searchsorted(cumulative, steps * cumulative[-1])]
    # Strides coprime to the sample count pair colours and opacities without pattern.
    tray = ridge[(np.arange(_SAMPLES) * 7919) % len(ridge)]
    low, high = _FILM_OPACITY
    opacity = (low + (high - low) * ((np.arange(_SAMPLES) * 0.618034) % 1.0))[:, None]
    mixed = (opacity * dish + (1 - opacity) * tray).astype(np.uint8)
    return space.density(np.asarray(cv2.cvtColor(mixed[None], cv2.COLOR_RGB2HSV), np.uint8))
