"""Pairs from a CSV: columns ``after``, ``before`` and, where wanted, ``meal_reference``."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from foodwaste.batch.pair import Pairing, TrayPictures, key_in
from foodwaste.errors import UsageError


def pair_by_table(folder: Path, table: Path) -> Pairing:
    """The trays that the table lists, in its order; paths are relative to the table.

    A manifest of labelled trays (one row per compartment) works too: a picture listed again
    with the same partners is one tray.

    Raises:
        UsageError: the table cannot be read, lacks a column, or contradicts itself.
    """
    trays: dict[str, TrayPictures] = {}
    for number, row in _rows(table):
        after = (row.get("after") or "").strip()
        if not after:
            raise UsageError(f"{table}, line {number}: no 'after' picture")
        image = _path(table, after)
        tray = TrayPictures(
            key=key_in(folder, image),
            image=image,
            before=_optional(table, row.get("before")),
            meal_reference=_optional(table, row.get("meal_reference")),
        )
        if trays.setdefault(tray.key, tray) != tray:
            raise UsageError(f"{table}, line {number}: {after} is listed with two partners")
    return Pairing(list(trays.values()))


def _rows(table: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if "after" not in (reader.fieldnames or ()):
                raise UsageError(f"{table}: the first line must name a column 'after'")
            return [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{table}: cannot be read as a CSV table ({error})") from error


def _optional(table: Path, text: str | None) -> Path | None:
    return _path(table, text.strip()) if text and text.strip() else None


def _path(table: Path, text: str) -> Path:
    return Path(os.path.normpath(table.parent / text))
