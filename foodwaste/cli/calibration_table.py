"""What ``foodwaste calibrate`` says on a terminal: what it measured, and what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from foodwaste.calibrate import Calibration, Target
    from foodwaste.profile import Profile, Serving


def show(found: Calibration, target: Target, written: list[Path], stream: TextIO) -> None:
    """Writes what was measured to ``stream``, in colour on a terminal only."""
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 100)
    layout = found.profile.layout
    title = Text(found.profile.name, style="bold")
    console.print(title.append(f"  {layout.width_mm:g} × {layout.height_mm:g} mm", style="default"))
    for what, sight in (("empty tray", found.empty), ("served tray", found.served)):
        if sight is not None:
            line = (
                f"{what} found, fit {sight.location.score:.2f}, turned {sight.location.turn_deg}°"
            )
            console.print(Text(line, style="dim"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("compartment", overflow="fold")
    table.add_column("depth", justify="right", no_wrap=True)
    table.add_column("holds", justify="right", no_wrap=True)
    table.add_column("standard serving", overflow="fold")
    for name, well in layout.compartments.items():
        label = name if well.label.ko is None else f"{name} {well.label.ko}"
        table.add_row(
            label,
            f"{well.depth_mm:g} mm",
            f"{well.capacity_ml:.0f} ml",
            _serving(found.profile, name, found.profile.servings.get(name)),
        )
    console.print(table)
    for path in written:
        console.print(Text(f"wrote {path}"), soft_wrap=True)
    command = f"foodwaste analyze after.jpg --profile {shlex.quote(str(target.path))}"
    console.print(Text(f"next: {command} --audit sheet.png"), soft_wrap=True)


def _serving(profile: Profile, name: str, serving: Serving | None) -> str:
    if serving is None:
        return "unknown"
    parts = [] if serving.dish is None else [serving.dish]
    if serving.area_fraction is not None and not profile.is_liquid(name):
        parts.append(f"{100 * serving.area_fraction:.0f} % of the well")
    if serving.volume_ml is not None:
        parts.append(f"{serving.volume_ml:.0f} ml")
    if serving.mass_g is not None:
        parts.append(f"{serving.mass_g:.0f} g")
    return ", ".join([*parts, f"± {100 * serving.relative_error:.0f} %"])
