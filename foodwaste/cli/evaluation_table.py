"""The tables that ``foodwaste evaluate`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foodwaste.evaluate.summary import QuantityScore, Score, Summary

_SHOWN_GROUPS = ("dish", "amount", "kind", "status")


def show(summary: Summary, stream: TextIO) -> None:
    """Writes the summary to ``stream``; errors in points (hundredths of what was served)."""
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 110)
    console.print(
        Text(f"{summary.dataset}, profile {summary.profile}, policy {summary.policy}", style="bold")
    )
    console.print(
        f"{summary.trays} trays of {summary.meals} meals, {summary.compartments} compartments, "
        f"{summary.unanswered} not measured, {len(summary.failed)} pictures failed"
    )
    _scores(console, "answered by", summary.methods)
    for name in _SHOWN_GROUPS:
        if len(summary.groups[name]) > 1 or name == "dish":
            _scores(console, f"by {name}", summary.groups[name])
    _intervals(console, summary)
    _rest(console, summary)
    for note in summary.notes:
        console.print(Text(note, style="yellow"))


def points(value: float | None, *, signed: bool = False) -> str:
    """A share as points with one decimal; a dash for what is not known."""
    if value is None or value != value:  # NaN
        return "–"
    return f"{100 * value:+.1f}" if signed else f"{100 * value:.1f}"


def show_quantities(scores: Sequence[QuantityScore], stream: TextIO) -> None:
    """Writes errors of volumes or masses alone."""
    _quantities(Console(file=stream, highlight=False), scores)


def _quantities(console: Console, scores: Sequence[QuantityScore]) -> None:
    for item in scores:
        mape = "–" if item.mape is None else f"{item.mape:.1%}"
        console.print(
            f"{item.name}: MAPE {mape}, MAE / mean {item.mae_over_mean:.1%} ({item.count})"
        )


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, header in enumerate(headers):
        table.add_column(header, justify="left" if index == 0 else "right", overflow="fold")
    return table


def _scores(console: Console, title: str, scores: tuple[Score, ...]) -> None:
    table = _table(title, "n", "MAE", "95 % interval", "bias", "limits of agreement", "clean ≤ 5 %")
    for score in scores:
        table.add_row(
            score.name,
            str(score.count),
            points(score.mae),
            _range(score.mae_interval),
            points(score.bias, signed=True),
            _range(score.limits, signed=True),
            "–" if score.clean_share is None else f"{score.clean_share:.0%} of {score.clean_count}",
        )
    console.print()
    console.print(table)


def _range(interval: tuple[float, float] | None, *, signed: bool = False) -> str:
    if interval is None:
        return "–"
    low, high = (points(value, signed=signed) for value in interval)
    return f"{low} to {high}"


def _intervals(console: Console, summary: Summary) -> None:
    if not summary.intervals:
        return
    table = _table("90 % intervals", "n", "hold the truth", "mean width")
    for row in summary.intervals:
        table.add_row(row.name, str(row.count), f"{row.coverage:.1%}", points(row.width))
    console.print()
    console.print(table)


def _masks(console: Console, summary: Summary) -> None:
    if not summary.masks:
        return
    table = _table("food pixels", "n", "IoU", "Dice")
    for row in summary.masks:
        table.add_row(row.name, str(row.count), f"{row.iou:.3f}", f"{row.dice:.3f}")
    console.print()
    console.print(table)


def _rest(console: Console, summary: Summary) -> None:
    _masks(console, summary)
    console.print()
    _quantities(console, summary.quantities)
    if summary.food_accuracy is not None:
        console.print(f"food recognised: {summary.food_accuracy:.1%} of {summary.food_count}")
    if summary.latency is not None:
        late = summary.latency
        console.print(f"one photograph: median {late.median_s:.3f} s, 95 % {late.p95_s:.3f} s")
    days = [day for day in summary.days if day.trays_for_10_points is not None]
    if days:
        most = max(day.trays_for_10_points or 0 for day in days)
        console.print(
            f"to show that a dish changed by 10 points from one day to another: {most} trays "
            "on each day"
        )
