"""The rim of one plate: the ellipse that most directions from its middle see an edge on.

Along a ray from the middle lie many edges: of food, of the plate's own well, of its rim, of its
shadow and of what it stands on. All of them are candidates; circles through three of them vote
(RANSAC, Fischler & Bolles 1981), and an ellipse is fitted to the edges that agree. A rim is
brighter or darker than what lies outside it, but the same one all around: edges of both kinds
are never mixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_ANGLES = 120
#: Edges are looked for between these shares of the first guess's radius.
_SEARCH = (0.75, 1.30)
_STEPS = 64
#: A white plate on a white table has an edge of some 20 grey levels (Sobel sums: 4 x).
_LEAST_EDGE = 40.0
_TRIALS = 400
#: Points of a trial lie at least this many angles apart: 45 degrees.
_APART = 15
#: How far a rim's circle may be from the first guess, in its radii.
ANY_SIZE = (0.7, 1.4)
_MOVED = 0.35
#: A plate seen from up to 25 degrees off the vertical leaves a circle by 5 % at most; edges
#: are within 2 % of the ellipse that then takes its place.
_NEAR_CIRCLE, _NEAR_ELLIPSE = 0.04, 0.02
#: So many of the best circles are made ellipses.
_FITTED = 3
#: No plate is seen flatter than from 40 degrees off the vertical.
_LEAST_AXIS_RATIO = 0.75
_LEAST_POINTS = 12
#: A plate is mostly brighter than the shadow around it: the shadow's own outer edge, 2 % farther
#: out, must not win where both are seen.
_SHADOW = 0.95

Rgb = NDArray[np.uint8]
Floats = NDArray[np.float64]
#: OpenCV's rotated box: centre, full axes, angle.
Box = tuple[tuple[float, float], tuple[float, float], float]


@dataclass(frozen=True)
class Gradients:
    """How a picture's channels change to the right and down: both ``(H, W, 3) float32``."""

    right: NDArray[np.float32]
    down: NDArray[np.float32]


@dataclass(frozen=True)
class Rim:
    """An ellipse, px.

    Attributes:
        box: the ellipse.
        share: of the directions from its middle in which it was seen.
        darkens: whether it is darker outside than inside.
    """

    box: Box
    share: float
    darkens: bool

    @property
    def seen_px(self) -> float:
        """Radius times share: of two concentric circles seen alike the outer one is the rim."""
        radius = math.sqrt(self.box[1][0] * self.box[1][1]) / 2
        return (1.0 if self.darkens else _SHADOW) * self.share * radius


@dataclass(frozen=True)
class _Edges:
    """Edges on rays from one point: ``points`` ``(N, 2)``, px, and each one's ray ``(N,)``."""

    points: Floats
    ray: NDArray[np.int64]
    darkens: bool


def gradients_of(rgb: Rgb) -> Gradients:
    """Slopes of a picture ``(H, W, 3) uint8``."""
    blurred = cv2.GaussianBlur(rgb, (3, 3), 0).astype(np.float32)
    return Gradients(
        np.asarray(cv2.Sobel(blurred, cv2.CV_32F, 1, 0), np.float32),
        np.asarray(cv2.Sobel(blurred, cv2.CV_32F, 0, 1), np.float32),
    )


def fit_rim(
    gradients: Gradients,
    x: float,
    y: float,
    radius: float,
    *,
    sizes: tuple[float, float] = ANY_SIZE,
) -> Rim | None:
    """The best rim near a circle; ``None`` where there is none at all.

    ``sizes`` are the least and the most radii of the circle that it may have.
    """
    found = [
        rim
        for edges in _edges(gradients, x, y, radius)
        for circle in _circles(edges, x, y, radius, sizes)
        if (rim := _ellipse(edges, circle)) is not None
    ]
    return max(found, key=lambda rim: rim.seen_px, default=None)


def _edges(gradients: Gradients, x: float, y: float, radius: float) -> list[_Edges]:
    """All edges on rays from ``x, y``: those that darken outwards, then those that brighten."""
    angles = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
    cos, sin = np.cos(angles), np.sin(angles)
    steps = np.linspace(*_SEARCH, _STEPS) * radius
    columns = (x + np.outer(cos, steps)).astype(np.float32)
    rows = (y + np.outer(sin, steps)).astype(np.float32)
    right, down = (
        cv2.remap(plane, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        for plane in (gradients.right, gradients.down)
    )
    outwards = right * cos[:, None, None] + down * sin[:, None, None]
    found = []
    for sign in (-1, 1):
        strength = (sign * outwards).max(axis=2)
        peak = strength > _LEAST_EDGE
        peak[:, 1:-1] &= strength[:, 1:-1] >= strength[:, :-2]
        peak[:, 1:-1] &= strength[:, 1:-1] > strength[:, 2:]
        peak[:, (0, -1)] = False
        ray, step = np.nonzero(peak)
        points = np.stack([columns[ray, step], rows[ray, step]], axis=1).astype(np.float64)
        found.append(_Edges(points, ray, darkens=sign < 0))
    return found


def _circles(
    edges: _Edges, x: float, y: float, radius: float, sizes: tuple[float, float]
) -> Floats:
    """``(N, 3)`` the circles that most rays have an edge on: x, y, radius, px."""
    if len(edges.points) < _LEAST_POINTS:
        return np.zeros((0, 3))
    trials = np.random.default_rng(0).integers(len(edges.points), size=(_TRIALS, 3))
    apart = np.abs(edges.ray[trials] - edges.ray[np.roll(trials, 1, axis=1)])
    trials = trials[(np.minimum(apart, _ANGLES - apart) >= _APART).all(axis=1)]
    circles = _through(edges.points[trials])
    moved = np.hypot(circles[:, 0] - x, circles[:, 1] - y)
    size = circles[:, 2] / radius
    circles = circles[(size > sizes[0]) & (size < sizes[1]) & (moved < _MOVED * radius)]
    from_middle = np.linalg.norm(edges.points - circles[:, None, :2], axis=2)
    trial, point = np.nonzero(np.abs(from_middle - circles[:, 2:]) < _NEAR_CIRCLE * circles[:, 2:])
    seen = np.zeros((len(circles), _ANGLES), np.bool_)
    seen[trial, edges.ray[point]] = True
    order = np.argsort(-seen.sum(axis=1) * circles[:, 2], kind="stable")
    return np.asarray(circles[order[:_FITTED]], np.float64)


def _through(corners: Floats) -> Floats:
    """``(N, 3)``: x, y and radius of the circles through three points each, ``(N, 3, 2)``."""
    origin = corners[:, 0]
    b, c = corners[:, 1] - origin, corners[:, 2] - origin
    twice = 2.0 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    twice = np.where(np.abs(twice) < 1e-6, 1e-6, twice)
    bb, cc = (b**2).sum(axis=1), (c**2).sum(axis=1)
    x = (c[:, 1] * bb - b[:, 1] * cc) / twice
    y = (b[:, 0] * cc - c[:, 0] * bb) / twice
    return np.column_stack([origin[:, 0] + x, origin[:, 1] + y, np.hypot(x, y)])


def _ellipse(edges: _Edges, circle: Floats) -> Rim | None:
    """The ellipse of the edges near a circle, fitted until they stay the same."""
    points = edges.points.astype(np.float32)
    away = np.abs(np.hypot(points[:, 0] - circle[0], points[:, 1] - circle[1]) - circle[2])
    keep = away < _NEAR_CIRCLE * circle[2]
    box: Box | None = None
    for _ in range(5):
        if keep.sum() < _LEAST_POINTS:
            return None
        (cx, cy), (width, height), angle = cv2.fitEllipseDirect(points[keep])
        box = ((float(cx), float(cy)), (float(width), float(height)), float(angle))
        if not np.isfinite([cx, cy, width, height]).all() or max(width, height) <= 0:
            return None
        keep = _distance(edges.points, box) < _NEAR_ELLIPSE * circle[2]
    if box is None or min(box[1]) / max(box[1]) < _LEAST_AXIS_RATIO:
        return None
    return Rim(box, len(np.unique(edges.ray[keep])) / _ANGLES, edges.darkens)


def _distance(points: Floats, box: Box) -> Floats:
    """Distance of points from an ellipse, px, to first order."""
    (cx, cy), (width, height), angle = box
    turn = math.radians(angle)
    dx, dy = points[:, 0] - cx, points[:, 1] - cy
    u = (dx * math.cos(turn) + dy * math.sin(turn)) / max(width / 2, 1e-6)
    v = (-dx * math.sin(turn) + dy * math.cos(turn)) / max(height / 2, 1e-6)
    return np.asarray(np.abs(np.hypot(u, v) - 1.0) * (width + height) / 4, np.float64)
