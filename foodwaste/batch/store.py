"""The results of a folder run: one SQLite file, one transaction per tray, one row per picture.

The file is in WAL mode with ``synchronous = NORMAL``: a killed process loses nothing that was
recorded; a power cut may lose the last trays, which the next run makes again, and never the
file.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foodwaste.errors import ExitCode, FoodwasteError, UsageError
from foodwaste.report import TrayReport

SCHEMA_VERSION = 1
FILE_NAME = "results.sqlite"

_SCHEMA = """
CREATE TABLE trays (
    path TEXT PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('ok', 'fallback', 'failed')),
    reason TEXT,
    failure TEXT,
    profile TEXT NOT NULL,
    before TEXT,
    meal_reference TEXT,
    leftover_ratio REAL,
    interval_low REAL,
    interval_high REAL,
    volume_ml REAL,
    mass_g REAL,
    fingerprint TEXT,
    report TEXT NOT NULL,
    elapsed_s REAL NOT NULL,
    recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) WITHOUT ROWID;
CREATE TABLE compartments (
    path TEXT NOT NULL REFERENCES trays (path) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    compartment TEXT NOT NULL,
    dish TEXT,
    leftover_ratio REAL,
    interval_low REAL,
    interval_high REAL,
    confidence REAL,
    volume_ml REAL,
    mass_g REAL,
    reference TEXT,
    notes TEXT NOT NULL,
    PRIMARY KEY (path, compartment)
) WITHOUT ROWID;
CREATE TABLE left_over (path TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
"""

_TRAY_COLUMNS = (
    "path, status, reason, failure, profile, before, meal_reference, leftover_ratio, "
    "interval_low, interval_high, volume_ml, mass_g, fingerprint, report, elapsed_s"
)
_COMPARTMENT_COLUMNS = (
    "path, position, compartment, dish, leftover_ratio, interval_low, interval_high, "
    "confidence, volume_ml, mass_g, reference, notes"
)


class CannotWrite(FoodwasteError):  # noqa: N818 - names the finding
    """The results cannot be written any further; what was recorded stays."""

    exit_code = ExitCode.SOME_FAILED


@dataclass(frozen=True)
class Recorded:
    """One picture's result with what it was made from."""

    path: str
    report: TrayReport
    fingerprint: str | None
    before: str | None = None
    meal_reference: str | None = None


class Store:
    """The database of one results folder.

    Raises:
        UsageError: there is a file that is no such database or has another schema.
        CannotWrite: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._open()
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _open(self) -> None:
        self._db.execute("PRAGMA foreign_keys = ON")
        try:
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise UsageError(f"{self.path} is no database: choose another --out") from error
        if tables and version != SCHEMA_VERSION:
            raise UsageError(
                f"{self.path} has schema {version}, this version of foodwaste writes "
                f"{SCHEMA_VERSION}: choose another --out"
            )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if not tables:
            self._db.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )

    def record(self, result: Recorded) -> None:
        """Writes one picture's result in one transaction, in place of an earlier one.

        Raises:
            CannotWrite: the disk is full or gone; nothing of this tray is written then.
        """
        with self._transaction():
            self._db.execute("DELETE FROM trays WHERE path = ?", (result.path,))
            _insert(self._db, "trays", _TRAY_COLUMNS, [_tray_row(result)])
            _insert(self._db, "compartments", _COMPARTMENT_COLUMNS, _compartment_rows(result))

    def set_left_over(self, pictures: Iterable[tuple[str, str]]) -> None:
        """Notes the pictures that belong to no tray, with the reasons."""
        with self._transaction():
            self._db.execute("DELETE FROM left_over")
            self._db.executemany("INSERT OR REPLACE INTO left_over VALUES (?, ?)", list(pictures))

    def done(self) -> dict[str, tuple[str | None, str]]:
        """Fingerprint and status of every recorded picture, by path."""
        rows = self._db.execute("SELECT path, fingerprint, status FROM trays")
        return {path: (fingerprint, status) for path, fingerprint, status in rows}

    def trays(self) -> Iterator[dict[str, Any]]:
        """All trays in the order of their paths, as column by column."""
        yield from self._rows("SELECT * FROM trays ORDER BY path")

    def compartments(self) -> Iterator[dict[str, Any]]:
        """All compartments, with their tray's status and reason, in order."""
        yield from self._rows(
            "SELECT compartments.*, trays.status, trays.reason, trays.profile FROM compartments "
            "JOIN trays USING (path) ORDER BY path, position"
        )

    def left_over(self) -> list[tuple[str, str]]:
        """Pictures that belong to no tray."""
        return list(self._db.execute("SELECT path, reason FROM left_over ORDER BY path"))

    def content(self) -> dict[str, Any]:
        """Everything but the clock's part, by path: what two equal runs agree on."""
        return {row["path"]: _timeless(row) for row in self.trays()}

    def close(self) -> None:
        """Closes the file; a WAL that cannot be folded in now is at the next opening."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def _rows(self, query: str) -> Iterator[dict[str, Any]]:
        cursor = self._db.execute(query)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
            raise self._trouble(error) from error

    def _trouble(self, error: sqlite3.Error) -> CannotWrite:
        return CannotWrite(
            f"{self.path}: {error}; what was recorded so far is safe: make room or mend the "
            "folder and give the same command again"
        )


def _insert(db: sqlite3.Connection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _tray_row(result: Recorded) -> tuple[Any, ...]:
    report = result.report
    low, high = report.tray.interval or (None, None)
    return (
        result.path,
        report.status,
        report.reason,
        report.failure,
        report.profile,
        result.before,
        result.meal_reference,
        report.tray.leftover_ratio,
        low,
        high,
        report.tray.volume_ml,
        report.tray.mass_g,
        result.fingerprint,
        report.to_json(),
        report.elapsed_s,
    )


def _compartment_rows(result: Recorded) -> list[tuple[Any, ...]]:
    rows = []
    for position, item in enumerate(result.report.compartments):
        low, high = item.interval or (None, None)
        rows.append(
            (
                result.path,
                position,
                item.id,
                item.dish,
                item.leftover_ratio,
                low,
                high,
                item.confidence,
                item.volume_ml,
                item.mass_g,
                item.reference,
                "; ".join(item.notes),
            )
        )
    return rows


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in ("elapsed_s", "recorded_at")}
    report = json.loads(kept.pop("report"))
    report.pop("elapsed_s")
    report["stages"] = [stage["name"] for stage in report["stages"]]
    return {**kept, "report": report}
