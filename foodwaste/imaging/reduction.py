"""How far a picture may be reduced, and the reduction itself."""

from __future__ import annotations

import cv2
import numpy as np

from foodwaste.imaging.picture import RgbImage


def reduction_factor(width_px: int, height_px: int, target_pixels: int | None) -> int:
    """The largest of 1, 2, 4, 8 that leaves at least ``target_pixels`` pixels.

    Those are the scales that the JPEG decoder offers; the other formats take the same, so that
    one scene gives one size whatever it was saved as.
    """
    if target_pixels is None:
        return 1
    for factor in (8, 4, 2):
        if -(-width_px // factor) * -(-height_px // factor) >= target_pixels:
            return factor
    return 1


def area_reduced(rgb: RgbImage, factor: int) -> RgbImage:
    """Means over ``factor`` x ``factor`` pixels, ``(H, W, 3)`` to the size rounded up.

    The last row and column are repeated to fill the last blocks, as the JPEG decoder does, so
    that a pixel always stands for ``factor`` original ones and points map by one scale.
    """
    if factor == 1:
        return rgb
    height, width = rgb.shape[:2]
    if height % factor or width % factor:
        bottom, right = -height % factor, -width % factor
        rgb = np.asarray(cv2.copyMakeBorder(rgb, 0, bottom, 0, right, cv2.BORDER_REPLICATE))
    size = (rgb.shape[1] // factor, rgb.shape[0] // factor)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
