"""Rounded polygons: the few lines of plane geometry a layout needs, without NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]


def polygon_area(points: Sequence[Point]) -> float:
    """Area of a simple polygon (shoelace formula), in the square of the points' unit."""
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2.0


def rounded_polygon(points: Sequence[Point], radius: float, *, arc_steps: int = 8) -> list[Point]:
    """Replaces each corner of a convex polygon by an arc of ``radius``.

    The radius is cut where a side is too short for it, so that a square with a radius of half
    its side (or more) becomes a circle of ``4 * arc_steps`` points.
    """
    if radius <= 0:
        return list(points)
    outline: list[Point] = []
    count = len(points)
    for index, corner in enumerate(points):
        before, after = points[index - 1], points[(index + 1) % count]
        to_before = _unit(corner, before)
        to_after = _unit(corner, after)
        half = math.acos(max(-1.0, min(1.0, _dot(to_before, to_after)))) / 2.0
        room = min(math.dist(corner, before), math.dist(corner, after)) / 2.0
        reach = min(radius / math.tan(half), room)
        arc_radius = reach * math.tan(half)
        bisector = _unit((0.0, 0.0), (to_before[0] + to_after[0], to_before[1] + to_after[1]))
        distance = reach / math.cos(half)
        centre = (corner[0] + bisector[0] * distance, corner[1] + bisector[1] * distance)
        first = (corner[0] + to_before[0] * reach, corner[1] + to_before[1] * reach)
        last = (corner[0] + to_after[0] * reach, corner[1] + to_after[1] * reach)
        start = math.atan2(first[1] - centre[1], first[0] - centre[0])
        sweep = math.atan2(last[1] - centre[1], last[0] - centre[0]) - start
        sweep = math.remainder(sweep, 2 * math.pi)
        for step in range(arc_steps + 1):
            angle = start + sweep * step / arc_steps
            outline.append(
                (centre[0] + arc_radius * math.cos(angle), centre[1] + arc_radius * math.sin(angle))
            )
    return outline


def _unit(origin: Point, target: Point) -> Point:
    dx, dy = target[0] - origin[0], target[1] - origin[1]
    length = math.hypot(dx, dy) or 1.0
    return dx / length, dy / length


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1]
