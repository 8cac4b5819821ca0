"""A sheet of pixels that anti-aliased shapes, pictures and texts are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.audit.lettering import Lettering
from foodwaste.audit.palette import Colour
from foodwaste.profile.polygon import rounded_polygon

Rgb = NDArray[np.uint8]
#: Polygons are placed to a sixteenth of a pixel.
_SHIFT = 4


class Canvas:
    """Draws on ``(H, W, 3) uint8`` RGB. Boxes are ``x, y, width, height`` in pixels."""

    def __init__(self, width: int, height: int, lettering: Lettering) -> None:
        self.pixels: Rgb = np.full((height, width, 3), 255, np.uint8)
        self.lettering = lettering

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 0
    ) -> None:
        """Fills a rectangle, its corners rounded."""
        if radius <= 0:
            self.pixels[round(y) : round(y + height), round(x) : round(x + width)] = colour
            return
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        # The polygon runs through pixel centres: half a pixel in, so that edges stay sharp.
        inner = [(a - 0.5, b - 0.5) for a, b in rounded_polygon(corners, radius)]
        self.fill(inner, colour)

    def fill(
        self, points: Sequence[tuple[float, float]] | NDArray[np.floating], colour: Colour
    ) -> None:
        """Fills a polygon given by pixel centres."""
        cv2.fillPoly(self.pixels, [_fixed(points)], colour, cv2.LINE_AA, _SHIFT)

    def line(
        self,
        points: Sequence[tuple[float, float]] | NDArray[np.floating],
        colour: Colour,
        thickness: int = 1,
        *,
        closed: bool = False,
    ) -> None:
        """Draws a line through pixel centres."""
        cv2.polylines(self.pixels, [_fixed(points)], closed, colour, thickness, cv2.LINE_AA, _SHIFT)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fills a circle."""
        centre = (round(x * 16), round(y * 16))
        cv2.circle(self.pixels, centre, round(radius * 16), colour, -1, cv2.LINE_AA, _SHIFT)

    def paste(self, x: int, y: int, picture: Rgb) -> None:
        """Places a picture with its top left corner at ``x, y``."""
        height, width = picture.shape[:2]
        self.pixels[y : y + height, x : x + width] = picture

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: Colour,
        *,
        bold: bool = False,
        align: Literal["left", "middle", "right"] = "left",
    ) -> None:
        """Writes one line of text; ``y`` is its baseline.

        Pillow draws the letters' coverage and it is blended here: a whole sheet sent to Pillow
        and back would be copied three times, 35 ms.
        """
        shown = self.lettering.showable(text)
        if not shown.strip():
            return
        anchor = {"left": "ls", "middle": "ms", "right": "rs"}[align]
        font = self.lettering.font(size, bold=bold)
        mask, (dx, dy) = font.getmask2(shown, "L", anchor=anchor)
        width, height = mask.size
        cover = np.frombuffer(bytes(mask), np.uint8).reshape(height, width)
        left, top = round(x) + dx, round(y) + dy
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(self.pixels.shape[1], left + width), min(self.pixels.shape[0], top + height)
        if x1 <= x0 or y1 <= y0:
            return
        alpha = cover[y0 - top : y1 - top, x0 - left : x1 - left, None].astype(np.float32) / 255
        part = self.pixels[y0:y1, x0:x1]
        part[:] = part + alpha * (np.array(colour, np.float32) - part) + 0.5


def _fixed(points: Sequence[tuple[float, float]] | NDArray[np.floating]) -> NDArray[np.int32]:
    scaled = np.rint(np.asarray(points, np.float64) * (1 << _SHIFT))
    return scaled.astype(np.int32).reshape(-1, 1, 2)
