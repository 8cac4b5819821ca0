"""Small pictures for the summary page, as data in the page itself."""

from __future__ import annotations

import base64
from pathlib import Path
from time import monotonic

import cv2

from foodwaste.errors import FoodwasteError
from foodwaste.imaging import encode_jpeg, load

_LONG_SIDE_PX = 240
_QUALITY = 70


class Thumbnails:
    """Makes thumbnails until ``limit_s`` are used up: a page must not wait for its pictures."""

    def __init__(self, limit_s: float, max_mpixels: float) -> None:
        self._until_s = monotonic() + limit_s
        self._max_mpixels = max_mpixels

    def of(self, path: Path) -> str | None:
        """A ``data:`` address of the picture, or ``None`` when there is none to be had."""
        if monotonic() > self._until_s:
            return None
        try:
            picture = load(path, max_mpixels=self._max_mpixels, target_pixels=4 * _LONG_SIDE_PX**2)
        except FoodwasteError:
            return None  # it has gone, or has changed since it was analysed
        height, width = picture.rgb.shape[:2]
        scale = min(1.0, _LONG_SIDE_PX / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA)
        encoded = base64.b64encode(encode_jpeg(small, quality=_QUALITY)).decode("ascii")
        return f"data:image/jpeg;base64,{encoded}"
