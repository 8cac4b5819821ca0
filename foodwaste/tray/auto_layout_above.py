"""A tray of unknown wells from straight above, at the scale at which wells are searched."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.geometry import project
from foodwaste.tray.well_search_edges import PX_PER_MM


def from_above(
    rgb: NDArray[np.uint8],
    to_photo: NDArray[np.float64],
    width_mm: float,
    height_mm: float,
    *,
    margin_mm: float = 0.0,
) -> NDArray[np.uint8]:
    """The tray and a margin around it at ``PX_PER_MM``, averaged down first where that is coarser.

    Beyond the photograph its border is repeated: no edge is made there.

    Args:
        rgb: ``(H, W, 3) uint8``, the photograph.
        to_photo: ``(3, 3)`` from the tray's mm to its pixels.
        width_mm: the tray's size.
        height_mm: the tray's size.
        margin_mm: shown around it on all sides.
    """
    size = tuple(round((side + 2 * margin_mm) * PX_PER_MM) for side in (width_mm, height_mm))
    px_to_mm = np.array(
        [[1 / PX_PER_MM, 0, -margin_mm], [0, 1 / PX_PER_MM, -margin_mm], [0, 0, 1.0]]
    )
    px_to_photo = to_photo @ px_to_mm
    ends = project(px_to_photo[None], np.array([[0.0, 0.0], [size[0], 0.0]]))[0]
    factor = max(1, int(np.linalg.norm(ends[1] - ends[0]) / size[0]))
    height, width = rgb.shape[:2]
    if factor > 1:
        rgb = np.asarray(
            cv2.resize(
                rgb[: height // factor * factor, : width // factor * factor],
                (width // factor, height // factor),
                interpolation=cv2.INTER_AREA,
            )
        )
    middle = 0.5 / factor - 0.5
    reduce = np.array([[1 / factor, 0, middle], [0, 1 / factor, middle], [0, 0, 1.0]])
    warped = cv2.warpPerspective(
        rgb,
        reduce @ px_to_photo,
        (size[0], size[1]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8)
