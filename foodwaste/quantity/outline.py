"""The outline of a food whose box is known, by GrabCut (Rother, Kolmogorov & Blake 2004)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Longer side at which the outline is searched: 112 px takes 21 ms where 224 px take 87, and the
#: areas of 80 weighed foods differ by 0.9 % in the median (4 % in one of ten).
_SIDE_PX = 112
#: Ground shown around the box, as a share of its longer side: what is surely not food.
_MARGIN = 0.15
_ROUNDS = 5
#: An outline that fills less of its box than this has lost the food: a banana fills 0.29.
_LEAST_FILL = 0.15


def outline_area(rgb: NDArray[np.uint8], box_px: tuple[float, float, float, float]) -> float:
    """Area of the food in a box, in pixels of the picture.

    Args:
        rgb: ``(H, W, 3) uint8``, RGB.
        box_px: left, top, right, bottom of the food's box.

    Returns:
        Area of the largest connected piece of food; the box's own where none is found.
    """
    left, top, right, bottom = (round(value) for value in box_px)
    pad = int(_MARGIN * max(right - left, bottom - top))
    x, y = max(0, left - pad), max(0, top - pad)
    crop = rgb[y : min(rgb.shape[0], bottom + pad), x : min(rgb.shape[1], right + pad)]
    scale = _SIDE_PX / max(crop.shape[:2])
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    labels = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    inside = np.s_[
        round((top - y) * scale) : round((bottom - y) * scale),
        round((left - x) * scale) : round((right - x) * scale),
    ]
    labels[inside] = cv2.GC_PR_FGD
    box_area = float(labels[inside].size)
    # GrabCut draws its clusters' starts from OpenCV's generator: the same picture, the same area.
    cv2.setRNGSeed(0)
    cv2.grabCut(
        small,
        labels,
        None,
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        _ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )
    food = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    pieces, _, stats, _ = cv2.connectedComponentsWithStats(food)
    area = float(stats[1:, cv2.CC_STAT_AREA].max()) if pieces > 1 else 0.0
    if area < _LEAST_FILL * box_area:
        area = box_area
    return float(area / scale**2)
