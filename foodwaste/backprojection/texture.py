"""How rough a surface is: tells a smooth pool of sauce from the dish it came from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.quantile import quantile
from foodwaste.tray.frame import Mask

#: Added to the grey level before the logarithm, so that sensor noise in shadow is no texture.
_NOISE_LEVEL = 12.0
#: Texture is detail between these two scales (1.6 and 4 mm). Coarser is shading; finer is left
#: out because before and after are never equally sharp: with detail down to the pixel, a blur
#: of 0.6 px in one of the two moved a meat dish's leftover by 29 points, with this band by 3.
_FINE_PX = 1.5
_COARSE_PX = 4.0
_NEIGHBOURHOOD_PX = 4.0
#: A pixel is judged by the majority in an 11 x 11 mm window.
_WINDOW_PX = 11
#: A border's contrast reaches one coarse scale to either side.
_BORDER = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))

#: Of a box of two pixels, and of a tent of four, in pixels squared.
_AREA_VARIANCE, _LINEAR_VARIANCE = 3.0 / 12.0, 15.0 / 24.0

Map = NDArray[np.float32]


@dataclass(frozen=True)
class RoughnessBand:
    """The roughness of one dish as served: by default its 2nd percentile to 1.1 times its 99th.

    The lower edge takes smooth pools of sauce out of a dish of pieces, the upper edge scratched
    and starchy steel out of rice. A narrower band takes more pools (10th to 95th: the labelled
    steel meal's mean error is 10 points instead of 12) but also a fifth of the served food.
    """

    low: float
    high: float


def roughness(rgb: NDArray[np.uint8]) -> Map:
    """``(H, W) float32``: local standard deviation of the logarithm of brightness.

    The logarithm makes it a contrast: the same in light and in shadow.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    log = cv2.log(grey + np.float32(_NOISE_LEVEL))
    detail = cv2.GaussianBlur(log, (0, 0), _FINE_PX) - _widely_blurred(log, _COARSE_PX)
    return np.asarray(np.sqrt(_widely_blurred(detail * detail, _NEIGHBOURHOOD_PX)), np.float32)


def _widely_blurred(values: Map, sigma_px: float) -> Map:
    """A Gaussian blur of several pixels, at half the size: a quarter of the time.

    Averaging two pixels and interpolating between these means blur a little themselves: their
    variances are taken off. A tenth of a percent of the range from the exact one (rms).
    """
    height, width = values.shape
    small = cv2.resize(values, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    rest = (sigma_px**2 - _AREA_VARIANCE - _LINEAR_VARIANCE) ** 0.5 / 2.0
    small = cv2.GaussianBlur(small, (0, 0), rest)
    blurred: Map = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return blurred


def band_of(rough: Map, food: Mask, percent: tuple[float, float]) -> RoughnessBand | None:
    """The band between two percentiles of the pixels well inside ``food``.

    ``None`` when they are too few to tell (< 200).
    """
    values = rough[_interior(food)]
    if values.size < 200:
        return None
    low, high = (quantile(values, part / 100) for part in percent)
    return RoughnessBand(float(low), 1.1 * float(high))


def outside_band(rough: Map, band: RoughnessBand, candidate: Mask) -> Mask:
    """``(H, W) bool``: parts of ``candidate`` mostly smoother or rougher than the dish.

    Judged well inside the candidate only, because its border is always rough, and then grown
    back to the border.
    """
    odd = ((rough < band.low) | (rough > band.high)).astype(np.float32)
    majority: Mask = cv2.blur(odd, (_WINDOW_PX, _WINDOW_PX)) > 0.5
    inner = (majority & _interior(candidate)).astype(np.uint8)
    grown: Mask = cv2.dilate(inner, _BORDER).astype(bool) & candidate
    return grown


def _interior(mask: Mask) -> Mask:
    inner: Mask = cv2.erode(mask.astype(np.uint8), _BORDER).astype(bool)
    return inner
