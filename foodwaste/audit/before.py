"""The left picture: the served tray, or what stands in for one that was not photographed."""

from __future__ import annotations

import numpy as np

from foodwaste.audit.canvas import Canvas
from foodwaste.audit.palette import INK, PANEL, QUIET, TRACK, WHITE
from foodwaste.audit.tray_picture import (
    Tag,
    draw_tags,
    draw_tray,
    enlarged_points,
    picture_size,
    rim_outline,
)
from foodwaste.audit.wording import file_name
from foodwaste.pipeline import Analysis
from foodwaste.profile import Serving
from foodwaste.tray import Frame, frame_of


def before_title(analysis: Analysis) -> str:
    """The heading of the left picture."""
    served = analysis.served
    if served is None or served.tray is None:
        return "No before picture: compared with the profile's standard serving"
    if served.reference == "before":
        name = analysis.report.before
        return f"Before: {file_name(name)}" if name else "Before"
    if served.reference == "meal":
        return "Served: the reference tray of this meal"
    return "Served: the profile's standard meal (no before picture)"


def draw_before(canvas: Canvas, x: int, y: int, analysis: Analysis, tags: list[Tag]) -> None:
    """Draws the served tray, or the standard serving well by well, at ``x, y``."""
    served = analysis.served
    if served is not None and served.tray is not None:
        draw_tray(canvas, x, y, served.tray, served.findings, tags)
        return
    profile = analysis.profile.profile
    frame = frame_of(profile.layout)
    width, height = picture_size(frame)
    canvas.box(x, y, width, height, PANEL)
    place = np.array([x, y], np.float64)
    outline = enlarged_points(frame, profile.layout.outline_mm()) + place
    canvas.fill(outline, TRACK)
    canvas.line(outline, QUIET, 2, closed=True)
    for name, well in profile.layout.compartments.items():
        points = enlarged_points(frame, rim_outline(well)) + place
        canvas.fill(points, WHITE)
        canvas.line(points, QUIET, 2, closed=True)
        _write_serving(canvas, x, y, frame, name, profile.servings.get(name))
    draw_tags(canvas, x, y, frame, tags)


def _write_serving(
    canvas: Canvas, x: int, y: int, frame: Frame, name: str, serving: Serving | None
) -> None:
    points = enlarged_points(frame, rim_outline(frame.layout.compartments[name]))
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    lettering = canvas.lettering
    lines = [lettering.shortened(line, 17, right - left - 24) for line in _serving_lines(serving)]
    # The name plate takes the top 40 px.
    room = max(1, int((bottom - top - 48) // 23))
    lines = lines[:room]
    baseline = y + (top + 40 + bottom) / 2 - 23 * (len(lines) - 1) / 2 + 5
    centre = x + (left + right) / 2
    for index, line in enumerate(lines):
        tone = INK if index == 0 else QUIET
        canvas.text(centre, baseline + 23 * index, line, 17, tone, align="middle")


def _serving_lines(serving: Serving | None) -> list[str]:
    """What the profile says is served, most telling first."""
    if serving is None:
        return ["no serving in the profile"]
    lines = [] if serving.dish is None else [serving.dish]
    amounts = []
    if serving.volume_ml is not None:
        amounts.append(f"{serving.volume_ml:.0f} ml")
    if serving.mass_g is not None:
        amounts.append(f"{serving.mass_g:.0f} g")
    if amounts:
        lines.append(", ".join(amounts))
    if serving.area_fraction is not None:
        lines.append(f"covers {100 * serving.area_fraction:.0f} % of the well")
    lines.append(f"± {100 * serving.relative_error:.0f} %")
    return lines
