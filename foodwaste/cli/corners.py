"""``--corners``: four points as people write them."""

from __future__ import annotations

from foodwaste.errors import UsageError

Point = tuple[float, float]


def parse_corners(text: str, option: str = "--corners") -> tuple[Point, Point, Point, Point]:
    """``'x,y x,y x,y x,y'`` as four points in pixels.

    Raises:
        UsageError: not four points.
    """
    try:
        points = [(float(x), float(y)) for x, y in (part.split(",") for part in text.split())]
    except ValueError:
        points = []
    if len(points) != 4:
        raise UsageError(f"{option} takes four points 'x,y x,y x,y x,y' in pixels, not {text!r}")
    return points[0], points[1], points[2], points[3]
