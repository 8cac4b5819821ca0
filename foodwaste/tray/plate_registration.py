"""A plate that came back as it went out, laid over itself: turned, and its rim found alike.

Nothing on a round plate tells which way up it is, and its rim is found a few pixels beside. Where
most of its food lies as it lay, the food tells: then both pictures agree point by point, and what
nobody touched is seen to be untouched. Where food was eaten or stirred nothing is matched, and the
plate stays as it was found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.plates import Plate

#: Plates are compared as circles of this radius, px, in the middle of a square; their outermost
#: part is rim and table.
_RADIUS_PX, _INNER = 150, 0.93
_MIDDLE_PX = _RADIUS_PX + 10
#: Two features are alike when the next best is so much farther away (Lowe 2004).
_NEXT_BEST = 0.8
#: Features lie on each other within this, px. So many must, and this share of those alike.
_BESIDE_PX, _LEAST_FEATURES, _LEAST_SHARE = 4.0, 20, 0.5
#: A rim was found at most this much too large or too small, and this far beside, radii.
_MOST_SCALE, _MOST_BESIDE = 1.12, 0.12

Rgb = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class _Move:
    """What lays one plate's circle over another: a similarity, and how far it is believed."""

    matrix: Matrix  # (2, 3)
    features: int
    share: float

    @property
    def scale(self) -> float:
        return math.hypot(self.matrix[0, 0], self.matrix[1, 0])

    @property
    def turn_deg(self) -> float:
        return math.degrees(math.atan2(self.matrix[1, 0], self.matrix[0, 0]))

    @property
    def comes_from(self) -> NDArray[np.float64]:
        """What it brings to the middle of the circle."""
        middle = np.full(2, float(_MIDDLE_PX))
        return np.asarray(np.linalg.solve(self.matrix[:, :2], middle - self.matrix[:, 2]))

    @property
    def is_sure(self) -> bool:
        beside = float(np.linalg.norm(self.comes_from - _MIDDLE_PX)) / _RADIUS_PX
        return (
            self.features >= _LEAST_FEATURES
            and self.share >= _LEAST_SHARE
            and 1.0 / _MOST_SCALE <= self.scale <= _MOST_SCALE
            and beside <= _MOST_BESIDE
        )


def register_plates(
    before_rgb: Rgb, before: Sequence[Plate], after_rgb: Rgb, after: Sequence[Plate | None]
) -> tuple[Plate | None, ...]:
    """Plates after the meal, placed and turned so that untouched food lies where it lay.

    Args:
        before_rgb: photograph before the meal, ``(H, W, 3) uint8``.
        before: its plates.
        after_rgb: photograph after the meal.
        after: the same plates in it, of :func:`foodwaste.tray.plate_matching.match_plates`.
    """
    return tuple(
        None if other is None else _registered(before_rgb, plate, after_rgb, other)
        for plate, other in zip(before, after, strict=True)
    )


def _registered(before_rgb: Rgb, before: Plate, after_rgb: Rgb, after: Plate) -> Plate:
    move = _move(_circle(after_rgb, after), _circle(before_rgb, before))
    if move is None or not move.is_sure:
        return after
    to_circle = after.to_circle(_RADIUS_PX)
    centre = np.linalg.solve(to_circle, move.comes_from - _MIDDLE_PX) + after.centre_px
    return replace(
        after.scaled(1.0 / move.scale),
        centre_px=(float(centre[0]), float(centre[1])),
        turned_deg=after.turned_deg + move.turn_deg,
    )


def _circle(rgb: Rgb, plate: Plate) -> NDArray[np.uint8]:
    """The plate in grey, its rim a circle in the middle of a square."""
    linear = plate.to_circle(_RADIUS_PX)
    shift = _MIDDLE_PX - linear @ np.asarray(plate.centre_px)
    size = (2 * _MIDDLE_PX, 2 * _MIDDLE_PX)
    seen = cv2.warpAffine(rgb, np.column_stack([linear, shift]), size, flags=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), np.uint8)


def _move(moved: NDArray[np.uint8], still: NDArray[np.uint8]) -> _Move | None:
    inner = np.zeros_like(still)
    cv2.circle(inner, (_MIDDLE_PX, _MIDDLE_PX), round(_INNER * _RADIUS_PX), 255, cv2.FILLED)
    sift = cv2.SIFT.create()
    places, looks = sift.detectAndCompute(moved, inner)
    still_places, still_looks = sift.detectAndCompute(still, inner)
    if min(len(places), len(still_places)) < _LEAST_FEATURES:
        return None
    pairs = [
        best
        for best, next_best in cv2.BFMatcher().knnMatch(looks, still_looks, k=2)
        if best.distance < _NEXT_BEST * next_best.distance
    ]
    if len(pairs) < _LEAST_FEATURES:
        return None
    matrix, within = cv2.estimateAffinePartial2D(
        np.array([places[pair.queryIdx].pt for pair in pairs], np.float32),
        np.array([still_places[pair.trainIdx].pt for pair in pairs], np.float32),
        ransacReprojThreshold=_BESIDE_PX,
    )
    if matrix is None:
        return None
    features = int(within.sum())
    return _Move(np.asarray(matrix, np.float64), features, features / len(pairs))
