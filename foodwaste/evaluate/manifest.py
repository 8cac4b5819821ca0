"""Reads the manifest of labelled trays (CSV, one row per compartment)."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from foodwaste.evaluate.labels import Dataset, DatasetError, Label, LabelledTray

COLUMNS = ("after", "before", "compartment", "dish", "leftover_ratio", "volume_ml", "mass_g")
#: Columns beyond DESIGN.md's that are read when they are there.
OPTIONAL = ("meal", "empty", "food_mask")
_SHOWN = 3
#: Scales, and remains pushed together, can say that a little more is left than was served.
_MOST_RATIO = 1.1


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: dict[str, str]


def read_manifest(path: Path, compartments: Collection[str]) -> Dataset:
    """Reads and checks a manifest; paths in it are relative to it.

    Args:
        path: the CSV file, UTF-8 (a byte-order mark is allowed).
        compartments: ids that the profile knows.

    Raises:
        DatasetError: the line and the column that are wrong, and how.
    """
    rows = _rows(path)
    groups: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        groups.setdefault((row.cells["after"], row.cells["before"]), []).append(row)
    _check_files(path, rows)
    trays = tuple(
        _tray(path, after, before, members, compartments)
        for (after, before), members in groups.items()
    )
    return Dataset(path.name, trays)


def _rows(path: Path) -> list[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DatasetError(f"manifest {path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"manifest {path}: not UTF-8 text (line {_line(error)})") from error
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise DatasetError(
            f"manifest {path}: no column {missing[0]!r}; the first line reads '{','.join(COLUMNS)}'"
        )
    rows = [
        _Row(reader.line_num, {key: (value or "").strip() for key, value in cells.items() if key})
        for cells in reader
    ]
    if not rows:
        raise DatasetError(f"manifest {path}: no labelled tray in it")
    return rows


def _line(error: UnicodeDecodeError) -> int:
    return bytes(error.object[: error.start]).count(b"\n") + 1


def _check_files(path: Path, rows: list[_Row]) -> None:
    missing: dict[str, int] = {}
    for row in rows:
        if not row.cells["after"]:
            raise DatasetError(f"manifest {path}, line {row.line}: no picture in column 'after'")
        for column in ("after", "before", "empty", "food_mask"):
            name = row.cells.get(column, "")
            if name and not (path.parent / name).is_file():
                missing.setdefault(name, row.line)
    if missing:
        shown = ", ".join(f"{name} (line {line})" for name, line in list(missing.items())[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise DatasetError(f"manifest {path}: {len(missing)} pictures are missing: {shown}{more}")


def _tray(
    path: Path, after: str, before: str, rows: list[_Row], compartments: Collection[str]
) -> LabelledTray:
    labels: dict[str, Label] = {}
    for row in rows:
        label = _label(path, row, compartments)
        if label.compartment in labels:
            raise DatasetError(
                f"manifest {path}, line {row.line}: compartment {label.compartment!r} of {after} "
                "is labelled twice"
            )
        labels[label.compartment] = label
    first = rows[0].cells
    picture = path.parent / after
    # 'foodwaste render' leaves the empty tray and each picture's truth beside the pictures.
    beside = {"empty": picture.with_name("empty.jpg"), "food_mask": picture.with_suffix(".npz")}
    optional = {
        name: path.parent / first[name] if first.get(name) else (file if file.is_file() else None)
        for name, file in beside.items()
    }
    return LabelledTray(
        after=picture,
        before=path.parent / before if before else None,
        meal=first.get("meal") or before or after,
        labels=tuple(labels.values()),
        empty=optional["empty"],
        food_mask=optional["food_mask"],
    )


def _label(path: Path, row: _Row, compartments: Collection[str]) -> Label:
    name = row.cells["compartment"]
    if name not in compartments:
        raise DatasetError(
            f"manifest {path}, line {row.line}: unknown compartment {name!r} "
            f"(the profile has: {', '.join(compartments)})"
        )
    ratio = _number(path, row, "leftover_ratio")
    if ratio is not None and ratio > _MOST_RATIO:
        hint = "; ratios are 0 to 1, not per cent" if ratio > 2 else ""
        raise DatasetError(
            f"manifest {path}, line {row.line}: leftover_ratio {ratio:g} is more than 1{hint}"
        )
    return Label(
        compartment=name,
        dish=row.cells["dish"] or None,
        leftover_ratio=None if ratio is None else min(ratio, 1.0),
        volume_ml=_number(path, row, "volume_ml"),
        mass_g=_number(path, row, "mass_g"),
    )


def _number(path: Path, row: _Row, column: str) -> float | None:
    text = row.cells[column]
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise DatasetError(
            f"manifest {path}, line {row.line}: {column} is a number of 0 or more, not {text!r}"
        )
    return value
