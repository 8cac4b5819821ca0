"""Free plates on a canteen tray, found as ellipses by their rims.

Nobody puts a plate twice in the same place, so a picture of plates has no layout to be located
by. Plates of two pictures are matched in :mod:`foodwaste.tray.plate_matching` and brought to
the slots of a layout made for them in :mod:`foodwaste.tray.plate_slots`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

#: Pictures are searched at this width: a plate's rim is then some 5 px wide.
_SEARCH_WIDTH_PX = 640
#: Radii of plates as shares of the picture's longer side; a cup's are smaller.
_RADII = (0.125, 0.30)
#: How perfect a circle must be for OpenCV's HOUGH_GRADIENT_ALT. A loose search finds a plate
#: that is half hidden but places a clear one badly, so both are made; the rim's test decides.
_PERFECTNESS = (0.3, 0.45, 0.6)
_ANGLES = 120
#: A rim is looked for between these shares of the circle's radius.
_RIM_SEARCH = (0.82, 1.20)
_NEAR = 0.08
#: A white plate on a white table has an edge of some 20 grey levels (Sobel sums: 4 x).
_LEAST_EDGE = 40.0
#: Share of the rim that must lie on one ellipse.
_LEAST_RIM = 0.55
#: No plate is seen flatter than from 40 degrees off the vertical.
_LEAST_AXIS_RATIO = 0.75
MOST_PLATES = 6

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate's rim in a photograph, in its pixels.

    ``rim`` is the share of the rim that was seen on this ellipse.
    """

    centre_px: tuple[float, float]
    axes_px: tuple[float, float]
    angle_deg: float
    rim: float

    @property
    def area_px(self) -> float:
        """Area inside the rim, square pixels."""
        return math.pi * self.axes_px[0] * self.axes_px[1]

    @property
    def radius_px(self) -> float:
        """Radius of the circle of that area."""
        return math.sqrt(self.axes_px[0] * self.axes_px[1])

    def scaled(self, factor: float) -> Plate:
        """The same ellipse, ``factor`` times as large."""
        axes = (factor * self.axes_px[0], factor * self.axes_px[1])
        return replace(self, axes_px=axes)

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """``(H, W) bool``, inside the rim."""
        canvas = np.zeros(shape, np.uint8)
        box = (self.centre_px, (2 * self.axes_px[0], 2 * self.axes_px[1]), self.angle_deg)
        cv2.ellipse(canvas, box, 1, cv2.FILLED)
        return np.asarray(canvas > 0, np.bool_)


def find_plates(rgb: Rgb) -> tuple[Plate, ...]:
    """All round plates and bowls in a near-overhead photograph, the largest first.

    ``rgb`` is ``(H, W, 3) uint8``. None of them overlap by more than a fifth.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _SEARCH_WIDTH_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (5, 5), 1.2)
    side = max(size)
    strength = _edge_strength(small)
    found = [
        plate
        for perfectness in _PERFECTNESS
        for x, y, r in _circles(grey, side, perfectness)
        if (plate := _rim(strength, float(x), float(y), float(r))) is not None
    ]
    kept: list[Plate] = []
    for plate in sorted(found, key=lambda plate: -plate.rim * math.sqrt(plate.area_px)):
        if all(_overlap(plate, other, grey.shape) < 0.2 for other in kept):
            kept.append(plate)
    back = 1.0 / scale
    return tuple(
        Plate(
            (plate.centre_px[0] * back, plate.centre_px[1] * back),
            (plate.axes_px[0] * back, plate.axes_px[1] * back),
            plate.angle_deg,
            plate.rim,
        )
        for plate in sorted(kept, key=lambda plate: -plate.area_px)[:MOST_PLATES]
    )


def _circles(grey: NDArray[np.uint8], side: int, perfectness: float) -> NDArray[np.float32]:
    """Candidates ``(N, 3)``: x, y and radius, px."""
    circles = cv2.HoughCircles(
        grey,
        cv2.HOUGH_GRADIENT_ALT,
        dp=1.5,
        minDist=0.03 * side,
        param1=150,
        param2=perfectness,
        minRadius=round(_RADII[0] * side),
        maxRadius=round(_RADII[1] * side),
    )
    if circles is None:
        return np.zeros((0, 3), np.float32)
    return np.asarray(circles[0][:, :3], np.float32)


def _edge_strength(rgb: Rgb) -> NDArray[np.float32]:
    blurred = cv2.GaussianBlur(rgb, (3, 3), 0).astype(np.float32)
    dx = cv2.Sobel(blurred, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(blurred, cv2.CV_32F, 0, 1)
    return np.asarray(np.sqrt(dx * dx + dy * dy).max(axis=2), np.float32)


def _rim(strength: NDArray[np.float32], x: float, y: float, radius: float) -> Plate | None:
    """The ellipse through the strongest edge near a circle; ``None`` when it is no rim."""
    angles = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False, dtype=np.float32)
    steps = np.linspace(*_RIM_SEARCH, 48, dtype=np.float32) * radius
    columns = (x + np.outer(np.cos(angles), steps)).astype(np.float32)
    rows = (y + np.outer(np.sin(angles), steps)).astype(np.float32)
    seen = cv2.remap(strength, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    # Food inside and things outside have edges too: the nearer to the circle, the better.
    near = np.exp(-(((steps / radius - 1.0) / _NEAR) ** 2))
    best = (seen * near).argmax(axis=1)
    index = np.arange(_ANGLES)
    strong = seen[index, best] > _LEAST_EDGE
    points = np.stack([columns[index, best], rows[index, best]], axis=1)
    keep = strong
    box = None
    for _ in range(4):
        if keep.sum() < 12:
            return None
        box = cv2.fitEllipseDirect(points[keep])
        keep = strong & (_distance(points, box) < 0.03 * radius)
    if box is None or not np.isfinite(box[1]).all() or max(box[1]) <= 0:
        return None
    (cx, cy), (width, height), angle = box
    rim = float(keep.mean())
    if rim < _LEAST_RIM or min(width, height) / max(width, height) < _LEAST_AXIS_RATIO:
        return None
    return Plate((float(cx), float(cy)), (width / 2, height / 2), float(angle), rim)


def _distance(
    points: NDArray[np.float32], box: tuple[tuple[float, float], tuple[float, float], float]
) -> NDArray[np.float64]:
    """Distance of points from an ellipse, px, to first order."""
    (cx, cy), (width, height), angle = box
    turn = math.radians(angle)
    dx, dy = points[:, 0] - cx, points[:, 1] - cy
    u = (dx * math.cos(turn) + dy * math.sin(turn)) / max(width / 2, 1e-6)
    v = (-dx * math.sin(turn) + dy * math.cos(turn)) / max(height / 2, 1e-6)
    return np.asarray(np.abs(np.hypot(u, v) - 1.0) * (width + height) / 4, np.float64)


def _overlap(a: Plate, b: Plate, shape: tuple[int, ...]) -> float:
    """Shared area as a share of the smaller plate."""
    size = (shape[0], shape[1])
    inside_a, inside_b = a.mask(size), b.mask(size)
    smaller = min(inside_a.sum(), inside_b.sum())
    return float((inside_a & inside_b).sum() / max(1, smaller))
