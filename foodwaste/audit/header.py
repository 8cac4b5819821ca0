"""The sheet's head: which photograph, what it was compared with, how it went, and the total."""

from __future__ import annotations

from foodwaste.audit.canvas import Canvas
from foodwaste.audit.gauge import draw_gauge
from foodwaste.audit.palette import (
    GOOD,
    GOOD_GROUND,
    INK,
    MISSING,
    PANEL,
    QUIET,
    WARNING,
    WARNING_EDGE,
    WARNING_GROUND,
)
from foodwaste.audit.wording import (
    NOT_MEASURED,
    compared_with,
    file_name,
    interval_text,
    percent,
    stages_text,
)
from foodwaste.pipeline import Analysis
from foodwaste.report import TrayTotals

HEIGHT = 196
_TOTAL_WIDTH = 560


def draw_header(canvas: Canvas, x: int, y: int, width: int, analysis: Analysis) -> None:
    """Draws the head; ``x, y`` is its top left corner, ``width`` its length."""
    report, profile = analysis.report, analysis.profile.profile
    lettering = canvas.lettering
    room = width - _TOTAL_WIDTH - 40
    name = file_name(report.image)
    name = lettering.shortened(name, 36, room, bold=True, middle=True)
    canvas.text(x, y + 38, name, 36, INK, bold=True)
    title = f"{profile.title} ({profile.name})" if profile.title else profile.name
    about = f"{title}, {compared_with(report)}"
    about = lettering.shortened(about, 20, room)
    canvas.text(x, y + 74, about, 20, INK)
    _draw_status(canvas, x, y + 92, room, analysis)
    stages = lettering.shortened(stages_text(report), 17, room)
    canvas.text(x, y + 180, stages, 17, QUIET)
    _draw_total(canvas, x + width - _TOTAL_WIDTH, y, report.tray)


def _draw_status(canvas: Canvas, x: int, y: int, room: int, analysis: Analysis) -> None:
    report = analysis.report
    lettering = canvas.lettering
    if report.status == "fallback":
        text = f"fallback: {report.reason or 'no reason given'}"
        lines = lettering.wrapped(text, 19, room - 60, lines=2)
        width = max(lettering.width(line, 19) for line in lines) + 58
        canvas.box(x, y, width, 14 + 25 * len(lines), WARNING_EDGE, radius=8)
        canvas.box(x + 2, y + 2, width - 4, 10 + 25 * len(lines), WARNING_GROUND, radius=6)
        canvas.fill([(x + 14, y + 29), (x + 34, y + 29), (x + 24, y + 11)], WARNING_EDGE)
        for index, line in enumerate(lines):
            canvas.text(x + 44, y + 26 + 25 * index, line, 19, WARNING)
        return
    text = "complete answer"
    canvas.box(x, y, lettering.width(text, 19) + 60, 36, GOOD_GROUND, radius=8)
    canvas.line([(x + 15, y + 18), (x + 21, y + 24), (x + 32, y + 11)], GOOD, 3)
    canvas.text(x + 44, y + 25, text, 19, GOOD)


def _draw_total(canvas: Canvas, x: int, y: int, tray: TrayTotals) -> None:
    canvas.box(x, y, _TOTAL_WIDTH, HEIGHT - 16, PANEL, radius=12)
    canvas.text(x + 24, y + 36, "whole tray, left over", 20, INK)
    if tray.leftover_ratio is None:
        canvas.text(x + 24, y + 96, NOT_MEASURED, 40, MISSING, bold=True)
        canvas.text(x + 24, y + 132, "no compartment could be measured", 19, MISSING)
        return
    figure = percent(tray.leftover_ratio)
    canvas.text(x + 24, y + 108, figure, 68, INK, bold=True)
    gauge_x = x + 52 + max(160.0, canvas.lettering.width(figure, 68, bold=True))
    gauge_width = x + _TOTAL_WIDTH - 28 - gauge_x
    draw_gauge(canvas, gauge_x, y + 60, gauge_width, 32, tray.leftover_ratio, tray.interval)
    if tray.interval is not None:
        text = f"{interval_text(tray.interval)}  (90 % interval)"
        canvas.text(gauge_x, y + 118, text, 18, INK)
    volume = NOT_MEASURED if tray.volume_ml is None else f"{tray.volume_ml:.0f} ml"
    mass = NOT_MEASURED if tray.mass_g is None else f"{tray.mass_g:.0f} g"
    line = f"volume {volume}    mass {mass}"
    known = tray.volume_ml is not None or tray.mass_g is not None
    if not known:
        line = "no total volume or mass: not all measured"
    line = canvas.lettering.shortened(line, 19, _TOTAL_WIDTH - 48)
    canvas.text(x + 24, y + 158, line, 19, INK if known else QUIET)
