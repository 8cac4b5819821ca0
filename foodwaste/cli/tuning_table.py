"""What ``foodwaste tune`` says at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foodwaste.cli.comparison_table import show as show_comparison

if TYPE_CHECKING:
    from optuna import Study

    from foodwaste.tune.outcome import Outcome

_SHOWN = 8


def show(outcome: Outcome, study: Study, stream: TextIO) -> None:
    """Writes the search, what mattered, the comparison, and the decision."""
    from foodwaste.tune.search import state_of

    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 110)
    state = state_of(study)
    start = "" if state.start is None else f", the old parameters {100 * state.start:.1f}"
    best = "–" if state.best is None else f"{100 * state.best:.1f}"
    console.print(
        f"{state.trials} trials, {state.pruned} given up early; best {best} points on the "
        f"searched meals{start}"
    )
    if outcome.importances:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for header in ("what mattered", "share", "found"):
            table.add_column(header)
        found = {
            **outcome.parameters.model_dump(),
            "threshold_method": outcome.parameters.threshold,
        }
        for name, share in list(outcome.importances.items())[:_SHOWN]:
            value = found.get(name, "")
            text = f"{value:.3g}" if isinstance(value, float) else str(value)
            table.add_row(name, f"{share:.0%}", text)
        console.print(table)
    show_comparison(outcome.held_out, stream)
    for guard in outcome.guards:
        show_comparison(guard, stream)
    style = "green" if outcome.adopted is not None else "yellow"
    console.print(Text(outcome.reason, style=style))
    if outcome.adopted is not None:
        console.print(f"new profile: {outcome.adopted}")


def as_json_text(outcome: Outcome, study: Study) -> str:
    """The same as one JSON object."""
    from foodwaste.tune.search import state_of

    state = state_of(study)
    return json.dumps(
        {
            "trials": state.trials,
            "given_up": state.pruned,
            "start": state.start,
            "best": state.best,
            "parameters": outcome.parameters.model_dump(mode="json"),
            "importances": dict(outcome.importances),
            "held_out": outcome.held_out.model_dump(mode="json"),
            "guards": [guard.model_dump(mode="json") for guard in outcome.guards],
            "adopted": None if outcome.adopted is None else str(outcome.adopted),
            "reason": outcome.reason,
        },
        ensure_ascii=False,
    )
