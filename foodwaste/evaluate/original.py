"""The formula of the system that this project grew out of, as a baseline.

One hue and saturation histogram (180 x 256 bins) of the centre of a reference compartment, back
projected, smoothed with a 5 x 5 ellipse and cut at 50 of 255; the leftover ratio is the count
after over the count before. The reference was the empty tray (what does not look like it is
food); the same formula with the served dish as reference is given beside it, because it needs
no empty tray.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Frame, Mask

_THRESHOLD = 50
_ELLIPSE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
#: Of the compartment's bounding box, the middle half each way.
_CENTRE = 0.5

Rgb = NDArray[np.uint8]
OriginalReference = Literal["empty", "dish"]


def original_ratio(
    frame: Frame,
    compartment_id: str,
    *,
    after_rgb: Rgb,
    before_rgb: Rgb,
    reference_rgb: Rgb,
    reference: OriginalReference,
) -> float | None:
    """The original's leftover ratio, cut to 1; ``None`` when it finds nothing served.

    All pictures are ``(H, W, 3) uint8`` RGB in the tray's frame.
    """
    well = frame.rim_masks[compartment_id]
    histogram = _centre_histogram(reference_rgb, well)
    after = _amount(after_rgb, well, histogram, reference)
    before = _amount(before_rgb, well, histogram, reference)
    return min(1.0, after / before) if before > 0 else None


def _centre_histogram(rgb: Rgb, well: Mask) -> NDArray[np.float32]:
    rows, columns = np.nonzero(well)
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    edge_y = round((bottom - top) * (1 - _CENTRE) / 2)
    edge_x = round((right - left) * (1 - _CENTRE) / 2)
    centre = rgb[top + edge_y : bottom - edge_y + 1, left + edge_x : right - edge_x + 1]
    hsv = cv2.cvtColor(np.ascontiguousarray(centre), cv2.COLOR_RGB2HSV)
    histogram = cv2.calcHist([hsv], [0, 1], None, [180, 256], [0, 180, 0, 256])
    return np.asarray(cv2.normalize(histogram, None, 0, 255, cv2.NORM_MINMAX), np.float32)


def _amount(
    rgb: Rgb, well: Mask, histogram: NDArray[np.float32], reference: OriginalReference
) -> int:
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    found = cv2.calcBackProject([hsv], [0, 1], histogram, [0, 180, 0, 256], 1)
    smooth = cv2.filter2D(found, -1, _ELLIPSE)
    like_reference = smooth > _THRESHOLD
    food = ~like_reference if reference == "empty" else like_reference
    return int((food & well).sum())
