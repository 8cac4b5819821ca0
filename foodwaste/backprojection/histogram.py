"""Colour densities as histograms, and their back-projection onto a picture.

Swain & Ballard (1991), "Color Indexing", International Journal of Computer Vision 7(1):11-32,
section 3.2: each pixel is replaced by the value that its colour has in a *ratio* histogram.
The look-up is OpenCV's ``calcBackProject``
(https://docs.opencv.org/4.x/da/d7f/tutorial_back_projection.html).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import BackprojectionParameters

#: Upper ends of OpenCV's 8-bit H, S and V.
_RANGES = (180, 256, 256)
_CHANNELS = {"H+S": (0, 1), "H+V": (0, 2), "S+V": (1, 2), "H": (0,), "S": (1,)}

Hsv = NDArray[np.uint8]
Density = NDArray[np.float32]
Map = NDArray[np.float32]


@dataclass(frozen=True)
class ColourSpace:
    """The histogram's axes: which of H, S and V, how many bins each, and its smoothing.

    64 x 64 mm of food is a small sample of a dish's colour, and neighbouring colours are alike:
    densities are blurred over ``smoothing_bins`` (one standard deviation).
    """

    channels: tuple[int, ...]
    bins: tuple[int, int, int]
    smoothing_bins: float = 1.0

    def density(self, hsv: Hsv, weights: NDArray[np.float32] | None = None) -> Density:
        """Share of the pixels' weight in each bin, smoothed; sums to 1.

        ``hsv`` is ``(..., 3) uint8``; ``weights`` has its leading shape. Without any weight
        the result is all zero.
        """
        flat = hsv.reshape(-1, 3)
        index = np.zeros(len(flat), np.intp)
        for channel in self.channels:
            index *= self.bins[channel]
            index += _bin_of(self.bins[channel], _RANGES[channel])[flat[:, channel]]
        counts = np.bincount(
            index, None if weights is None else weights.ravel(), minlength=math.prod(self.shape)
        )
        return _normalised(self._smooth(counts.reshape(self.shape).astype(np.float32)))

    def density_where(self, hsv: Hsv, mask: NDArray[np.bool_]) -> Density:
        """The density of the pixels of ``(H, W, 3)`` under ``mask`` ``(H, W)``."""
        counts = cv2.calcHist(
            [hsv], list(self.channels), mask.view(np.uint8), list(self.shape), self._ranges
        )
        return _normalised(self._smooth(np.asarray(counts, np.float32).reshape(self.shape)))

    @property
    def _ranges(self) -> list[float]:
        return [float(edge) for channel in self.channels for edge in (0, _RANGES[channel])]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a density in this space."""
        return tuple(self.bins[channel] for channel in self.channels)

    def marginal(self, model: Density) -> Density:
        """A density over all of H, S, V (``bins``-shaped) seen in this space."""
        others = tuple(axis for axis in range(3) if axis not in self.channels)
        return _normalised(np.asarray(model.sum(axis=others), np.float32))

    def back_project(self, hsv: Hsv, table: Density) -> Map:
        """Looks every pixel's colour up in ``table`` (values 0..1, to 1/255).

        Returns ``(H, W) float32``.
        """
        scaled = np.ascontiguousarray(np.clip(table * 255.0, 0, 255), np.float32)
        found = cv2.calcBackProject([hsv], list(self.channels), scaled, self._ranges, scale=1)
        return np.asarray(found, np.float32) / np.float32(255)

    def _smooth(self, counts: Density) -> Density:
        if self.smoothing_bins <= 0:
            return counts
        first, *second = (
            _blur_of(self.bins[channel], self.smoothing_bins, circular=channel == 0)
            for channel in self.channels
        )
        smooth = first @ counts
        return np.asarray(smooth @ second[0].T if second else smooth, np.float32)


def colour_space(
    parameters: BackprojectionParameters, *, tray_coloured: bool = False
) -> ColourSpace:
    """The histogram's axes as the profile wants them, for this kind of dish."""
    channels = parameters.tray_coloured_channels if tray_coloured else parameters.channels
    bins = (parameters.hue_bins, parameters.saturation_bins, parameters.value_bins)
    return ColourSpace(_CHANNELS[channels], bins, parameters.smoothing_bins)


#: Where it is judged whether anything was served: its limits were measured here.
PRESENCE_SPACE = ColourSpace(_CHANNELS["S+V"], (30, 32, 32), 1.0)


def to_hsv(rgb: NDArray[np.uint8]) -> Hsv:
    """OpenCV's 8-bit HSV after a 3 x 3 blur: single pixels of noise have no colour of a dish."""
    hsv: Hsv = cv2.cvtColor(cv2.GaussianBlur(rgb, (3, 3), 0), cv2.COLOR_RGB2HSV)
    return hsv


@lru_cache(maxsize=8)
def any_colour(space: ColourSpace) -> Density:
    """A density without preference but for very dark colours, which are mostly shadow."""
    _, _, value = _grid(space.bins)
    return space.marginal(_lit(value))


@lru_cache(maxsize=8)
def bare_steel(space: ColourSpace) -> Density:
    """Colours of empty steel under any light: hardly any chroma, every brightness.

    Chroma (``S * V / 255``) is half-normal with a spread of 10, and for 12 % of the surface
    has an exponential tail of 25: blue windows and red neighbours mirrored in the walls.
    Figures: chroma quantiles 50/95/99 % of one empty steel tray (6/36/62) rounded up.
    """
    _, saturation, value = _grid(space.bins)
    chroma = saturation * value / 255.0
    body = np.exp(-0.5 * (chroma / 10.0) ** 2) / (10.0 * 1.2533)
    tail = np.exp(-chroma / 25.0) / 25.0
    per_saturation = value / 255.0  # d(chroma) / d(saturation)
    burnt_out = 1.0 / (1.0 + np.exp((value - 238.0) / 8.0))
    model = (0.88 * body + 0.12 * tail) * per_saturation * _lit(value) * burnt_out
    return space.marginal(model)


def _grid(bins: tuple[int, int, int]) -> tuple[Map, Map, Map]:
    centres = [
        (np.arange(count, dtype=np.float32) + 0.5) * top / count
        for count, top in zip(bins, _RANGES, strict=True)
    ]
    hue, saturation, value = (
        np.asarray(axis, np.float32) for axis in np.meshgrid(*centres, indexing="ij")
    )
    return hue, saturation, value


def _lit(value: Map) -> Map:
    return np.asarray(1.0 / (1.0 + np.exp(-(value - 15.0) / 8.0)), np.float32)


@lru_cache(maxsize=32)
def _bin_of(bins: int, top: int) -> NDArray[np.intp]:
    """``(256,)``: the bin of every 8-bit value below ``top``."""
    return np.arange(256, dtype=np.intp) * bins // top


@lru_cache(maxsize=32)
def _blur_of(count: int, bins: float, *, circular: bool) -> Density:
    """``(count, count)``: the matrix that blurs along an axis of so many bins.

    Hue is a circle and is blurred across its seam. As a product with a kept matrix smoothing a
    density takes 0.02 ms, as a filter of the padded histogram 0.2.
    """
    reach = min(math.ceil(4 * bins), 4 * count)
    padded = np.pad(
        np.eye(count, dtype=np.float32),
        ((reach, reach), (0, 0)),
        mode="wrap" if circular else "edge",
    )
    smooth = cv2.GaussianBlur(padded, (1, 0), sigmaX=1e-3, sigmaY=bins)[reach:-reach]
    return np.ascontiguousarray(smooth, np.float32)


def _normalised(counts: Density) -> Density:
    total = float(counts.sum())
    return counts / np.float32(total) if total > 0 else counts
