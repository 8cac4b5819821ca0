"""``foodwaste profiles``: what trays are known."""

from __future__ import annotations

from typing import Annotated

import typer


def profiles(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """List the shipped tray profiles.

    Example: foodwaste profiles
    """
    import json

    from rich.console import Console
    from rich.table import Table

    from foodwaste.cli.streams import protected_stdout
    from foodwaste.profile import available_profiles, load_profile

    with protected_stdout() as out:
        loaded = [load_profile(name) for name in available_profiles()]
        if as_json:
            rows = [
                {
                    "name": item.profile.name,
                    "title": item.profile.title,
                    "path": str(item.path),
                    "size_mm": [item.profile.layout.width_mm, item.profile.layout.height_mm],
                    "compartments": list(item.profile.layout.compartments),
                }
                for item in loaded
            ]
            print(json.dumps(rows, ensure_ascii=False), file=out)
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for header in ("name", "tray", "size, mm", "compartments"):
            table.add_column(header, overflow="fold")
        for item in loaded:
            layout = item.profile.layout
            table.add_row(
                item.profile.name,
                item.profile.title,
                f"{layout.width_mm:g} × {layout.height_mm:g}",
                ", ".join(layout.compartments),
            )
        Console(file=out, highlight=False, width=None if out.isatty() else 110).print(table)
