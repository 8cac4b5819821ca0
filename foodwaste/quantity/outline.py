"""The outline of a food whose box is known, by GrabCut (Rother, Kolmogorov & Blake 2004)."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Outline:
    """The food in a box.

    Attributes:
        rgb: ``(h, w, 3) uint8``, the box and a margin at the size that was searched.
        food: ``(h, w)``, the largest connected piece of food; the box where none is found.
        scale: its pixels per pixel of the picture.
    """

    rgb: NDArray[np.uint8]
    food: NDArray[np.bool_]
    scale: float


def outline(rgb: NDArray[np.uint8], box_px: tuple[float, float, float, float]) -> Outline:
    """Searches the food in a box of ``(H, W, 3) uint8`` RGB; left, top, right, bottom."""
    height, width = rgb.shape[:2]
    left, right = (min(max(round(box_px[side]), 0), width) for side in (0, 2))
    top, bottom = (min(max(round(box_px[side]), 0), height) for side in (1, 3))
    pad = int(_MARGIN * max(right - left, bottom - top))
    x, y = max(0, left - pad), max(0, top - pad)
    crop = rgb[y : bottom + pad, x : right + pad]
    scale = _SIDE_PX / max(crop.shape[:2])
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inside = np.zeros(small.shape[:2], bool)
    inside[
        round((top - y) * scale) : round((bottom - y) * scale),
        round((left - x) * scale) : round((right - x) * scale),
    ] = True
    labels = np.where(inside, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_BGD))
    # GrabCut draws its clusters' starts from OpenCV's generator: the same picture, the same food.
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    if not inside.all():
        cv2.grabCut(small, labels, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    # Surely and probably food are the odd labels.
    pieces, numbers, stats, _ = cv2.connectedComponentsWithStats((labels & 1).astype(np.uint8))
    food = inside
    if pieces > 1:
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        if stats[largest, cv2.CC_STAT_AREA] >= _LEAST_FILL * inside.sum():
            food = numbers == largest
    return Outline(np.asarray(small, np.uint8), food, scale)


def outline_area(rgb: NDArray[np.uint8], box_px: tuple[float, float, float, float]) -> float:
    """Area of the food in a box, in pixels of the picture.

    Args:
        rgb: ``(H, W, 3) uint8``, RGB.
        box_px: left, top, right, bottom of the food's box.

    Returns:
        Area of the largest connected piece of food; the box's own where none is found.
    """
    found = outline(rgb, box_px)
    return float(found.food.sum() / found.scale**2)
