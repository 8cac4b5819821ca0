"""What the sheet's lines, stripes and marks mean."""

from __future__ import annotations

import numpy as np

from foodwaste.audit.canvas import Canvas
from foodwaste.audit.gauge import draw_gauge, draw_mark
from foodwaste.audit.palette import FOOD, INK, MISSING, RESIDUE, TRACK, WHITE
from foodwaste.audit.tray_picture import hatch
from foodwaste.audit.wording import ESTIMATOR_NAMES

_LINE = 34
_SIZE = 17


def legend_height(estimators: list[str], *, any_missing: bool) -> int:
    """Pixels the legend takes."""
    return _LINE * (4 + int(any_missing) + len(estimators))


def draw_legend(
    canvas: Canvas, x: int, y: int, estimators: list[str], *, any_missing: bool
) -> None:
    """Draws the legend with its top left corner at ``x, y``."""
    text_x = x + 74
    canvas.box(x, y + 4, 56, 22, TRACK)
    canvas.line([(x + 6, y + 15), (x + 50, y + 15)], WHITE, 6)
    canvas.line([(x + 6, y + 15), (x + 50, y + 15)], FOOD, 3)
    canvas.text(text_x, y + 21, "food that was found", _SIZE, INK)
    y += _LINE
    swatch = np.full((22, 56, 3), TRACK, np.uint8)
    hatch(swatch, np.ones((22, 56), bool))
    canvas.paste(x, y + 4, swatch)
    canvas.line([(x, y + 4), (x + 55, y + 4), (x + 55, y + 25), (x, y + 25)], RESIDUE, closed=True)
    canvas.text(text_x, y + 21, "residue: seen, not counted as food", _SIZE, INK)
    y += _LINE
    canvas.box(x, y + 4, 56, 22, TRACK)
    for colour, thickness in ((INK, 3), (WHITE, 1)):
        canvas.line([(x + 6, y + 15), (x + 50, y + 15)], colour, thickness)
    canvas.text(text_x, y + 21, "edge of the tray and of its wells", _SIZE, INK)
    y += _LINE
    if any_missing:
        for start in range(x + 2, x + 50, 12):
            canvas.line([(start, y + 15), (start + 6, y + 15)], MISSING, 3)
        canvas.text(text_x, y + 21, "not measured", _SIZE, INK)
        y += _LINE
    draw_gauge(canvas, x, y + 4, 56, 22, 0.6, (0.4, 0.85))
    canvas.text(text_x, y + 21, "left over, and its 90 % interval", _SIZE, INK)
    y += _LINE
    for estimator in estimators:
        draw_mark(canvas, estimator, x + 28, y + 15)
        canvas.text(text_x, y + 21, f"what {ESTIMATOR_NAMES[estimator]} says", _SIZE, INK)
        y += _LINE
