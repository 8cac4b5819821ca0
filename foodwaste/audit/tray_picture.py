"""A rectified tray, enlarged, with what was seen on it: food, residue, wells and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.audit.canvas import Canvas, Rgb
from foodwaste.audit.palette import FOOD, INK, MISSING, PANEL, RESIDUE, WHITE, Colour
from foodwaste.evidence import Finding
from foodwaste.profile import Compartment
from foodwaste.profile.polygon import rounded_polygon
from foodwaste.tray import Frame, RectifiedTray

#: 384 x 288 px become 864 x 648: two fit side by side, and one tray millimetre is 2.2 px.
ENLARGED = 2.25

_TAG_SIZE = 19
_TAG_HEIGHT = 30
_STRIPE_PX = 9
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Tag:
    """A compartment's name plate on a picture: ``text``, and the share left in bold."""

    compartment_id: str
    text: str
    figure: str = ""
    missing: bool = False


def picture_size(frame: Frame) -> tuple[int, int]:
    """``(width, height)`` of the enlarged picture."""
    height, width = frame.shape
    return round(width * ENLARGED), round(height * ENLARGED)


def draw_tray(
    canvas: Canvas,
    x: int,
    y: int,
    tray: RectifiedTray,
    findings: Mapping[str, Finding] | None,
    tags: Sequence[Tag],
) -> None:
    """Draws the tray with its top left corner at ``x, y``."""
    size = picture_size(tray.frame)
    picture = enlarged(tray.rgb)
    masks = _masks(findings)
    if "residue" in masks:
        shown = _smooth(masks["residue"], size)
        hatch(picture, shown)
        _contours(picture, shown, ((WHITE, 2), (RESIDUE, 1)))
    outside = cv2.resize((~tray.valid).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    picture[outside > 0] = PANEL
    unmeasured = {tag.compartment_id for tag in tags if tag.missing}
    draw_wells(picture, tray.frame, unmeasured)
    if "food_mask" in masks:
        _contours(picture, _smooth(masks["food_mask"], size), ((WHITE, 5), (FOOD, 3)))
    canvas.paste(x, y, picture)
    draw_tags(canvas, x, y, tray.frame, tags)


def enlarged(rgb: Rgb) -> Rgb:
    """The picture ``ENLARGED`` times as large, slightly sharpened: ``(h, w, 3) uint8``."""
    soft = cv2.GaussianBlur(rgb, (0, 0), 0.8)
    sharp = cv2.addWeighted(rgb, 1.5, soft, -0.5, 0)
    large = cv2.resize(sharp, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def hatch(picture: Rgb, where: Mask) -> None:
    """Slanting stripes, dark beside white: one of the two shows on any ground."""
    stripes = _stripes(*where.shape)
    for phase, colour in enumerate((RESIDUE, RESIDUE, WHITE, WHITE)):
        here = cv2.bitwise_and(where.view(np.uint8), (stripes == phase).view(np.uint8))
        picture[here.view(np.bool_)] = colour


@lru_cache(maxsize=4)
def _stripes(height: int, width: int) -> NDArray[np.uint8]:
    """``(height, width) uint8``: the phase of every pixel's place across the stripes."""
    return np.asarray((np.arange(width) + np.arange(height)[:, None]) % _STRIPE_PX, np.uint8)


def draw_wells(picture: Rgb, frame: Frame, unmeasured: set[str]) -> None:
    """Outlines the tray and every well; an unmeasured one is paled and dashed."""
    outline = enlarged_points(frame, frame.layout.outline_mm())
    _stroke(picture, outline, ((INK, 3), (WHITE, 1)))
    for name, well in frame.layout.compartments.items():
        points = enlarged_points(frame, rim_outline(well))
        if name not in unmeasured:
            _stroke(picture, points, ((INK, 3), (WHITE, 1)))
            continue
        pale = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(pale, [_fixed(points)], 1, cv2.LINE_8, 4)
        picture[pale > 0] = picture[pale > 0] // 3 + np.uint8(165)
        _stroke(picture, points, ((WHITE, 5),))
        for piece in _dashes(points):
            _stroke(picture, piece, ((MISSING, 3),), closed=False)


def draw_tags(canvas: Canvas, x: int, y: int, frame: Frame, tags: Sequence[Tag]) -> None:
    """Writes each compartment's name over the top edge of its well."""
    lettering = canvas.lettering
    for tag in tags:
        well = frame.layout.compartments.get(tag.compartment_id)
        if well is None:
            continue
        points = enlarged_points(frame, rim_outline(well))
        left, top = points.min(axis=0)
        right = points[:, 0].max()
        figure = f"  {tag.figure}" if tag.figure else ""
        figure_width = lettering.width(figure, _TAG_SIZE, bold=True)
        room = right - left - 28 - figure_width
        text = lettering.shortened(tag.text, _TAG_SIZE, room)
        text_width = lettering.width(text, _TAG_SIZE)
        width = text_width + figure_width + 22
        tag_x = x + (left + right) / 2 - width / 2
        tag_y = y + max(4.0, top - 13)
        canvas.box(tag_x - 1.5, tag_y - 1.5, width + 3, _TAG_HEIGHT + 3, WHITE, radius=9)
        canvas.box(tag_x, tag_y, width, _TAG_HEIGHT, MISSING if tag.missing else INK, radius=8)
        baseline = tag_y + _TAG_HEIGHT - 9
        canvas.text(tag_x + 11, baseline, text, _TAG_SIZE, WHITE)
        canvas.text(tag_x + 11 + text_width, baseline, figure, _TAG_SIZE, WHITE, bold=True)


def enlarged_points(frame: Frame, points_mm: object) -> NDArray[np.float64]:
    """``(N, 2)`` points in mm to pixels of the enlarged picture."""
    return (frame.points_px(points_mm).astype(np.float64) + 0.5) * ENLARGED - 0.5


def rim_outline(well: Compartment) -> list[tuple[float, float]]:
    """The well's rim in mm, its corners fine enough for the enlarged picture."""
    return rounded_polygon(well.rim_polygon_mm, well.rim_radius_mm, arc_steps=20)


def _masks(findings: Mapping[str, Finding] | None) -> dict[str, Mask]:
    """Food as the last estimator that maps it sees it (later rungs see better), and the residue."""
    found: dict[str, Mask] = {}
    for finding in (findings or {}).values():
        for name in ("food_mask", "residue"):
            if name in finding.maps:
                found[name] = np.asarray(finding.maps[name], np.bool_)
    if len(found) == 2:
        found["residue"] = found["residue"] & ~found["food_mask"]
    return found


def _smooth(mask: Mask, size: tuple[int, int]) -> Mask:
    """The mask at the enlarged size, its steps rounded off."""
    soft = cv2.GaussianBlur(mask.astype(np.uint8) * np.uint8(255), (0, 0), 0.8)
    shown: Mask = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC) > 127
    return shown


def _contours(picture: Rgb, mask: Mask, strokes: tuple[tuple[Colour, int], ...]) -> None:
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    # Drawing time goes with the number of points: within 0.7 px a tenth of them is enough.
    lines = [cv2.approxPolyDP(contour, 0.7, True) for contour in found]
    for colour, thickness in strokes:
        cv2.polylines(picture, lines, True, colour, thickness, cv2.LINE_AA)


def _stroke(
    picture: Rgb,
    points: NDArray[np.float64],
    strokes: tuple[tuple[Colour, int], ...],
    *,
    closed: bool = True,
) -> None:
    for colour, thickness in strokes:
        cv2.polylines(picture, [_fixed(points)], closed, colour, thickness, cv2.LINE_AA, 4)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(points * 16).astype(np.int32).reshape(-1, 1, 2)


def _dashes(points: NDArray[np.float64], length_px: float = 10.0) -> list[NDArray[np.float64]]:
    """Every second piece of a closed line, each ``length_px`` long."""
    closed = np.vstack([points, points[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    places = np.arange(0.0, along[-1], length_px / 2)
    x = np.interp(places, along, closed[:, 0])
    y = np.interp(places, along, closed[:, 1])
    line = np.stack([x, y], axis=1)
    return [line[start : start + 3] for start in range(0, len(line) - 2, 4)]
