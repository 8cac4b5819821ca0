"""The evaluation as one self-contained HTML page that a dietitian can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from foodwaste.evaluate.cases import case_pictures
from foodwaste.evaluate.charts import Bar, Dot, bars, bland_altman, scatter
from foodwaste.evaluate.compare import Comparison, Pair, largest_changes
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.record import Record
from foodwaste.evaluate.run import Results
from foodwaste.evaluate.summary import Score, Summary

_WORST = 12
_CHANGES = 12
_STYLE = """
body{font:15px/1.45 sans-serif;color:#222;max-width:1000px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}
table{border-collapse:collapse}td,th{padding:.2em .8em .2em 0;text-align:right;
border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}
.cases{display:flex;flex-wrap:wrap;gap:1em}.case{font-size:13px;max-width:480px}
.case img{display:block;max-width:100%}.note{color:#8a5a00}
"""


def evaluation_page(summary: Summary, results: Results, judge: Judge) -> str:
    """The whole page. Pictures of the worst cases are analysed again to be drawn."""
    records = [record for record in results.records if record.answer is not None]
    own = summary.methods[0] if summary.methods else None
    body = [
        f"<h1>How well are leftovers read? {escape(summary.dataset)}</h1>",
        f"<p>Profile <b>{escape(summary.profile)}</b>, policy {escape(summary.policy)}. "
        f"{summary.trays} trays of {summary.meals} meals, {summary.compartments} compartments "
        f"with a known truth, {summary.unanswered} not measured, {len(summary.failed)} pictures "
        "failed.</p>",
        *(f'<p class="note">{escape(note)}</p>' for note in summary.notes),
        "<p>One <b>point</b> is a hundredth of what was served. The <b>mean error</b> says how "
        "many points a reading is off, up or down; the <b>bias</b> whether it is off in one "
        "direction.</p>",
        "<h2>Beside simpler ways</h2>",
        bars(_method_bars(summary.methods), title="Mean error by way of answering"),
        _score_table(summary.methods),
    ]
    if own is not None and records:
        dots = [_dot(record) for record in records]
        limits = own.limits or (0.0, 0.0)
        body += [
            "<h2>Every reading</h2>",
            "<p>Each dot is one dish on one tray; soups and stews are orange.</p>",
            scatter(dots),
            bland_altman(dots, own.bias or 0.0, limits),
        ]
    for name in ("dish", "amount", "kind"):
        scores = [score for score in summary.groups[name] if score.count]
        if len(scores) > 1:
            body.append(f"<h2>Mean error by {escape(name)}</h2>")
            body.append(bars(_method_bars(scores), title=f"Mean error by {name}"))
    body += _interval_part(summary)
    worst = sorted(records, key=lambda record: -abs(record.error or 0.0))[:_WORST]
    body.append("<h2>The worst readings</h2>")
    body.append("<p>As served, after the meal, and outlined what was counted as food.</p>")
    body.append(_cases((r, judge, results) for r in worst))
    return _page(f"Evaluation: {summary.dataset}", body)


def comparison_page(
    comparison: Comparison, a: tuple[Results, Judge], b: tuple[Results, Judge]
) -> str:
    """A against B with the largest wins and losses as pictures."""
    changes = largest_changes(a[0].records, b[0].records, _CHANGES)
    wins = [pair for pair in changes if _gain(pair) < 0]
    losses = [pair for pair in reversed(changes) if _gain(pair) > 0]
    rows = [comparison.overall, *comparison.dishes]
    body = [
        f"<h1>{escape(comparison.a)} (A) against {escape(comparison.b)} (B)</h1>",
        f"<p><b>{escape(comparison.verdict())}</b></p>",
        f"<p>{escape(comparison.dataset)}: {comparison.trays} trays of {comparison.meals} meals. "
        "Mean errors in points (hundredths of what was served); a negative difference is "
        "better for B.</p>",
        "<table><tr><th>dish<th>n<th>A<th>B<th>B − A<th>95 % interval</tr>",
        *(
            f"<tr><td>{escape(row.name)}<td>{row.count}<td>{100 * row.mae_a:.1f}"
            f"<td>{100 * row.mae_b:.1f}<td>{100 * row.difference:+.1f}"
            f"<td>{_range(row.interval)}</tr>"
            for row in rows
        ),
        "</table>",
        "<h2>Where B reads better</h2>",
        _cases((pair[1], b[1], b[0], pair) for pair in wins),
        "<h2>Where B reads worse</h2>",
        _cases((pair[1], b[1], b[0], pair) for pair in losses),
    ]
    return _page(f"{comparison.a} against {comparison.b}", body)


def _page(title: str, body: Iterable[str]) -> str:
    inner = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head><body>\n{inner}\n</body></html>\n"
    )


def _method_bars(scores: Iterable[Score]) -> list[Bar]:
    return [
        Bar(score.name, score.mae, score.mae_interval, note=f"({score.count})")
        for score in scores
        if score.mae is not None
    ]


def _score_table(scores: Iterable[Score]) -> str:
    rows = "".join(
        f"<tr><td>{escape(score.name)}<td>{score.count}<td>{_points(score.mae)}"
        f"<td>{_range(score.mae_interval, signed=False)}<td>{_points(score.bias, signed=True)}"
        f"<td>{_range(score.limits)}<td>{_clean(score)}</tr>"
        for score in scores
    )
    return (
        "<table><tr><th>answered by<th>n<th>mean error<th>95 % interval<th>bias"
        f"<th>95 % of readings<th>eaten clean reads ≤ 5 %</tr>{rows}</table>"
    )


def _interval_part(summary: Summary) -> list[str]:
    if not summary.intervals:
        return []
    rows = [
        Bar(row.name, row.coverage, note=f"% of {row.count}, {100 * row.width:.0f} points wide")
        for row in summary.intervals
    ]
    return [
        "<h2>Do the intervals hold?</h2>",
        "<p>Every reading comes with an interval that should hold the truth in 90 of 100 cases "
        "(the dashed line).</p>",
        bars(rows, title="How often the truth lies in the interval", mark=0.9),
    ]


def _cases(
    cases: Iterable[tuple[Record, Judge, Results] | tuple[Record, Judge, Results, Pair]],
) -> str:
    parts = []
    for record, judge, results, *pair in cases:
        picture = case_pictures(record, judge, results.dataset)
        read = f"read {100 * (record.answer or 0.0):.0f} %"
        if pair:
            first = pair[0][0]
            read = f"A {100 * (first.answer or 0.0):.0f} %, B {100 * (record.answer or 0.0):.0f} %"
        text = f"{record.dish or record.compartment}: really {100 * record.truth:.0f} %, {read}"
        parts.append(f'<div class="case">{picture}{escape(text)}</div>')
    return f'<div class="cases">{"".join(parts)}</div>' if parts else "<p>None.</p>"


def _dot(record: Record) -> Dot:
    name = record.dish or record.compartment
    return Dot(record.truth, record.answer or 0.0, name, record.kind == "liquid")


def _gain(pair: Pair) -> float:
    a, b = pair
    return abs(b.error or 0.0) - abs(a.error or 0.0)


def _points(value: float | None, *, signed: bool = False) -> str:
    if value is None or value != value:  # NaN
        return "–"
    return f"{100 * value:+.1f}" if signed else f"{100 * value:.1f}"


def _range(interval: Sequence[float] | None, *, signed: bool = True) -> str:
    if interval is None:
        return "–"
    return f"{_points(interval[0], signed=signed)} to {_points(interval[1], signed=signed)}"


def _clean(score: Score) -> str:
    if score.clean_share is None:
        return "–"
    return f"{score.clean_share:.0%} of {score.clean_count}"
