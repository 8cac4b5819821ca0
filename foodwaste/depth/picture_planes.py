"""Planes the height network is given of its pictures: grain, and what changed since serving.

Both compare a picture with what it shows nearby, so that light and exposure fall out. Made here
and not in the network's graph: heights take 26 ms of a tray with OpenCV's windows and 31 with the
graph's own.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]

#: Local contrast: planes, the window it is local in (pixels at half the resolution), what is added
#: to brightness so that noise in the dark is none, and what makes its values as large as the
#: picture's.
CONTRAST_PLANES, _AROUND, _DARK, _CONTRAST_SCALE = 5, 5, 0.02, 10.0
#: Change: planes, and the two windows in which patterns are compared, in the same pixels.
CHANGE_PLANES, _NEAR, _FAR = 5, 5, 11
#: Makes brightness 0..1 of three channels 0..255.
_THIRDS = np.full((1, 3), 1.0 / (3 * 255), np.float32)
#: Brightness by which a pattern must vary to be one: squared, as a share.
_FLAT = 3e-4
#: How far a dish may have moved between the pictures beside what the cameras' places tell.
_SHIFTS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))


def local_contrast(rgb: Rgb) -> Map:
    """Grain whatever the light: ``(5, H / 2, W / 2) float32`` of a picture ``(H, W, 3)``.

    Four planes of brightness against its surroundings' as a share of these, one for each pixel of
    a square, then one of how strong that is around. In a dim picture grains of rice differ from a
    smooth floor by a few levels.
    """
    grey = grey_of(rgb)
    height, width = grey.shape
    planes = np.empty((CONTRAST_PLANES, height // 2, width // 2), np.float32)
    share = planes[:4]
    for place in range(4):
        share[place] = grey[place // 2 :: 2, place % 2 :: 2]
    around = _mean_around(share.mean(axis=0), _AROUND)
    share -= around
    share *= _CONTRAST_SCALE / (around + np.float32(_DARK))
    strength = _mean_around(np.square(share).mean(axis=0), _AROUND) / _CONTRAST_SCALE**2
    planes[4] = cv2.log(strength + 1e-5) * 0.5 + 2.5
    np.clip(share, -4.0, 4.0, out=share)
    return planes


def change(rgb: Rgb, served: Rgb) -> Map:
    """What differs from the served tray: ``(5, h, w) float32``.

    Correlation of the brightness in small and in large windows with the served picture's, the best
    of a few shifts for the small ones; how much brighter, redder and bluer it is than the whole
    tray got.

    Args:
        rgb: the picture at half the resolution, ``(h, w, 3) uint8``.
        served: the served tray's, seen from the same place.
    """
    red, green, blue = (
        cv2.log(_tone(now) / _tone(then))
        for now, then in zip(cv2.split(rgb), cv2.split(served), strict=True)
    )
    red, green, blue = (each - cv2.mean(each)[0] for each in (red, green, blue))
    grey = (red + green + blue) * np.float32(1 / 3)
    one, other = grey_of(rgb), grey_of(served)
    planes = np.empty((CHANGE_PLANES, *one.shape), np.float32)
    planes[0] = 2.0 * _likeness(one, other, _NEAR, _SHIFTS)
    planes[1] = 2.0 * _likeness(one, other, _FAR, _SHIFTS[:1])
    planes[2] = 2.0 * grey
    planes[3] = 6.0 * (red - grey)
    planes[4] = 6.0 * (blue - grey)
    np.clip(planes[2:], -4.0, 4.0, out=planes[2:])
    return planes


def _likeness(one: Map, other: Map, window: int, shifts: tuple[tuple[int, int], ...]) -> Map:
    """Correlation -1..1 of two grey pictures in every window; flat ones are like nothing: 0."""
    mine, mine_varies = _own(one, window)
    theirs, theirs_varies = _own(other, window)
    best = np.full_like(one, -np.inf)
    for down, right in shifts:
        moved, varies = _shifted(theirs, down, right), _shifted(theirs_varies, down, right)
        found = _mean_around(mine * moved, window)
        found /= cv2.sqrt((mine_varies + _FLAT) * (varies + _FLAT))
        np.maximum(best, found, out=best)
    return best


def _own(grey: Map, window: int) -> tuple[Map, Map]:
    """Brightness against its surroundings as a share of these, and that squared, in the mean."""
    around = _mean_around(grey, window)
    share = (grey - around) / (around + np.float32(_DARK))
    return share, _mean_around(share * share, window)


def _shifted(plane: Map, down: int, right: int) -> Map:
    """Moved by so many pixels; what comes in at the border is what was there."""
    if not (down or right):
        return plane
    height, width = plane.shape
    padded = cv2.copyMakeBorder(plane, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    shifted: Map = padded[1 - down : 1 - down + height, 1 - right : 1 - right + width]
    return shifted


def grey_of(rgb: Rgb) -> Map:
    """Brightness 0..1 of a picture ``(H, W, 3) uint8``."""
    return np.asarray(cv2.transform(rgb.astype(np.float32), _THIRDS), np.float32)


def _tone(channel: NDArray[np.uint8]) -> Map:
    """A channel's brightness around every pixel, over nothing."""
    return _mean_around(channel.astype(np.float32), _NEAR) + np.float32(255 * _DARK)


def _mean_around(plane: Map, window: int) -> Map:
    return np.asarray(cv2.blur(plane, (window, window)), np.float32)
