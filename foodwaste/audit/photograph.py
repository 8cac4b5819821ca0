"""The photograph as it was taken, small, with the outline of the tray or plates found in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.audit.canvas import Canvas, Rgb
from foodwaste.audit.palette import INK, WHITE, Colour
from foodwaste.pipeline.sight import Sight
from foodwaste.tray.plates import Plate

#: Okabe and Ito's yellow between black edges: seen on steel, wood and cloth alike.
OUTLINE: Colour = (240, 228, 66)


def thumbnail(sight: Sight, most_width: int, most_height: int) -> Rgb:
    """``(h, w, 3) uint8`` RGB, no larger than asked, with the tray's four sides or plates drawn.

    A disc marks the corner that is the top left one in the tray's own frame.
    """
    rgb = sight.picture.rgb
    scale = min(most_width / rgb.shape[1], most_height / rgb.shape[0])
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.ascontiguousarray(cv2.resize(rgb, size, interpolation=method), np.uint8)
    if sight.plates:
        for plate in sight.plates:
            _draw_plate(small, plate, scale)
        return small
    width_px, _ = sight.location.image_size_px
    corners = (np.asarray(sight.location.corners_px) + 0.5) * (size[0] / width_px) - 0.5
    fixed = np.rint(np.clip(corners, -4000, 4000) * 16).astype(np.int32).reshape(-1, 1, 2)
    for colour, thickness in ((INK, 5), (OUTLINE, 3)):
        cv2.polylines(small, [fixed], True, colour, thickness, cv2.LINE_AA, 4)
    _mark_first(small, corners)
    return small


def found_in(sight: Sight) -> tuple[str, str]:
    """What was found in the photograph, and how."""
    if sight.plates:
        return "the plates", "plates after the meal are matched with those before it"
    location = sight.location
    how = f"turned {location.turn_deg}°, fit {location.score:.2f}; disc: its top left corner"
    return "the tray", how


def draw_photograph(canvas: Canvas, x: int, y: int, width: int, picture: Rgb) -> None:
    """Places a thumbnail in the middle of a column ``width`` px wide."""
    canvas.paste(x + (width - picture.shape[1]) // 2, y, picture)


def _draw_plate(small: Rgb, plate: Plate, scale: float) -> None:
    centre, axes = (
        (round(values[0] * scale), round(values[1] * scale))
        for values in (plate.centre_px, plate.axes_px)
    )
    for colour, thickness in ((INK, 5), (OUTLINE, 3)):
        cv2.ellipse(small, centre, axes, plate.angle_deg, 0, 360, colour, thickness, cv2.LINE_AA)


def _mark_first(small: Rgb, corners: NDArray[np.floating]) -> None:
    height, width = small.shape[:2]
    inside = np.clip(corners[0], [8, 8], [max(8, width - 9), max(8, height - 9)])
    centre = (int(inside[0]), int(inside[1]))
    for colour, radius in ((INK, 8), (WHITE, 6)):
        cv2.circle(small, centre, radius, colour, -1, cv2.LINE_AA)
