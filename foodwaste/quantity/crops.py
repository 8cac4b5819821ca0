"""Cuts the compartments out of a rectified tray, all to one size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.types import RectifiedTray

#: Rim shown around each well, as a share of its longer side: the rim is the network's ruler.
_MARGIN = 0.06


def compartment_crops(tray: RectifiedTray, side_px: int) -> dict[str, NDArray[np.uint8]]:
    """One square crop per compartment that is in the picture.

    A crop holds the well's bounding box and a little rim, its aspect ratio kept: the shorter
    side is filled up with the tray around it, so that a millimetre is the same length in both
    directions.

    Args:
        tray: the tray.
        side_px: side of the crops.

    Returns:
        By compartment id: ``(side_px, side_px, 3) uint8``, RGB. Compartments of which less
        than half is in the picture are absent.
    """
    crops: dict[str, NDArray[np.uint8]] = {}
    for name, (low, high) in tray.frame.well_boxes.items():
        if name in tray.out_of_picture:
            continue
        side = float((high - low).max()) * (1.0 + 2.0 * _MARGIN)
        corner = (low + high) / 2.0 - side / 2.0
        scale = side_px / side
        # Pixel centres: target (x + 0.5) / scale + corner - 0.5 in the tray's frame.
        matrix = np.array(
            [
                [1 / scale, 0.0, corner[0] + 0.5 / scale - 0.5],
                [0.0, 1 / scale, corner[1] + 0.5 / scale - 0.5],
            ]
        )
        crop = cv2.warpAffine(
            tray.rgb,
            matrix,
            (side_px, side_px),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        crops[name] = crop.astype(np.uint8, copy=False)
    return crops
