"""The table that ``foodwaste analyze`` shows: as many columns as the terminal has room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foodwaste.profile import Profile
from foodwaste.report import CompartmentReport, TrayReport

_BAR_WIDTH = 10
#: On a file nothing is folded: programs read lines.
_FILE_WIDTH = 200
_GAP = 2
_REFERENCES = {
    "before": "the before picture",
    "meal": "the meal's reference tray",
    "serving": "the profile's standard serving",
}


#: What a narrow terminal goes without, first to last.
_LEAVE_OUT = ("sure", "label", "bar", "dish", "mass", "volume", "90 % interval")


@dataclass(frozen=True)
class _Column:
    """One column with its cells, the tray's last."""

    header: str
    cells: Sequence[Text]
    right: bool = True

    @property
    def width(self) -> int:
        return max(cell_len(self.header), *(cell.cell_len for cell in self.cells))


def show(report: TrayReport, profile: Profile, stream: TextIO) -> None:
    """Writes one tray's table to ``stream``, in colour on a terminal only."""
    on_terminal = stream.isatty()
    console = Console(file=stream, highlight=False, width=None if on_terminal else _FILE_WIDTH)
    title = Text(report.image, style="bold")
    if report.status == "failed":
        title.append(f"  failed: {report.reason}", style="red")
        console.print(title, soft_wrap=not on_terminal)
        return
    console.print(title, soft_wrap=not on_terminal)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    columns = _fitting(report, profile, console.width)
    for column in columns:
        table.add_column(
            column.header, justify="right" if column.right else "left", overflow="fold"
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*cells)
    console.print(table)
    for line in _footer(report):
        style = "yellow" if line.startswith("fallback:") else "dim"
        console.print(Text(line, style=style), soft_wrap=not on_terminal)


def _fitting(report: TrayReport, profile: Profile, width: int) -> list[_Column]:
    """The columns that fit side by side."""
    columns = _columns(report, profile, ())
    for count in range(1, len(_LEAVE_OUT) + 1):
        if sum(column.width + _GAP for column in columns) - _GAP <= width:
            break
        columns = _columns(report, profile, _LEAVE_OUT[:count])
    return columns


def _columns(report: TrayReport, profile: Profile, without: Sequence[str]) -> list[_Column]:
    """All columns but those in ``without`` and those that nobody has anything for."""
    items, total = report.compartments, report.tray
    bar = "bar" not in without
    ratios = [_share(item.leftover_ratio, bar=bar) for item in items]
    ratios.append(_share(total.leftover_ratio, bar=bar, style="bold"))
    names = [_name(item, profile, label="label" not in without) for item in items]
    columns = [
        _column("compartment", names, "tray", right=False),
        _column("dish", [item.dish or "" for item in items], "", right=False),
        _Column("left over", ratios),
        _column("90 % interval", [_interval(i.interval) for i in items], _interval(total.interval)),
        _column("volume", [_unit(i.volume_ml, "ml") for i in items], _unit(total.volume_ml, "ml")),
        _column("mass", [_unit(i.mass_g, "g") for i in items], _unit(total.mass_g, "g")),
        _column("sure", [_sure(item.confidence) for item in items], ""),
    ]
    return [
        column
        for column in columns
        if column.header not in without and any(cell.plain for cell in column.cells)
    ]


def _column(header: str, cells: list[str], last: str, *, right: bool = True) -> _Column:
    return _Column(header, [*map(Text, cells), Text(last, style="bold")], right)


def _name(item: CompartmentReport, profile: Profile, *, label: bool) -> str:
    well = profile.layout.compartments.get(item.id)
    shown = label and well is not None and well.label.ko
    return f"{item.id} {shown}" if shown else item.id


def _share(ratio: float | None, *, bar: bool, style: str = "") -> Text:
    if ratio is None:
        return Text("not measured", style="yellow")
    return Text(f"{_bar(ratio)} {ratio:4.0%}" if bar else f"{ratio:.0%}", style=style)


def _bar(ratio: float) -> str:
    filled = round(ratio * _BAR_WIDTH)
    return "█" * filled + "·" * (_BAR_WIDTH - filled)


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.0%} – {interval[1]:.0%}"


def _unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.0f} {unit}"


def _sure(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.2f}"


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
    said: dict[str, list[str]] = {}
    for item in report.compartments:
        for note in item.notes:
            said.setdefault(note, []).append(item.id)
    lines.extend(f"{', '.join(names)}: {note}" for note, names in said.items())
    return lines
