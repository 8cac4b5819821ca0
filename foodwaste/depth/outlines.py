"""Outlines of food without the gaps and specks that single pixels make of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Mask

#: A gap within food is filled and food by itself is dropped below this size; pixels of the tray's
#: frame, about a square millimetre each. The dark gaps of a heap of beans are no bare plate.
_LEAST_GAP_PX, _LEAST_FOOD_PX = 40, 15


def tidied(food: Mask) -> Mask:
    """Food pixels ``(H, W) bool`` with small gaps filled and small specks left out."""
    without_specks = _without_small(food, _LEAST_FOOD_PX, connectivity=8)
    return ~_without_small(~without_specks, _LEAST_GAP_PX, connectivity=4)


def _without_small(mask: Mask, least_px: int, *, connectivity: int) -> Mask:
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=connectivity
    )
    kept = statistics[:count, cv2.CC_STAT_AREA] >= least_px
    kept[0] = False
    result: NDArray[np.bool_] = kept[labels]
    return result
