"""The results as a spreadsheet: one row per compartment, UTF-8 with a mark that Excel needs."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from foodwaste.batch.options import Language
from foodwaste.batch.store import CannotWrite, Store
from foodwaste.batch.words import word

FILE_NAME = "results.csv"

_COLUMNS = (
    "picture",
    "status",
    "compartment",
    "dish",
    "leftover_ratio",
    "interval_low",
    "interval_high",
    "confidence",
    "volume_ml",
    "mass_g",
    "reference",
    "reason",
    "notes",
)

#: A spreadsheet takes a cell that begins with one of these for a formula, whoever named the file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_table(store: Store, folder: Path, language: Language) -> Path:
    """Writes ``results.csv`` into ``folder``, whole or not at all.

    A picture that failed has one row without a compartment.

    Raises:
        CannotWrite: the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([word(name, language) for name in _COLUMNS])
    with_rows = set()
    rows = []
    for item in store.compartments():
        with_rows.add(item["path"])
        rows.append((item["path"], item["position"], item))
    rows += [(t["path"], 0, _failed(t)) for t in store.trays() if t["path"] not in with_rows]
    for path, _, item in sorted(rows, key=lambda row: row[:2]):
        writer.writerow([_cell(name, {**item, "picture": path}, language) for name in _COLUMNS])
    return write_whole(folder / FILE_NAME, text.getvalue().encode("utf-8-sig"))


def write_whole(path: Path, data: bytes) -> Path:
    """Writes a file so that the old one stays until the new one is complete.

    Raises:
        CannotWrite: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise CannotWrite(f"{path}: cannot be written ({reason.lower()})") from error
    return path


def _failed(tray: dict[str, Any]) -> dict[str, Any]:
    return {"status": tray["status"], "reason": tray["reason"]}


def _cell(name: str, item: dict[str, Any], language: Language) -> object:
    value = item.get(name)
    if name in ("status", "reference") and value is not None:
        return word(value, language)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
