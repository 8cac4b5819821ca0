"""What a calibration found, drawn: wells, floors, names and sizes over the pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.audit.canvas import Canvas, Rgb
from foodwaste.audit.lettering import Lettering, system_lettering
from foodwaste.audit.palette import FOOD, INK, PANEL, QUIET, WHITE, Colour
from foodwaste.audit.photograph import OUTLINE, thumbnail
from foodwaste.audit.sheet import compartment_names
from foodwaste.audit.tray_picture import (
    Tag,
    draw_tags,
    draw_tray,
    enlarged,
    enlarged_points,
    picture_size,
    rim_outline,
)
from foodwaste.calibrate.measure import Calibration
from foodwaste.pipeline.sight import Sight
from foodwaste.profile import Compartment, Profile
from foodwaste.tray import Frame, frame_of

_MARGIN, _GAP, _TITLE, _HEAD, _LINE = 36, 24, 44, 108, 28
_RIM: Colour = OUTLINE
_FLOOR: Colour = FOOD


def draw_calibration(calibration: Calibration, lettering: Lettering | None = None) -> Rgb:
    """The pictures of a calibration with everything found in them: ``(H, W, 3) uint8`` RGB."""
    lettering = lettering or system_lettering()
    profile = calibration.profile
    frame = frame_of(profile.layout)
    names = compartment_names(profile, lettering)
    width, height = picture_size(frame)
    sights = [sight for sight in (calibration.empty, calibration.served) if sight is not None]
    notes = _notes(calibration, lettering, 2 * width + _GAP)
    total = _HEAD + len(sights) * (_TITLE + height) + _LINE * len(notes) + 2 * _MARGIN
    canvas = Canvas(2 * (_MARGIN + width) + _GAP, total, lettering)
    _draw_head(canvas, profile)
    y = _MARGIN + _HEAD
    right = _MARGIN + width + _GAP
    if calibration.empty is not None:
        _title(canvas, _MARGIN, y, "The empty tray from above: this is what wells are taken for")
        _draw_wells(canvas, _MARGIN, y + _TITLE, calibration.empty, names)
        _draw_photograph(canvas, right, y, calibration.empty, (width, height))
        y += _TITLE + height
    if calibration.served is not None:
        _title(
            canvas, _MARGIN, y, "The served tray from above: food found, and its share of a well"
        )
        findings = None
        if calibration.served_finding is not None:
            findings = {"backprojection": calibration.served_finding}
        tags = _serving_tags(calibration, names)
        draw_tray(canvas, _MARGIN, y + _TITLE, calibration.served.tray, findings, tags)
        _draw_photograph(canvas, right, y, calibration.served, (width, height))
        y += _TITLE + height
    for index, note in enumerate(notes):
        canvas.text(_MARGIN, y + _LINE * (index + 1), note, 17, QUIET)
    return canvas.pixels


def _draw_head(canvas: Canvas, profile: Profile) -> None:
    layout = profile.layout
    name = canvas.lettering.shortened(profile.name, 34, 1200, bold=True)
    canvas.text(_MARGIN, _MARGIN + 32, name, 34, INK, bold=True)
    size = (
        f"{layout.width_mm:g} × {layout.height_mm:g} mm, rim {layout.rim_height_mm:g} mm above "
        f"the table, {len(layout.compartments)} compartments"
    )
    canvas.text(_MARGIN, _MARGIN + 68, size, 20, INK)
    x = canvas.pixels.shape[1] - _MARGIN - 520
    for offset, colour, text in ((0, _RIM, "rim of a well"), (260, _FLOOR, "its flat floor")):
        line = [(x + offset, _MARGIN + 62), (x + offset + 48, _MARGIN + 62)]
        canvas.line(line, INK, 5)
        canvas.line(line, colour, 3)
        canvas.text(x + offset + 60, _MARGIN + 68, text, 18, INK)


def _title(canvas: Canvas, x: int, y: int, text: str) -> None:
    canvas.text(x, y + 30, text, 20, INK)


def _draw_wells(canvas: Canvas, x: int, y: int, sight: Sight, names: dict[str, str]) -> None:
    frame = sight.tray.frame
    picture = enlarged(sight.tray.rgb)
    outside = (~sight.tray.valid).astype(np.uint8)
    size = picture_size(frame)
    picture[cv2.resize(outside, size, interpolation=cv2.INTER_NEAREST) > 0] = PANEL
    canvas.paste(x, y, picture)
    place = np.array([x, y], np.float64)
    lines = [(frame.layout.outline_mm(), _RIM)]
    for well in frame.layout.compartments.values():
        lines += [(rim_outline(well), _RIM), (well.floor_outline_mm(), _FLOOR)]
    for outline, colour in lines:
        points = enlarged_points(frame, outline) + place
        canvas.line(points, INK if colour == _RIM else WHITE, 5, closed=True)
        canvas.line(points, colour, 3 if colour == _RIM else 2, closed=True)
    for well in frame.layout.compartments.values():
        _write_size(canvas, x, y, frame, well)
    draw_tags(canvas, x, y, frame, [Tag(name, text) for name, text in names.items()])


def _write_size(canvas: Canvas, x: int, y: int, frame: Frame, well: Compartment) -> None:
    """Writes a well's size just above its lower edge, where it hides neither rim nor floor."""
    rim = np.asarray(well.rim_polygon_mm)
    wide, high = np.ptp(rim, axis=0)
    outline = enlarged_points(frame, rim)
    text = f"{wide:.0f} × {high:.0f} × {well.depth_mm:g} mm, {well.capacity_ml:.0f} ml"
    lettering = canvas.lettering
    room = float(np.ptp(outline[:, 0])) - 20
    text = lettering.shortened(text, 15, room)
    width = lettering.width(text, 15) + 16
    centre, bottom = x + float(outline[:, 0].mean()), y + float(outline[:, 1].max())
    canvas.box(centre - width / 2, bottom - 34, width, 26, WHITE, radius=5)
    canvas.text(centre, bottom - 16, text, 15, INK, align="middle")


def _draw_photograph(canvas: Canvas, x: int, y: int, sight: Sight, size: tuple[int, int]) -> None:
    location = sight.location
    _title(
        canvas,
        x,
        y,
        f"As photographed: turned {location.turn_deg}°, fit {location.score:.2f}, "
        "disc at its top left corner",
    )
    canvas.box(x, y + _TITLE, *size, PANEL)
    small = thumbnail(sight, *size)
    scale = small.shape[1] / location.image_size_px[0]
    for well in sight.tray.frame.layout.compartments.values():
        points = _projected(sight, well.rim_outline_mm(), scale)
        for colour, thickness in ((INK, 4), (_RIM, 2)):
            cv2.polylines(small, [points], True, colour, thickness, cv2.LINE_AA, 4)
    left = x + (size[0] - small.shape[1]) // 2
    canvas.paste(left, y + _TITLE + (size[1] - small.shape[0]) // 2, small)


def _projected(sight: Sight, outline_mm: object, scale: float) -> NDArray[np.int32]:
    """Points in mm to sixteenths of a pixel of the small photograph."""
    points = np.asarray(outline_mm, np.float64).reshape(-1, 1, 2)
    placed = cv2.perspectiveTransform(points, np.asarray(sight.tray.homography, np.float64))
    shown = (placed + 0.5) * scale - 0.5
    return np.asarray(np.rint(np.clip(shown, -4000, 4000) * 16), np.int32)


def _serving_tags(calibration: Calibration, names: dict[str, str]) -> list[Tag]:
    tags = []
    finding = calibration.served_finding
    for name, text in names.items():
        evidence = None if finding is None else finding.evidence.get(name)
        if evidence is None:
            tags.append(Tag(name, text, missing=True))
        elif calibration.profile.is_liquid(name) and evidence.volume_ml is not None:
            tags.append(Tag(name, text, f"{evidence.volume_ml:.0f} ml"))
        else:
            tags.append(Tag(name, text, f"{100 * evidence.amount:.0f} %"))
    return tags


def _notes(calibration: Calibration, lettering: Lettering, width: int) -> list[str]:
    return [
        line for note in calibration.notes for line in lettering.wrapped(note, 17, width, lines=2)
    ]
