"""``foodwaste doctor``: what this machine has, what is missing, and what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from foodwaste.errors import ExitCode

if TYPE_CHECKING:
    from foodwaste.doctor import Check

_STYLES = {"ok": "green", "warn": "yellow", "missing": "bold red"}


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what this machine has, what is missing, and the command that mends it.

    Exits with 3 when something is missing.

    Example: foodwaste doctor
    """
    import json
    from dataclasses import asdict

    from foodwaste.cli.streams import protected_stdout
    from foodwaste.doctor import examine, worst

    with protected_stdout() as out:
        checks = examine()
        status = worst(checks)
        if as_json:
            found = {"status": status, "checks": [asdict(check) for check in checks]}
            print(json.dumps(found, ensure_ascii=False), file=out)
        else:
            _show(checks, out)
    if status == "missing":
        raise typer.Exit(ExitCode.MISSING)


def _show(checks: list[Check], stream: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Commands are there to be copied: on a file they are not wrapped.
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 240)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        table.add_row(
            Text(check.status, style=_STYLES[check.status]), check.name, Text(check.detail)
        )
    console.print(table)
    faults = [check for check in checks if check.status != "ok"]
    for check in faults:
        console.print(
            Text(f"{check.name}: {check.mend}" if check.mend else check.name), soft_wrap=True
        )
    missing = sum(check.status == "missing" for check in faults)
    console.print(f"{missing} missing, {len(faults) - missing} to look at")
