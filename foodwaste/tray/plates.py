"""Free plates on a canteen tray: found as ellipses, each brought to a slot of its own layout.

Nobody puts a plate twice in the same place, so a picture of plates has no layout to be located
by. Each plate is found by its rim, warped to a circle, and put into a slot of a layout made for
that many plates; before and after then agree slot by slot, and every estimator works on plates
as it does on wells. Sizes in that layout are shares of a plate, not real millimetres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Compartment, Label, Layout
from foodwaste.tray.frame import frame_of
from foodwaste.tray.types import RectifiedTray, TrayLocation

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
#: The part of a plate that is compared: its outermost tenth is rim, never food for long.
_INNER = 0.9
_SLOT_GAP_MM = 6.0
_MOST_PLATES = 6

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
        for plate in sorted(kept, key=lambda plate: -plate.area_px)[:_MOST_PLATES]
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


def plates_layout(count: int) -> Layout:
    """A layout of ``count`` round slots called ``plate-1`` and so on.

    Raises:
        ValueError: not 1 to 6 plates.
    """
    if not 1 <= count <= _MOST_PLATES:
        raise ValueError(f"1 to {_MOST_PLATES} plates fit a layout, not {count}")
    width, height = 375.0, 281.0
    columns = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}[count]
    rows = math.ceil(count / columns)
    side = min(width / columns, height / rows) - _SLOT_GAP_MM
    slots: dict[str, Compartment] = {}
    for index in range(count):
        row, column = divmod(index, columns)
        x = (column + 0.5) * width / columns
        y = (row + 0.5) * height / rows
        slots[f"plate-{index + 1}"] = Compartment(
            label=Label(en=f"plate {index + 1}", ko=f"접시 {index + 1}"),
            rim_polygon_mm=_square(x, y, side),
            rim_radius_mm=side / 2,
            floor_polygon_mm=_square(x, y, 0.7 * side),
            floor_radius_mm=0.35 * side,
            depth_mm=20.0,
            capacity_ml=0.4 * side * side * 20.0 / 1000.0,
        )
    return Layout(
        width_mm=width, height_mm=height, rim_height_mm=20.0, material="white", compartments=slots
    )


def rectify_plates(rgb: Rgb, plates: Sequence[Plate | None], layout: Layout) -> RectifiedTray:
    """Each plate as a circle in its slot; around them, the plates' own rims.

    Args:
        rgb: the photograph, ``(H, W, 3) uint8``.
        plates: one for each slot of the layout, ``None`` for a slot whose plate is not there.
        layout: from :func:`plates_layout`.
    """
    frame = frame_of(layout)
    rims = _rim_pixels(rgb, [plate for plate in plates if plate is not None])
    count = frame.shape[0] * frame.shape[1]
    # Strides coprime to the number of rim pixels fill the ground with them without a pattern.
    ground = rims[(np.arange(count) * 7919) % len(rims)].reshape(*frame.shape, 3)
    picture, valid = ground.copy(), np.ones(frame.shape, np.bool_)
    size = (frame.shape[1], frame.shape[0])
    for (name, well), plate in zip(layout.compartments.items(), plates, strict=True):
        slot = frame.rim_masks[name]
        if plate is None:
            valid[slot] = False
            continue
        corners = frame.points_px(well.rim_polygon_mm)
        warp = _to_slot(plate, corners)
        warped = cv2.warpPerspective(rgb, warp, size, flags=cv2.INTER_AREA)
        picture[slot] = warped[slot]
    location = TrayLocation(np.zeros((4, 2)), 0, 1.0, size)
    return RectifiedTray(np.asarray(picture, np.uint8), valid, frame, frame.mm_to_px, location)


def match_plates(
    before_rgb: Rgb, before: Sequence[Plate], after_rgb: Rgb, after: Sequence[Plate]
) -> tuple[Plate | None, ...]:
    """For each plate before the meal the same plate after it; ``None`` where there is none.

    Likeness is by the colours of what lies on it (70 %) and by size and place (30 %): people
    move plates, and a licked plate has no colours left.
    """
    looks_before = [_look(before_rgb, plate) for plate in before]
    looks_after = [_look(after_rgb, plate) for plate in after]
    cost = np.ones((len(before), len(after)))
    for i, plate in enumerate(before):
        for j, other in enumerate(after):
            shared = float(np.minimum(looks_before[i], looks_after[j]).sum())
            apart = math.dist(_place(before_rgb, plate), _place(after_rgb, other))
            likeness = _relative_size(before, plate) / _relative_size(after, other)
            size = min(likeness, 1 / likeness)
            cost[i, j] = 0.7 * (1 - shared) + 0.15 * min(1.0, apart) + 0.15 * (1 - size)
    return tuple(None if j is None else after[j] for j in _cheapest(cost))


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


def _square(x: float, y: float, side: float) -> tuple[tuple[float, float], ...]:
    half = side / 2
    return (
        (x - half, y - half),
        (x + half, y - half),
        (x + half, y + half),
        (x - half, y + half),
    )


def _to_slot(plate: Plate, corners: NDArray[np.float32]) -> NDArray[np.float64]:
    """Homography from the photograph to the slot: the ellipse becomes the inscribed circle.

    The plate is not turned: a turned ellipse is stretched along its own axes only.
    """
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    turn = math.radians(plate.angle_deg)
    cos, sin = math.cos(turn), math.sin(turn)
    rotate = np.array([[cos, sin], [-sin, cos]])
    stretch = np.diag([1 / plate.axes_px[0], 1 / plate.axes_px[1]])
    linear = rotate.T @ stretch @ rotate * float(right - left) / 2
    centre = np.array([(left + right) / 2, (top + bottom) / 2], np.float64)
    warp = np.eye(3)
    warp[:2, :2] = linear
    warp[:2, 2] = centre - linear @ np.asarray(plate.centre_px)
    return warp


def _rim_pixels(rgb: Rgb, plates: Sequence[Plate]) -> Rgb:
    """RGB of the plates' outermost rings, without what is unlike their median."""
    rings = []
    for plate in plates:
        inner = Plate(
            plate.centre_px, (0.88 * plate.axes_px[0], 0.88 * plate.axes_px[1]), plate.angle_deg, 1
        )
        outer = Plate(
            plate.centre_px, (0.96 * plate.axes_px[0], 0.96 * plate.axes_px[1]), plate.angle_deg, 1
        )
        shape = (rgb.shape[0], rgb.shape[1])
        rings.append(rgb[outer.mask(shape) & ~inner.mask(shape)])
    pixels = np.concatenate(rings) if rings else np.zeros((0, 3), np.uint8)
    if not len(pixels):
        return np.full((1, 3), 255, np.uint8)
    apart = np.abs(pixels.astype(np.int16) - np.median(pixels, axis=0)).max(axis=1)
    plain = pixels[apart <= max(30, int(np.median(apart)) * 3)]
    return np.asarray(plain, np.uint8)


def _look(rgb: Rgb, plate: Plate) -> NDArray[np.float64]:
    """Hue and saturation histogram of what is coloured on a plate; sums to 1 or to 0."""
    inner = Plate(
        plate.centre_px, (_INNER * plate.axes_px[0], _INNER * plate.axes_px[1]), plate.angle_deg, 1
    )
    pixels = rgb[inner.mask((rgb.shape[0], rgb.shape[1]))]
    hsv = cv2.cvtColor(np.ascontiguousarray(pixels[None]), cv2.COLOR_RGB2HSV)[0]
    coloured = hsv[hsv[:, 1] > 60]
    table, _, _ = np.histogram2d(
        coloured[:, 0], coloured[:, 1], bins=(18, 4), range=((0, 180), (0, 256))
    )
    return np.asarray(table / max(1.0, table.sum()), np.float64)


def _place(rgb: Rgb, plate: Plate) -> tuple[float, float]:
    side = max(rgb.shape[:2])
    return plate.centre_px[0] / side, plate.centre_px[1] / side


def _relative_size(plates: Sequence[Plate], plate: Plate) -> float:
    return plate.area_px / max(other.area_px for other in plates)


def _cheapest(cost: NDArray[np.float64]) -> list[int | None]:
    """The cheapest one-to-one assignment of rows to columns, by trying all (six at most)."""
    best: tuple[float, list[int | None]] = (math.inf, [])

    def assign(row: int, used: frozenset[int], total: float, chosen: list[int | None]) -> None:
        nonlocal best
        if total >= best[0]:
            return
        if row == cost.shape[0]:
            best = (total, chosen)
            return
        for column in range(cost.shape[1]):
            if column not in used:
                assign(row + 1, used | {column}, total + cost[row, column], [*chosen, column])
        if cost.shape[1] < cost.shape[0]:
            # Fewer plates after than before: a plate may be gone, at the price of a bad match.
            assign(row + 1, used, total + 1.0, [*chosen, None])

    assign(0, frozenset(), 0.0, [])
    return best[1]
