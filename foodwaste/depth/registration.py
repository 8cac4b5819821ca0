"""Lays what was served over what is seen now, dish by dish, beyond what the cameras' places tell.

A tray that differs from its layout by a few millimetres is found a few millimetres beside, and in
another picture beside elsewhere. Dishes that nobody touched then look changed, and are read as
half eaten. Their own pattern tells where they are.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.parallax import places_between
from foodwaste.depth.picture_planes import grey_of
from foodwaste.depth.tray_inputs import FOLD, halved, moved
from foodwaste.depth.volume import wells_of
from foodwaste.tray.types import RectifiedTray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]

#: How far a dish is looked for, pixels at half the resolution of about two millimetres.
_REACH_PX = 8
#: Patterns are brightness against its surroundings of this width, as a share of these and of a
#: little, so that noise in the dark is none.
_AROUND_PX, _DARK = 9, 0.02
#: Correlation that a dish must have where it is found, and how much more than where it was
#: thought to be.
_LIKE, _LIKER = 0.3, 0.1
#: Dishes lower or smaller than this have no pattern of their own: mm, pixels.
_STOOD_MM, _LEAST_PX = 2.0, 40


def places_of_dishes(
    tray: RectifiedTray, served: RectifiedTray, served_height_mm: NDArray[np.floating]
) -> Map | None:
    """Where in the served picture what a tray shows is found, by both cameras and by the dishes.

    As :func:`foodwaste.depth.parallax.served_places`; ``None`` for where it is.
    """
    by_cameras = places_between(tray, served, served_height_mm)
    wells = wells_of(tray.frame)
    return registered_places(by_cameras, tray.rgb, served.rgb, served_height_mm, wells)


def registered_places(
    places: Map | None,
    rgb: Rgb,
    served_rgb: Rgb,
    served_height_mm: NDArray[np.floating],
    wells: NDArray[np.uint8],
) -> Map | None:
    """Where in the served picture each pixel is found, with every dish laid over itself.

    Args:
        places: the same by the cameras' places, ``(H / 2, W / 2, 2)``; ``None`` for where it is.
        rgb: the picture that is looked at, ``(H, W, 3) uint8``.
        served_rgb: the served one.
        served_height_mm: ``(H, W)`` of the food in it.
        wells: ``(H, W)``, 1 + the index of the well whose food a pixel may show, 0 for none.

    Returns:
        ``places`` itself where no dish lies beside.
    """
    now = _pattern(halved(rgb))
    then = _pattern(moved(halved(served_rgb), places))
    stood = moved(halved(np.asarray(served_height_mm, np.float32)), places) > _STOOD_MM
    owners = wells[::FOLD, ::FOLD]
    rows, columns = np.indices(now.shape, np.float32)
    original = np.dstack([columns, rows]) if places is None else places
    found = None
    for well in range(1, int(owners.max(initial=0)) + 1):
        shift = _shift(now, then, stood & (owners == well))
        if shift is not None:
            shifted = cv2.remap(
                original,
                columns - np.float32(shift[0]),
                rows - np.float32(shift[1]),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            found = original.copy() if found is None else found
            found[owners == well] = shifted[owners == well]
    return places if found is None else found


def _pattern(rgb: Rgb) -> Map:
    grey = grey_of(rgb)
    around = cv2.blur(grey, (_AROUND_PX, _AROUND_PX))
    return np.asarray((grey - around) / (around + np.float32(_DARK)), np.float32)


def _shift(now: Map, then: Map, dish: NDArray[np.bool_]) -> tuple[float, float] | None:
    """How far to the right and down a dish lies from where it was thought to; ``None``: nowhere."""
    if np.count_nonzero(dish) < _LEAST_PX:
        return None
    x, y, width, height = cv2.boundingRect(dish.astype(np.uint8))
    box = (slice(y, y + height), slice(x, x + width))
    reach = _REACH_PX
    padded = cv2.copyMakeBorder(now, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    seen = padded[y : y + height + 2 * reach, x : x + width + 2 * reach]
    like = _correlation(seen, then[box], dish[box].astype(np.float32))
    down, right = np.unravel_index(int(np.argmax(like)), like.shape)
    best = float(like[down, right])
    if best < _LIKE or best < float(like[reach, reach]) + _LIKER:
        return None
    if not (0 < down < 2 * reach and 0 < right < 2 * reach):
        return None  # Still rising where the search ends: that is no peak.
    return (
        right - reach + _peak(*like[down, right - 1 : right + 2]),
        down - reach + _peak(*like[down - 1 : down + 2, right]),
    )


def _correlation(seen: Map, dish: Map, mask: Map) -> Map:
    """Correlation of a dish with all places of its size in a picture, over the mask alone."""
    count = float(mask.sum())
    centred = (dish - float((dish * mask).sum()) / count) * mask
    sums, squares, products = (
        cv2.matchTemplate(picture, template, cv2.TM_CCORR)
        for picture, template in ((seen, mask), (seen * seen, mask), (seen, centred))
    )
    spread = np.maximum(squares - sums * sums / count, 1e-6) * max(float((centred**2).sum()), 1e-6)
    return np.asarray(products / np.sqrt(spread), np.float32)


def _peak(before: float, top: float, after: float) -> float:
    """Where a parabola through three neighbours has its top, -0.5..0.5 from the middle one."""
    curve = before - 2.0 * top + after
    return 0.5 * float(before - after) / float(curve) if curve < 0 else 0.0
