"""Free plates on a canteen tray, found as ellipses by their rims.

Nobody puts a plate twice in the same place, so a picture of plates has no layout to be located
by. Plates of two pictures are matched in :mod:`foodwaste.tray.plate_matching` and brought to
the slots of a layout made for them in :mod:`foodwaste.tray.plate_slots`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.plate_rim import Gradients, Rim, fit_rim, gradients_of

#: Pictures are searched at this width: a plate's rim is then some 5 px wide.
_SEARCH_WIDTH_PX = 640
#: Radii of plates as shares of the picture's longer side; a cup's are smaller.
_RADII = (0.125, 0.30)
#: How perfect a circle must be for OpenCV's HOUGH_GRADIENT_ALT. A loose search finds a plate
#: that is half hidden but places a clear one badly, so both are made; the rim's test decides.
_PERFECTNESS = (0.3, 0.45, 0.6)
#: Share of the rim that must lie on one ellipse.
_LEAST_RIM = 0.55
#: Of a plate whose size is known, within these shares of it, so much is enough.
KNOWN_SIZE, _LEAST_KNOWN_RIM = (0.8, 1.25), 0.42
MOST_PLATES = 6

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate's rim in a photograph, in its pixels.

    ``rim`` is the share of the rim that was seen on this ellipse; ``turned_deg`` how far the plate
    must be turned, from x towards y, to lie as it lay in another picture.
    """

    centre_px: tuple[float, float]
    axes_px: tuple[float, float]
    angle_deg: float
    rim: float
    turned_deg: float = 0.0

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

    def in_picture(self, size: float) -> Plate:
        """The same plate in the same picture ``size`` times as large."""
        centre = (size * self.centre_px[0], size * self.centre_px[1])
        return replace(self.scaled(size), centre_px=centre)

    def to_circle(self, radius: float) -> NDArray[np.float64]:
        """``(2, 2)``, what makes the ellipse a circle of this radius, about its centre.

        A slanted ellipse is stretched along its own axes only; then it is turned.
        """
        slant, turn = _rotation(self.angle_deg), _rotation(self.turned_deg)
        stretch = np.diag([1 / self.axes_px[0], 1 / self.axes_px[1]])
        return np.asarray(radius * turn @ slant @ stretch @ slant.T, np.float64)

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
    small, scale = shrunk(rgb)
    side = max(small.shape[:2])
    gradients = gradients_of(small)
    rims = [
        rim
        for x, y, radius in circles_in(small, _PERFECTNESS).tolist()
        if (rim := fit_rim(gradients, x, y, radius)) is not None and rim.share >= _LEAST_RIM
    ]
    found = [plate_of(rim) for rim in sorted(rims, key=lambda rim: -rim.seen_px)]
    kept: list[Plate] = []
    for plate in found:
        large = plate.radius_px >= _RADII[0] * side
        if large and all(overlap(plate, other, small.shape) < 0.2 for other in kept):
            kept.append(plate)
    largest = sorted(kept, key=lambda plate: -plate.area_px)[:MOST_PLATES]
    return tuple(plate.in_picture(1.0 / scale) for plate in largest)


def shrunk(rgb: Rgb) -> tuple[Rgb, float]:
    """The picture at the size in which rims are looked for, and its share of the whole's."""
    height, width = rgb.shape[:2]
    scale = min(1.0, _SEARCH_WIDTH_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def plate_of_size(gradients: Gradients, x: float, y: float, radius: float) -> Plate | None:
    """A plate around a point whose size is known from elsewhere, px: less of its rim is enough."""
    rim = fit_rim(gradients, x, y, radius, sizes=KNOWN_SIZE)
    return None if rim is None or rim.share < _LEAST_KNOWN_RIM else plate_of(rim)


def plate_of(rim: Rim) -> Plate:
    """The plate with this rim, in the rim's pixels."""
    centre, (width, height), angle = rim.box
    return Plate(centre, (width / 2, height / 2), angle, rim.share)


def _rotation(angle_deg: float) -> NDArray[np.float64]:
    angle = math.radians(angle_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def circles_in(rgb: Rgb, perfectness: Sequence[float]) -> NDArray[np.float32]:
    """Circles as large as plates in a small picture, ``(N, 3)``: x, y and radius, px.

    Args:
        rgb: of :func:`shrunk`.
        perfectness: each 0..1, of OpenCV's HOUGH_GRADIENT_ALT; a search for every one.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (5, 5), 1.2)
    side = max(rgb.shape[:2])
    found = [
        cv2.HoughCircles(
            grey,
            cv2.HOUGH_GRADIENT_ALT,
            dp=1.5,
            minDist=0.03 * side,
            param1=150,
            param2=each,
            minRadius=round(_RADII[0] * side),
            maxRadius=round(_RADII[1] * side),
        )
        for each in perfectness
    ]
    circles = [each[0][:, :3] for each in found if each is not None]
    return np.concatenate([np.zeros((0, 3), np.float32), *circles])


def overlap(a: Plate, b: Plate, shape: tuple[int, ...]) -> float:
    """Shared area as a share of the smaller plate."""
    size = (shape[0], shape[1])
    inside_a, inside_b = a.mask(size), b.mask(size)
    smaller = min(inside_a.sum(), inside_b.sum())
    return float((inside_a & inside_b).sum() / max(1, smaller))
