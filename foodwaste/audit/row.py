"""One compartment's line of the sheet: measured first, so that the sheet can be as tall."""

from __future__ import annotations

from dataclasses import dataclass

from foodwaste.audit.canvas import Canvas
from foodwaste.audit.gauge import draw_gauge, draw_mark, draw_scale
from foodwaste.audit.icon import ICON_WIDTH, TrayIcon
from foodwaste.audit.lettering import Lettering
from foodwaste.audit.palette import INK, MISSING, QUIET, RULE, TRACK
from foodwaste.audit.wording import (
    ESTIMATOR_NAMES,
    NOT_MEASURED,
    Said,
    interval_text,
    percent,
    remarks,
    what_was_said,
    why_not_measured,
)
from foodwaste.report import CompartmentReport

#: Columns: left edges, right edges and widths in px, relative to the table.
WIDTH = 1328
_NAME, _NAME_WIDTH = ICON_WIDTH + 18, 226
_RATIO_RIGHT = 430
_BAR, _BAR_WIDTH = 452, 300
_SAID, _SAID_WIDTH = 792, 290
_LEFT_RIGHT, _SURE_RIGHT, _WEIGHT_RIGHT = (_SAID + right for right in (150, 214, 288))
_AMOUNT_RIGHT = 1204
_SURE, _SURE_WIDTH = 1240, 88

HEAD_HEIGHT = 62
_PADDING = 16
_LINE = 24
_NOTE_SIZE, _NOTE_LINE = 15, 20


@dataclass(frozen=True)
class Row:
    """What one line shows, already made to fit."""

    item: CompartmentReport
    names: tuple[str, ...]
    dish: str
    said: tuple[tuple[Said, tuple[str, ...]], ...]
    remarks: tuple[str, ...]
    volume: str
    mass: str

    @property
    def height(self) -> int:
        """Pixels from this row's top to the next one's."""
        names = 27 * len(self.names) + (24 if self.dish else 0)
        said = sum(_LINE + _NOTE_LINE * len(notes) for _, notes in self.said)
        below = _NOTE_LINE * len(self.remarks) + 8 if self.remarks else 0
        return max(68, names, said) + 2 * _PADDING + below


def measure_row(
    name: str, item: CompartmentReport, lettering: Lettering, *, volume_is_measured: bool
) -> Row:
    """Fits one compartment's texts into the columns."""
    dish = item.dish or ""
    if dish and dish in name:
        dish = ""
    text = "; ".join(remarks(item))
    if item.leftover_ratio is None:
        text = why_not_measured(item)
    said = tuple(
        (one, tuple(lettering.wrapped(", ".join(one.notes), 14, _SAID_WIDTH - 22, lines=2)))
        for one in what_was_said(item)
    )
    about = "" if volume_is_measured else "≈ "
    return Row(
        item,
        tuple(lettering.wrapped(name, 22, _NAME_WIDTH, lines=2, bold=True)),
        lettering.shortened(dish, 18, _NAME_WIDTH),
        said,
        tuple(lettering.wrapped(text, _NOTE_SIZE, WIDTH - _NAME - 8, lines=3)),
        _amount(item.volume_ml, "ml", about),
        _amount(item.mass_g, "g", about),
    )


def draw_head(canvas: Canvas, x: int, y: int) -> None:
    """The columns' headings; ``y`` is the table's top."""
    base = y + 24
    canvas.text(x + _NAME, base, "compartment, dish", 17, QUIET)
    canvas.text(x + _BAR, base, "left over, and its 90 % interval", 17, QUIET)
    draw_scale(canvas, x + _BAR, base + 26, _BAR_WIDTH)
    canvas.text(x + _SAID, base, "what each estimator says", 17, QUIET)
    for right, text in (
        (_LEFT_RIGHT, "left over"),
        (_SURE_RIGHT, "sure"),
        (_WEIGHT_RIGHT, "weight"),
    ):
        canvas.text(x + right, base + 26, text, 14, QUIET, align="right")
    canvas.text(x + _AMOUNT_RIGHT, base, "amount", 17, QUIET, align="right")
    canvas.text(x + _SURE, base, "confidence", 17, QUIET)
    canvas.box(x, y + HEAD_HEIGHT - 2, WIDTH, 2, RULE)


def draw_row(canvas: Canvas, x: int, y: int, row: Row, icon: TrayIcon) -> None:
    """Draws one row with its top left corner at ``x, y``."""
    item = row.item
    top = y + _PADDING
    icon.draw(canvas, x, top + 4, item.id)
    baseline = top + 22
    for name in row.names:
        canvas.text(x + _NAME, baseline, name, 22, INK, bold=True)
        baseline += 27
    canvas.text(x + _NAME, baseline, row.dish, 18, QUIET)
    if item.leftover_ratio is None:
        canvas.text(x + _RATIO_RIGHT, top + 43, NOT_MEASURED, 20, MISSING, align="right")
    else:
        text = percent(item.leftover_ratio)
        canvas.text(x + _RATIO_RIGHT, top + 46, text, 42, INK, bold=True, align="right")
    said = [one for one, _ in row.said]
    draw_gauge(canvas, x + _BAR, top + 18, _BAR_WIDTH, 26, item.leftover_ratio, item.interval, said)
    if item.leftover_ratio is not None and item.interval is not None:
        centre = x + _BAR + _BAR_WIDTH / 2
        canvas.text(centre, top + 65, interval_text(item.interval), 17, INK, align="middle")
    _draw_said(canvas, x, top, row)
    _draw_amounts(canvas, x + _AMOUNT_RIGHT, top, row.volume, row.mass)
    _draw_confidence(canvas, x + _SURE, top, item.confidence)
    baseline = y + row.height - _PADDING - _NOTE_LINE * (len(row.remarks) - 1) - 2
    tone = MISSING if item.leftover_ratio is None else QUIET
    for line in row.remarks:
        canvas.text(x + _NAME, baseline, line, _NOTE_SIZE, tone)
        baseline += _NOTE_LINE
    canvas.box(x, y + row.height - 1, WIDTH, 1, RULE)


def _draw_said(canvas: Canvas, x: int, top: int, row: Row) -> None:
    baseline = top + 20
    for one, notes in row.said:
        draw_mark(canvas, one.estimator, x + _SAID + 7, baseline - 6)
        canvas.text(x + _SAID + 24, baseline, ESTIMATOR_NAMES[one.estimator], 17, INK)
        ratio = "–" if one.ratio is None else percent(one.ratio)
        canvas.text(x + _LEFT_RIGHT, baseline, ratio, 17, INK, align="right")
        canvas.text(x + _SURE_RIGHT, baseline, f"{one.confidence:.2f}", 17, INK, align="right")
        weight = "–" if one.weight is None else percent(one.weight)
        canvas.text(x + _WEIGHT_RIGHT, baseline, weight, 17, INK, align="right")
        baseline += _LINE
        for note in notes:
            canvas.text(x + _SAID + 24, baseline - 4, note, 14, QUIET)
            baseline += _NOTE_LINE
    if not row.said:
        canvas.text(x + _SAID, baseline, "nothing", 17, MISSING)


def _draw_amounts(canvas: Canvas, right: int, top: int, volume: str, mass: str) -> None:
    if volume == mass == NOT_MEASURED:
        canvas.text(right, top + 20, NOT_MEASURED, 16, QUIET, align="right")
        return
    for baseline, text, missing in ((top + 22, volume, "no volume"), (top + 50, mass, "no mass")):
        if text == NOT_MEASURED:
            canvas.text(right, baseline, missing, 16, QUIET, align="right")
        else:
            canvas.text(right, baseline, text, 20, INK, align="right")


def _draw_confidence(canvas: Canvas, x: float, top: float, confidence: float | None) -> None:
    if confidence is None:
        canvas.text(x, top + 22, "–", 20, QUIET)
        return
    canvas.text(x, top + 22, f"{confidence:.2f}", 20, INK)
    canvas.box(x, top + 34, _SURE_WIDTH, 8, TRACK, radius=3)
    if confidence > 0:
        canvas.box(x, top + 34, max(6.0, min(1.0, confidence) * _SURE_WIDTH), 8, QUIET, radius=3)


def _amount(value: float | None, unit: str, about: str) -> str:
    return NOT_MEASURED if value is None else f"{about}{value:.0f} {unit}"
