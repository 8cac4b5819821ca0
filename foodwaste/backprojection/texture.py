"""How rough a surface is: tells a smooth pool of sauce from the dish it came from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Mask

#: Added to the grey level before the logarithm, so that sensor noise in shadow is no texture.
_NOISE_LEVEL = 12.0
#: Detail finer than this is texture, coarser is shading. 1.5 px is 1.6 mm: a grain of rice.
_DETAIL_PX = 1.5
_NEIGHBOURHOOD_PX = 2.5
#: A pixel is judged by the majority in a 7 x 7 mm window.
_WINDOW_PX = 7

Map = NDArray[np.float32]


@dataclass(frozen=True)
class RoughnessBand:
    """The roughness of one dish as served: its 15th percentile to 1.2 times its 97th.

    On the one labelled steel meal the lower edge takes a red pool out of a meat dish (leftover
    0.76 read, 0.63 with the band, 0.5 true) and the upper edge scratched, starchy steel out of
    rice (0.54 to 0.50).
    """

    low: float
    high: float


def roughness(rgb: NDArray[np.uint8]) -> Map:
    """``(H, W) float32``: local standard deviation of the logarithm of brightness.

    The logarithm makes it a contrast: the same in light and in shadow.
    """
    grey = np.log(rgb.astype(np.float32).mean(axis=2) + np.float32(_NOISE_LEVEL))
    detail = grey - cv2.GaussianBlur(grey, (0, 0), _DETAIL_PX)
    spread = cv2.GaussianBlur(detail * detail, (0, 0), _NEIGHBOURHOOD_PX)
    return np.asarray(np.sqrt(spread), np.float32)


def band_of(rough: Map, food: Mask) -> RoughnessBand | None:
    """The band of the pixels in ``food``, or ``None`` when there are too few to tell (< 200)."""
    values = rough[food]
    if values.size < 200:
        return None
    low, high = np.percentile(values, [15, 97])
    return RoughnessBand(float(low), float(high) * 1.2)


def outside_band(rough: Map, band: RoughnessBand) -> Mask:
    """``(H, W) bool``: where most of the neighbourhood is smoother or rougher than the dish."""
    odd = ((rough < band.low) | (rough > band.high)).astype(np.float32)
    majority: Mask = cv2.blur(odd, (_WINDOW_PX, _WINDOW_PX)) > 0.5
    return majority
