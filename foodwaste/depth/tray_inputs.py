"""What the height network is told besides the picture: what the site knows of this tray.

Every group of planes is optional: where it is missing its planes and its flag are 0, and the
network was trained with each missing often enough to do without.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]

#: Pixels become ``(value / 255 - MEAN) / STD`` in the picture and in the known pictures.
MEAN, STD = 0.5, 0.25
#: The empty surface's height is divided by this, mm: the depth of an ordinary well.
HEIGHT_SCALE_MM = 30.0
#: Empty picture 3 + flag, served picture 3 + flag, probability of food 1 + flag, surface 1,
#: served height 1 + flag.
KNOWN_PLANES = 13
#: Which of them is the probability of food.
FOOD_PLANE = 8
#: Which of them is the height of what was served, and its flag.
SERVED_HEIGHT_PLANE, SERVED_HEIGHT_FLAG = 11, 12
#: Name of the network's second input.
KNOWN = "known"


def known_planes(
    empty_surface_mm: NDArray[np.floating],
    *,
    empty_rgb: Rgb | None = None,
    served_rgb: Rgb | None = None,
    food: NDArray[np.floating] | None = None,
    served_height_mm: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    """The network's second input for one tray.

    Args:
        empty_surface_mm: ``(H, W)``, height of the empty tray over its rim plane along each
            pixel's ray: 0 on the rim, negative in wells.
        empty_rgb: ``(H, W, 3) uint8``, the empty tray in its frame.
        served_rgb: ``(H, W, 3) uint8``, the tray as it was served.
        food: ``(H, W)``, probability 0..1 that a pixel shows food, from its colour.
        served_height_mm: ``(H, W)``, what the network itself saw on the tray as it was served:
            food that was not touched is as high as before.

    Returns:
        ``(13, H, W) float32``.
    """
    planes = np.zeros((KNOWN_PLANES, *empty_surface_mm.shape), np.float32)
    for first, rgb in ((0, empty_rgb), (4, served_rgb)):
        if rgb is not None:
            planes[first : first + 3] = rgb.transpose(2, 0, 1)
            planes[first : first + 3] -= 255.0 * MEAN
            planes[first : first + 3] *= 1.0 / (255.0 * STD)
            planes[first + 3] = 1.0
    if food is not None:
        planes[FOOD_PLANE] = food
        planes[FOOD_PLANE + 1] = 1.0
    planes[10] = empty_surface_mm
    planes[10] /= HEIGHT_SCALE_MM
    if served_height_mm is not None:
        planes[SERVED_HEIGHT_PLANE] = served_height_mm
        planes[SERVED_HEIGHT_PLANE] /= HEIGHT_SCALE_MM
        planes[SERVED_HEIGHT_FLAG] = 1.0
    return planes
