"""The table that ``foodwaste analyze`` shows on a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foodwaste.profile import Profile
from foodwaste.report import CompartmentReport, TrayReport

_BAR_WIDTH = 10
_REFERENCES = {
    "before": "the before picture",
    "meal": "the meal's reference tray",
    "serving": "the profile's standard serving",
}


def show(report: TrayReport, profile: Profile, stream: TextIO) -> None:
    """Writes one tray's table to ``stream``, in colour on a terminal only."""
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 100)
    title = Text(report.image, style="bold")
    if report.status == "failed":
        console.print(title.append(f"  failed: {report.reason}", style="red"))
        return
    console.print(title)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in ("compartment", "dish"):
        table.add_column(header, overflow="fold")
    for header in ("left over", "90 % interval", "volume", "mass", "sure"):
        table.add_column(header, justify="right", no_wrap=True)
    for item in report.compartments:
        table.add_row(*_row(item, profile))
    total = report.tray
    table.add_section()
    table.add_row(
        Text("tray", style="bold"),
        "",
        _share(total.leftover_ratio),
        _interval(total.interval),
        _unit(total.volume_ml, "ml"),
        _unit(total.mass_g, "g"),
        "",
    )
    console.print(table)
    for line in _footer(report):
        console.print(Text(line, style="dim" if report.status == "ok" else "yellow"))


def _row(item: CompartmentReport, profile: Profile) -> list[str | Text]:
    label = profile.layout.compartments[item.id].label
    name = item.id if label.ko is None else f"{item.id} {label.ko}"
    return [
        name,
        item.dish or "",
        _share(item.leftover_ratio),
        _interval(item.interval),
        _unit(item.volume_ml, "ml"),
        _unit(item.mass_g, "g"),
        "" if item.confidence is None else f"{item.confidence:.2f}",
    ]


def _share(ratio: float | None) -> Text:
    if ratio is None:
        return Text("not measured", style="yellow")
    filled = round(ratio * _BAR_WIDTH)
    bar = "█" * filled + "·" * (_BAR_WIDTH - filled)
    return Text(f"{bar} {ratio:4.0%}")


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.0%} – {interval[1]:.0%}"


def _unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.0f} {unit}"


def _footer(report: TrayReport) -> list[str]:
    lines = []
    if report.status == "fallback":
        lines.append(f"fallback: {report.reason}")
    references = {item.reference for item in report.compartments if item.reference is not None}
    compared = ", ".join(_REFERENCES[name] for name in sorted(references))
    lines.append(
        f"compared with {compared or 'nothing'}; profile {report.profile}; {report.elapsed_s:.2f} s"
    )
    lines.extend(report.notes)
    for item in report.compartments:
        lines.extend(f"{item.id}: {note}" for note in item.notes)
    return lines
