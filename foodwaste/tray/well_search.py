"""Finds the wells of an unknown empty tray, seen from straight above, as rounded rectangles.

Straight edges along the tray's sides are paired to rectangles; a rectangle that holds two
others side by side is a group of wells, one that lies inside another is that well's floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile.polygon import Point, rounded_polygon
from foodwaste.tray.edges import DIRECTION_BINS, EdgeMap, layer_of
from foodwaste.tray.template import sample_outline

Floats = NDArray[np.float64]

#: A well's shorter side, and a floor's, at least, mm. The smallest well of the trays at hand is
#: 93 mm; between a wall's foot and its rim lie 10-30 mm.
_SMALLEST_WELL_MM, _SMALLEST_FLOOR_MM = 45.0, 25.0
#: Straight pieces shorter than this are texture or reflections, mm.
_SHORTEST_PIECE_MM = 15.0
#: Share of each side's middle part that must lie on edges, and of all four together.
_LEAST_SIDE, _LEAST_MEAN = 0.25, 0.55
#: Part of a side that is judged: a round well is straight only there.
_MIDDLE = 0.4
#: Wells may overlap by this share of the smaller: edges are good to 2 mm.
_MOST_OVERLAP = 0.08
#: Two boxes that share this much of the larger are one well, seen twice.
_SAME = 0.87
#: Support that counts as equal: a drawn well and one reaching over the 12 mm ridge beside it
#: have 0.793 and 0.789.
_AS_WELL = 0.95
#: Ridges between wells are at least this wide, mm (6 on the steel tray); a box that leaves room
#: for one may have this share of the support of one that does not, whose side lies on the next
#: well's strong edge.
_RIDGE_MM, _WITH_RIDGE = 3.0, 0.8
#: No well comes nearer to the tray's outline, mm: there the bead runs.
_BORDER_MM = 10.0
#: Rectangles that are looked at with rounded corners.
_MOST_BOXES = 600
#: Radii that are tried, as shares of half the shorter side.
_RADII = np.linspace(0.0, 1.0, 11)


@dataclass(frozen=True)
class RoundedBox:
    """A rounded rectangle in pixels of the search picture, and how well edges support it."""

    left: float
    top: float
    right: float
    bottom: float
    radius: float
    support: float

    @property
    def area(self) -> float:
        """Area of the rectangle, corners not rounded."""
        return (self.right - self.left) * (self.bottom - self.top)

    def corners(self) -> tuple[Point, ...]:
        """The four corners, clockwise on the screen."""
        return (
            (self.left, self.top),
            (self.right, self.top),
            (self.right, self.bottom),
            (self.left, self.bottom),
        )

    def shared_with(self, other: RoundedBox) -> float:
        """Area that both cover."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down)

    def holds(self, other: RoundedBox) -> bool:
        """Whether ``other`` lies inside, up to its own blur."""
        return self.area > 1.1 * other.area and self.shared_with(other) > 0.95 * other.area


def find_wells(edges: EdgeMap, px_per_mm: float) -> list[tuple[RoundedBox, RoundedBox | None]]:
    """The wells in reading order, each with its floor where one is seen.

    Args:
        edges: edges of the rectified empty tray, its sides along the picture's.
        px_per_mm: scale of that picture.
    """
    boxes = _boxes(edges, px_per_mm)
    wide = [
        box
        for box in boxes
        if min(box.right - box.left, box.bottom - box.top) >= _SMALLEST_WELL_MM * px_per_mm
    ]
    single = [box for box in wide if not _is_group(box, wide)]
    rims: list[RoundedBox] = []
    # The rim is the outermost of several nested outlines: large boxes come first.
    for box in sorted(single, key=lambda b: -b.support * np.sqrt(b.area)):
        if all(box.shared_with(rim) < _MOST_OVERLAP * min(box.area, rim.area) for rim in rims):
            tight = _tightest(box, single)
            rims.append(_beside_ridges(tight, rims, single, _RIDGE_MM * px_per_mm))
    rims = [_fitted(edges, rim) for rim in rims]
    return [(rim, _floor(edges, rim, boxes, px_per_mm)) for rim in _in_reading_order(rims)]


def _in_reading_order(rims: list[RoundedBox]) -> list[RoundedBox]:
    rows: list[list[RoundedBox]] = []
    for rim in sorted(rims, key=lambda b: b.top + b.bottom):
        middle = (rim.top + rim.bottom) / 2
        if rows and middle < min(b.bottom for b in rows[-1]):
            rows[-1].append(rim)
        else:
            rows.append([rim])
    return [rim for row in rows for rim in sorted(row, key=lambda b: b.left)]


def _tightest(box: RoundedBox, others: list[RoundedBox]) -> RoundedBox:
    """The smallest of much the same outlines that edges support as well.

    The larger ones reach over a ridge to the next well, or to the bead beside this one; one
    that does both is tightened twice.
    """
    while True:
        alike = [other for other in others if _much_the_same(box, other)]
        enough = _AS_WELL * max(other.support for other in alike)
        tight = min((b for b in alike if b.support >= enough), key=lambda b: b.area)
        if tight.area >= box.area:
            return tight
        box = tight


def _beside_ridges(
    box: RoundedBox, rims: list[RoundedBox], others: list[RoundedBox], ridge_px: float
) -> RoundedBox:
    """The box, or one much the same that leaves room for a ridge to every rim chosen so far."""
    if not any(_touch(box, rim, ridge_px) for rim in rims):
        return box
    free = [
        other
        for other in others
        if _much_the_same(box, other)
        and other.support >= _WITH_RIDGE * box.support
        and not any(_touch(other, rim, ridge_px) for rim in rims)
    ]
    return max(free, key=lambda b: b.support, default=box)


def _touch(one: RoundedBox, other: RoundedBox, ridge_px: float) -> bool:
    """Whether less than a ridge lies between two boxes that face each other."""
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    return max(across, down) < ridge_px and min(across, down) < 0


def _much_the_same(one: RoundedBox, other: RoundedBox) -> bool:
    return one.shared_with(other) > _SAME * max(one.area, other.area)


def _is_group(box: RoundedBox, others: list[RoundedBox]) -> bool:
    """Whether two boxes lie side by side inside and together fill most of it."""
    inside = [other for other in others if box.holds(other)]
    for index, one in enumerate(inside):
        for two in inside[index + 1 :]:
            apart = one.shared_with(two) < _MOST_OVERLAP * min(one.area, two.area)
            if apart and one.area + two.area > 0.5 * box.area:
                return True
    return False


def _floor(
    edges: EdgeMap, rim: RoundedBox, boxes: list[RoundedBox], px_per_mm: float
) -> RoundedBox | None:
    inside = [
        box
        for box in boxes
        if rim.holds(box)
        and min(box.left - rim.left, rim.right - box.right) > 3 * px_per_mm
        and min(box.top - rim.top, rim.bottom - box.bottom) > 3 * px_per_mm
        and box.area > 0.1 * rim.area
    ]
    if not inside:
        return None
    return _fitted(edges, max(inside, key=lambda box: box.support * np.sqrt(box.area)))


def _boxes(edges: EdgeMap, px_per_mm: float) -> list[RoundedBox]:
    """All rectangles whose four sides lie on edges, the best of each place."""
    height, width = edges.shape
    upright = _layer(edges, 0, height)
    level = _layer(edges, DIRECTION_BINS // 2, height)
    shortest = _SHORTEST_PIECE_MM * px_per_mm
    xs = _positions(upright, shortest)
    ys = _positions(level.T, shortest)
    border = _BORDER_MM * px_per_mm
    xs = xs[(xs >= border) & (xs <= width - 1 - border)]
    ys = ys[(ys >= border) & (ys <= height - 1 - border)]
    least = _SMALLEST_FLOOR_MM * px_per_mm
    # Running counts of edge pixels, widened by one to both sides, along each side's direction.
    beside = np.pad(
        np.cumsum(cv2.dilate(upright, np.ones((1, 3), np.uint8)), axis=0, dtype=np.int64),
        ((1, 0), (0, 0)),
    )
    across = np.pad(
        np.cumsum(cv2.dilate(level, np.ones((3, 1), np.uint8)), axis=1, dtype=np.int64),
        ((0, 0), (1, 0)),
    )
    found = []
    for i, left in enumerate(xs):
        for right in xs[i + 1 :]:
            if right - left < least:
                continue
            a, b = _middle(left, right)
            cover = (across[ys, b] - across[ys, a]) / (b - a)
            rows = ys[cover >= _LEAST_SIDE]
            shares = cover[cover >= _LEAST_SIDE]
            for j, top in enumerate(rows):
                bottoms = rows[j + 1 :]
                keep = bottoms - top >= least
                bottoms, below = bottoms[keep], shares[j + 1 :][keep]
                if len(bottoms) == 0:
                    continue
                c = np.rint(top + (bottoms - top) * (1 - _MIDDLE) / 2).astype(int)
                d = np.rint(bottoms - (bottoms - top) * (1 - _MIDDLE) / 2).astype(int)
                first = (beside[d, left] - beside[c, left]) / (d - c)
                second = (beside[d, right] - beside[c, right]) / (d - c)
                mean = (first + second + shares[j] + below) / 4
                good = (first >= _LEAST_SIDE) & (second >= _LEAST_SIDE) & (mean >= _LEAST_MEAN)
                found += [
                    RoundedBox(float(left), float(top), float(right), float(bottom), 0.0, float(s))
                    for bottom, s in zip(bottoms[good], mean[good], strict=True)
                ]
    found = _distinct(found, 3.0 * px_per_mm)[:_MOST_BOXES]
    return [_with_radius(edges, box) for box in found]


def _layer(edges: EdgeMap, index: int, height: int) -> NDArray[np.uint8]:
    layer = edges.thin[index * height : (index + 1) * height]
    return np.asarray(layer > 0, np.uint8)


def _positions(mask: NDArray[np.uint8], shortest_px: float) -> NDArray[np.intp]:
    """Columns in which a straight piece of edge at least that long stands."""
    near = cv2.dilate(np.ascontiguousarray(mask), np.ones((1, 3), np.uint8))
    closed = cv2.morphologyEx(near, cv2.MORPH_CLOSE, np.ones((5, 1), np.uint8))
    long = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((round(shortest_px), 1), np.uint8))
    # Where it stands is where most of its own pixels are, not the widened ones.
    weight = (mask * long).sum(axis=0).astype(np.float64)
    smooth = np.convolve(weight, [0.25, 0.5, 0.25], mode="same")
    left, right = np.roll(smooth, 1), np.roll(smooth, -1)
    peak = (smooth >= left) & (smooth > right) & (weight >= 0.5 * shortest_px)
    return np.nonzero(peak)[0]


def _middle(low: int, high: int) -> tuple[int, int]:
    margin = (high - low) * (1 - _MIDDLE) / 2
    return round(low + margin), round(high - margin)


def _agreement(edges: EdgeMap, box: RoundedBox) -> float:
    """Evidence (edges.py) along the rounded outline: half its mean, half that of the worst side.

    A box that takes three sides of a well and the fourth of another is right on average only.
    """
    points, normals = sample_outline(rounded_polygon(box.corners(), box.radius), 3.0)
    row = points[:, 1] + layer_of(normals) * edges.shape[0]
    inside = (points[:, 1] > -0.5) & (points[:, 1] < edges.shape[0] - 0.5)
    row = np.where(inside, row, -9.0).astype(np.float32)
    column = points[:, 0].astype(np.float32)
    seen = cv2.remap(
        edges.evidence, column, row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT
    ).ravel()
    side = np.argmax(normals @ np.array([[1, 0, -1, 0], [0, 1, 0, -1]]), axis=1)
    worst = min(float(seen[side == which].mean()) for which in range(4))
    return 0.5 * float(seen.mean()) + 0.5 * worst


def _with_radius(edges: EdgeMap, box: RoundedBox) -> RoundedBox:
    half = min(box.right - box.left, box.bottom - box.top) / 2
    tried = [
        RoundedBox(box.left, box.top, box.right, box.bottom, float(share * half), box.support)
        for share in _RADII
    ]
    agreements = [_agreement(edges, option) for option in tried]
    best = int(np.argmax(agreements))
    chosen = tried[best]
    return RoundedBox(
        chosen.left, chosen.top, chosen.right, chosen.bottom, chosen.radius, agreements[best]
    )


def _distinct(boxes: list[RoundedBox], near_px: float) -> list[RoundedBox]:
    """The best supported of each group of nearly equal boxes, best first."""
    if not boxes:
        return []
    ordered = sorted(boxes, key=lambda b: -b.support)
    sides = np.array([(b.left, b.top, b.right, b.bottom) for b in ordered])
    free = np.ones(len(ordered), bool)
    kept = []
    for index in range(len(ordered)):
        if free[index]:
            kept.append(ordered[index])
            free &= np.abs(sides - sides[index]).max(axis=1) > near_px
    return kept


def _fitted(edges: EdgeMap, box: RoundedBox) -> RoundedBox:
    """Moves the sides, pixel by pixel, to where the outline agrees best."""
    best, agreement = box, _agreement(edges, box)
    for step in (2.0, 1.0, 0.5):
        for _ in range(6):
            options = []
            for name in ("left", "top", "right", "bottom", "radius"):
                for sign in (-step, step):
                    values = {
                        "left": best.left,
                        "top": best.top,
                        "right": best.right,
                        "bottom": best.bottom,
                        "radius": best.radius,
                    }
                    values[name] += sign
                    values["radius"] = max(0.0, values["radius"])
                    options.append(RoundedBox(**values, support=best.support))
            agreements = [_agreement(edges, option) for option in options]
            top = int(np.argmax(agreements))
            if agreements[top] <= agreement + 1e-6:
                break
            best, agreement = options[top], agreements[top]
    return RoundedBox(best.left, best.top, best.right, best.bottom, best.radius, agreement)
