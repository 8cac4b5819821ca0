"""Turns stored pixels upright, and says where the stored top and bottom end up."""

from __future__ import annotations

import cv2
import numpy as np

from foodwaste.imaging.picture import RgbImage

#: Orientations that swap width and height.
SWAPS_SIDES = frozenset({5, 6, 7, 8})

# EXIF 2.32, tag 0x0112: which side of the upright picture the stored first and last row become.
_FIRST_ROW_SIDE = {
    1: "upper", 2: "upper", 3: "lower", 4: "lower", 5: "left", 6: "right", 7: "right", 8: "left",
}  # fmt: skip
_OPPOSITE = {"upper": "lower", "lower": "upper", "left": "right", "right": "left"}


def upright(rgb: RgbImage, orientation: int) -> RgbImage:
    """Applies EXIF ``orientation`` 1..8 to ``(H, W, 3)``; contiguous."""
    if orientation == 2:
        rgb = np.asarray(cv2.flip(rgb, 1))
    elif orientation == 3:
        rgb = np.asarray(cv2.rotate(rgb, cv2.ROTATE_180))
    elif orientation == 4:
        rgb = np.asarray(cv2.flip(rgb, 0))
    elif orientation == 5:
        rgb = np.asarray(cv2.transpose(rgb))
    elif orientation == 6:
        rgb = np.asarray(cv2.rotate(rgb, cv2.ROTATE_90_CLOCKWISE))
    elif orientation == 7:
        rgb = np.asarray(cv2.transpose(cv2.rotate(rgb, cv2.ROTATE_180)))
    elif orientation == 8:
        rgb = np.asarray(cv2.rotate(rgb, cv2.ROTATE_90_COUNTERCLOCKWISE))
    return np.ascontiguousarray(rgb)


def side_of_rows(orientation: int, *, first: bool) -> str:
    """The side of the upright picture where the stored first (or last) rows lie."""
    side = _FIRST_ROW_SIDE[orientation]
    return side if first else _OPPOSITE[side]
