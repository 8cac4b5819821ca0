"""The table that ``foodwaste compare`` shows."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foodwaste.cli.evaluation_table import points
from foodwaste.evaluate.compare import Comparison, Difference


def show(comparison: Comparison, stream: TextIO) -> None:
    """Writes A against B to ``stream``, in points; a negative difference is better for B."""
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 110)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(f"{comparison.dataset}: MAE", overflow="fold")
    for header in ("n", "A", "B", "B - A", "95 % interval"):
        table.add_column(header, justify="right")
    for row in (comparison.overall, *comparison.dishes):
        table.add_row(*_row(row))
    console.print()
    console.print(Text(f"A is {comparison.a}, B is {comparison.b}", style="bold"))
    console.print(table)
    if comparison.only_a or comparison.only_b:
        console.print(
            f"not measured by one of them: {comparison.only_a} only by A, {comparison.only_b} "
            "only by B"
        )
    console.print(Text(comparison.verdict(), style="bold"))


def _row(row: Difference) -> tuple[str, ...]:
    interval = "–"
    if row.interval is not None:
        low, high = (points(value, signed=True) for value in row.interval)
        interval = f"{low} to {high}"
    return (
        row.name,
        str(row.count),
        points(row.mae_a),
        points(row.mae_b),
        points(row.difference, signed=True),
        interval,
    )
