"""Charts as inline SVG: no script, no file beside the page, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 26, 14, 44
_DOT = "#0b6e99"
_DOT_LIQUID = "#c2571a"
_INK = "#333"
_FAINT = "#d8d8d8"


@dataclass(frozen=True, slots=True)
class Dot:
    """One compartment: what was true, what was read, and what to show when pointed at."""

    truth: float
    answer: float
    label: str
    liquid: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart; shares 0..1, ``interval`` drawn as a whisker."""

    name: str
    value: float
    interval: tuple[float, float] | None = None
    note: str = ""


def scatter(dots: Sequence[Dot]) -> str:
    """What was read against what was true; on the line is right."""
    parts = [_axes("really left over", "read", (0.0, 1.0), (0.0, 1.0))]
    parts.append(_line((0, 0), (1, 1), (0.0, 1.0), (0.0, 1.0), dashed=True))
    parts += [_dot(dot.truth, dot.answer, dot, (0.0, 1.0), (0.0, 1.0)) for dot in dots]
    return _svg(parts, "What was read against what was really left over")


def bland_altman(dots: Sequence[Dot], bias: float, limits: tuple[float, float]) -> str:
    """How far off each reading was, with the mean and the limits that hold 95 % of them."""
    reach = max([0.25, *(abs(dot.answer - dot.truth) for dot in dots), *map(abs, limits)])
    y_range = (-reach, reach)
    parts = [_axes("mean of truth and reading", "reading − truth", (0.0, 1.0), y_range)]
    parts.append(_line((0, 0), (1, 0), (0.0, 1.0), y_range))
    for value, name in ((bias, "mean"), (limits[0], "95 %"), (limits[1], "95 %")):
        parts.append(_line((0, value), (1, value), (0.0, 1.0), y_range, dashed=True))
        x, y = _place(1.0, value, (0.0, 1.0), y_range)
        text = f"{name} {100 * value:+.0f}"
        parts.append(_text(x - 4, y - 4, text, anchor="end", size=11))
    parts += [
        _dot((dot.truth + dot.answer) / 2, dot.answer - dot.truth, dot, (0.0, 1.0), y_range)
        for dot in dots
    ]
    return _svg(parts, "How far off each reading was")


def bars(rows: Sequence[Bar], *, title: str, mark: float | None = None) -> str:
    """Horizontal bars with whiskers; ``mark`` draws one upright line, such as 90 %."""
    row_height, left, right, width = 24, 190, 120, 640
    most = max([0.05, *(row.value for row in rows), *(r.interval[1] for r in rows if r.interval)])
    most = max(most, mark or 0.0)
    span = width - left - right
    height = row_height * len(rows) + 12
    parts = []
    for index, row in enumerate(rows):
        y = 6 + index * row_height
        length = max(0.0, row.value) / most * span
        parts.append(_text(left - 8, y + 15, row.name, anchor="end"))
        parts.append(
            f'<rect x="{left}" y="{y + 4}" width="{length:.1f}" height="15" fill="{_DOT}"/>'
        )
        end = left + length
        if row.interval is not None:
            low, high = (left + max(0.0, value) / most * span for value in row.interval)
            parts.append(
                f'<path d="M{low:.1f} {y + 11.5}H{high:.1f}M{low:.1f} {y + 7}v9M{high:.1f} '
                f'{y + 7}v9" stroke="{_INK}" stroke-width="1.5" fill="none"/>'
            )
            end = max(end, high)
        note = f"  {row.note}" if row.note else ""
        parts.append(_text(end + 6, y + 15, f"{100 * row.value:.1f}{note}"))
    if mark is not None:
        x = left + mark / most * span
        parts.append(
            f'<path d="M{x:.1f} 2V{height - 4}" stroke="{_DOT_LIQUID}" stroke-dasharray="4 3"/>'
        )
    return _svg(parts, title, width=width, height=height)


def _svg(parts: Sequence[str], title: str, *, width: int = _WIDTH, height: int = _HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def _place(
    x: float, y: float, x_range: tuple[float, float], y_range: tuple[float, float]
) -> tuple[float, float]:
    across = (x - x_range[0]) / (x_range[1] - x_range[0])
    up = (y - y_range[0]) / (y_range[1] - y_range[0])
    return (
        _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
        _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
    )


def _axes(
    x_name: str, y_name: str, x_range: tuple[float, float], y_range: tuple[float, float]
) -> str:
    parts = []
    for step in range(5):
        share = step / 4
        x_value = x_range[0] + share * (x_range[1] - x_range[0])
        y_value = y_range[0] + share * (y_range[1] - y_range[0])
        x, bottom = _place(x_value, y_range[0], x_range, y_range)
        left, y = _place(x_range[0], y_value, x_range, y_range)
        top, right = _TOP, _WIDTH - _RIGHT
        parts.append(f'<path d="M{x:.1f} {bottom:.1f}V{top}" stroke="{_FAINT}"/>')
        parts.append(f'<path d="M{left:.1f} {y:.1f}H{right}" stroke="{_FAINT}"/>')
        parts.append(_text(x, bottom + 16, f"{100 * x_value:.0f} %", anchor="middle"))
        parts.append(_text(left - 6, y + 4, f"{100 * y_value:.0f}", anchor="end"))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(_text(middle, _HEIGHT - 8, x_name, anchor="middle"))
    parts.append(
        f'<text x="14" y="{_HEIGHT / 2:.0f}" transform="rotate(-90 14 {_HEIGHT / 2:.0f})" '
        f'text-anchor="middle" fill="{_INK}">{escape(y_name)}</text>'
    )
    return "".join(parts)


def _line(
    start: tuple[float, float],
    end: tuple[float, float],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    dashed: bool = False,
) -> str:
    (x0, y0), (x1, y1) = (_place(x, y, x_range, y_range) for x, y in (start, end))
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{_INK}"{dash}/>'


def _dot(
    x: float, y: float, dot: Dot, x_range: tuple[float, float], y_range: tuple[float, float]
) -> str:
    cx, cy = _place(x, y, x_range, y_range)
    colour = _DOT_LIQUID if dot.liquid else _DOT
    tip = f"{dot.label}: really {100 * dot.truth:.0f} %, read {100 * dot.answer:.0f} %"
    return (
        f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3.2" fill="{colour}" fill-opacity="0.45">'
        f"<title>{escape(tip)}</title></circle>"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{_INK}">{escape(text)}</text>'
    )
