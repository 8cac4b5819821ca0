"""What the height network is told besides the picture: what the site knows of this tray.

Every group of planes is optional: where it is missing its planes and its flag are 0, and the
network was trained with each missing often enough to do without.

The network works at half the resolution, so the planes are made at half: the probability of
food and local contrast keep their pixels, folded 2 x 2 into four planes, all others are averages.
Doing that here rather than in the network's graph saves it a quarter of its time.
"""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.picture_planes import CHANGE_PLANES, CONTRAST_PLANES, change, local_contrast

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Scalar = TypeVar("Scalar", bound=np.generic)

#: Pixels become ``(value / 255 - MEAN) / STD`` in the picture and in the known pictures.
MEAN, STD = 0.5, 0.25
#: Heights are divided by this, mm: the depth of an ordinary well.
HEIGHT_SCALE_MM = 30.0
#: Pixels of a side that are folded into channels.
FOLD = 2
#: Probability of food 4, empty picture 3 + flag, served picture 3 + flag, the probability's flag,
#: surface 1, served height 1 + flag; then what is made of the pictures: local contrast and change.
SITE_PLANES = 16
KNOWN_PLANES = SITE_PLANES + CONTRAST_PLANES + CHANGE_PLANES
#: The first planes, which hold the probability of food.
FOOD_PLANES = FOLD**2
#: Where planes begin that hold the four pixels of a square.
_FOLDED = (0, SITE_PLANES)
_EMPTY, SERVED_PLANE, _FOOD_FLAG, _SURFACE = 4, 8, 12, 13
#: Which of them is the height of what was served, and its flag.
SERVED_HEIGHT_PLANE, SERVED_HEIGHT_FLAG = 14, 15
#: Name of the network's second input.
KNOWN = "known"


def known_planes(
    rgb: Rgb,
    empty_surface_mm: NDArray[np.floating],
    *,
    empty_rgb: Rgb | None = None,
    served_rgb: Rgb | None = None,
    food: NDArray[np.floating] | None = None,
    served_height_mm: NDArray[np.floating] | None = None,
    places: Map | None = None,
) -> Map:
    """The network's second input for one tray.

    Args:
        rgb: ``(H, W, 3) uint8``, the tray itself. Sides are even.
        empty_surface_mm: ``(H, W)``, height of the empty tray over its rim plane along each
            pixel's ray: 0 on the rim, negative in wells.
        empty_rgb: ``(H, W, 3) uint8``, the empty tray in its frame.
        served_rgb: ``(H, W, 3) uint8``, the tray as it was served.
        food: ``(H, W)``, probability 0..1 that a pixel shows food, from its colour.
        served_height_mm: ``(H, W)``, what the network itself saw on the tray as it was served:
            food that was not touched is as high as before.
        places: where in the served picture each pixel is found, of
            :func:`foodwaste.depth.parallax.served_places`; where it is by default.

    Returns:
        ``(26, H / 2, W / 2) float32``.
    """
    height, width = empty_surface_mm.shape
    planes = np.zeros((KNOWN_PLANES, height // FOLD, width // FOLD), np.float32)
    planes[SITE_PLANES : SITE_PLANES + CONTRAST_PLANES] = local_contrast(rgb)
    for first, other in ((_EMPTY, empty_rgb), (SERVED_PLANE, served_rgb)):
        if other is not None:
            small = moved(halved(other), places if first == SERVED_PLANE else None)
            if first == SERVED_PLANE:
                planes[-CHANGE_PLANES:] = change(halved(rgb), small)
            for plane, channel in zip(planes[first:], cv2.split(small), strict=False):
                np.multiply(channel, 1.0 / (255.0 * STD), out=plane, dtype=np.float32)
                plane -= MEAN / STD
            planes[first + 3] = 1.0
    if food is not None:
        for place in range(FOOD_PLANES):
            down, right = divmod(place, FOLD)
            planes[place] = food[down::FOLD, right::FOLD]
        planes[_FOOD_FLAG] = 1.0
    planes[_SURFACE] = halved(np.asarray(empty_surface_mm, np.float32))
    planes[_SURFACE] /= HEIGHT_SCALE_MM
    if served_height_mm is not None:
        set_served_height(planes, served_height_mm, places)
    return planes


def set_served_height(
    planes: Map, height_mm: NDArray[np.floating], places: Map | None = None
) -> None:
    """Puts the heights ``(H, W)`` seen on the served tray into the planes, and their flag."""
    planes[SERVED_HEIGHT_PLANE] = moved(halved(np.asarray(height_mm, np.float32)), places)
    planes[SERVED_HEIGHT_PLANE] /= HEIGHT_SCALE_MM
    planes[SERVED_HEIGHT_FLAG] = 1.0


def turned_planes(planes: Map) -> Map:
    """The planes ``(26, h, w)`` of the same tray turned by half a turn."""
    back = slice(None, None, -1)
    return flipped_planes(planes, (back, back))


def flipped_planes(planes: Map, ways: tuple[slice, slice]) -> Map:
    """The planes ``(26, h, w)`` with rows and columns gone through in these ways."""
    flipped = planes[(slice(None), *ways)].copy()
    # Pixels folded into channels change places too.
    for first in _FOLDED:
        square = flipped[first : first + FOLD**2]
        folded = square.reshape(FOLD, FOLD, *square.shape[1:])
        square[:] = folded[ways].reshape(square.shape).copy()
    return flipped


def halved(picture: NDArray[Scalar]) -> NDArray[Scalar]:
    """A picture or map ``(H, W, …)`` at half the resolution: the mean of each four pixels."""
    height, width = picture.shape[:2]
    size = (width // FOLD, height // FOLD)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), picture.dtype)


def moved(picture: NDArray[Scalar], places: Map | None) -> NDArray[Scalar]:
    """A picture or map at half the resolution, taken from ``places``; ``None`` leaves it.

    See :func:`foodwaste.depth.parallax.served_places`.
    """
    if places is None:
        return picture
    x, y = places[..., 0], places[..., 1]
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=border), picture.dtype)
