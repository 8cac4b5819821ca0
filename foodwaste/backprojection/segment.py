"""From a probability map to what counts as food: threshold, morphology, smallest object."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import BackprojectionParameters
from foodwaste.tray.frame import Mask

Map = NDArray[np.float32]


def threshold_of(values: NDArray[np.float32], parameters: BackprojectionParameters) -> float:
    """The probability from which on a pixel is food, 0..1.

    ``values`` are the probabilities of one well's pixels. Otsu and triangle follow OpenCV on
    256 levels; a percentile keeps the ``food_percent`` most probable pixels. Where a well holds
    one class only, Otsu and triangle would split its noise: they never go below 0.25.
    """
    levels = np.clip(values * 255, 0, 255).astype(np.uint8)
    if parameters.use_percentile:
        return float(np.percentile(levels, 100 - parameters.food_percent)) / 255
    if parameters.threshold == "fixed":
        return parameters.fixed_threshold / 255
    method = cv2.THRESH_OTSU if parameters.threshold == "otsu" else cv2.THRESH_TRIANGLE
    found, _ = cv2.threshold(levels.reshape(1, -1), 0, 255, cv2.THRESH_BINARY | method)
    return max(float(found) / 255, 0.25)


def clean(mask: Mask, mm_per_px: float, parameters: BackprojectionParameters) -> Mask:
    """Opens, closes and drops objects smaller than ``min_object_mm2``: ``(h, w) bool``."""
    work = mask.astype(np.uint8)
    for operation, kernel, times in (
        (cv2.MORPH_OPEN, parameters.open_kernel_px, parameters.open_iterations),
        (cv2.MORPH_CLOSE, parameters.close_kernel_px, parameters.close_iterations),
    ):
        if kernel > 1 and times > 0:
            element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (kernel, kernel))
            work = cv2.morphologyEx(work, operation, element, iterations=times)
    smallest_px = parameters.min_object_mm2 / mm_per_px**2
    if smallest_px > 1:
        count, labels, stats, _ = cv2.connectedComponentsWithStats(work, connectivity=8)
        keep = np.zeros(count, np.uint8)
        keep[1:] = stats[1:, cv2.CC_STAT_AREA] >= smallest_px
        work = keep[labels]
    return work.astype(bool)
