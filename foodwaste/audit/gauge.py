"""The bar of one leftover ratio: 0 to 100 %, its interval as a whisker, its estimators as marks."""

from __future__ import annotations

from collections.abc import Sequence

from foodwaste.audit.canvas import Canvas
from foodwaste.audit.palette import FOOD, INK, QUIET, TRACK, WHISKER, WHITE, Colour
from foodwaste.audit.wording import Said

_CAP_PX = 9


def draw_gauge(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    height: float,
    ratio: float | None,
    interval: tuple[float, float] | None,
    said: Sequence[Said] = (),
) -> None:
    """Draws the bar with its top left corner at ``x, y``; marks stand above it.

    Without a ratio the track stays empty and is drawn as a frame only: not a bar of 0 %.
    """
    if ratio is None:
        canvas.line(
            [(x, y), (x + width, y), (x + width, y + height), (x, y + height)],
            TRACK,
            2,
            closed=True,
        )
        return
    canvas.box(x, y, width, height, TRACK, radius=4)
    for quarter in (0.25, 0.5, 0.75):
        canvas.box(x + quarter * width - 0.5, y, 1, height, WHITE)
    if ratio > 0:
        canvas.box(x, y, max(2.0, ratio * width), height, FOOD, radius=min(4.0, ratio * width / 2))
    if interval is not None:
        _whisker(canvas, x + interval[0] * width, x + interval[1] * width, y + height / 2)
    for one in said:
        if one.ratio is not None:
            draw_mark(canvas, one.estimator, x + one.ratio * width, y - 9)


def draw_scale(canvas: Canvas, x: float, y: float, width: float) -> None:
    """Writes 0, 50 and 100 % along a bar; ``y`` is the baseline."""
    canvas.text(x, y, "0", 14, QUIET)
    canvas.text(x + width / 2, y, "50", 14, QUIET, align="middle")
    canvas.text(x + width, y, "100 %", 14, QUIET, align="right")


def draw_mark(canvas: Canvas, estimator: str, x: float, y: float, colour: Colour = INK) -> None:
    """An estimator's mark, told by shape: colour a disc, depth a diamond, quantity a triangle."""
    if estimator == "backprojection":
        canvas.disc(x, y, 5.5, colour)
    elif estimator == "depth":
        canvas.fill([(x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y)], colour)
    else:
        canvas.fill([(x - 6.5, y - 5), (x + 6.5, y - 5), (x, y + 6)], colour)


def _whisker(canvas: Canvas, left: float, right: float, y: float) -> None:
    for colour, grow in ((WHITE, 2), (WHISKER, 0)):
        thickness = 3 + 2 * grow
        canvas.line([(left, y), (right, y)], colour, thickness)
        for end in (left, right):
            canvas.line([(end, y - _CAP_PX), (end, y + _CAP_PX)], colour, thickness)
