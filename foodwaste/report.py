"""The report on one tray: plain, validated, versioned data (schema 1).

Tables, pictures, CSV and databases are views of it. A number that could not be measured is
``None``, never 0.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1

Status = Literal["ok", "fallback", "failed"]
Reference = Literal["before", "meal", "serving"]
Failure = Literal["unreadable", "no-tray", "crashed", "internal"]


class Plain(BaseModel):
    """Immutable, JSON-able, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageTime(Plain):
    """One stage that ran, and what it cost."""

    name: str
    elapsed_s: float


class EvidenceReport(Plain):
    """What one estimator said."""

    amount: float
    leftover_ratio: float | None
    confidence: float
    notes: tuple[str, ...] = ()


class CompartmentReport(Plain):
    """One dish. ``interval`` is the 90 % interval of ``leftover_ratio``."""

    id: str
    dish: str | None = None
    leftover_ratio: float | None = None
    interval: tuple[float, float] | None = None
    confidence: float | None = None
    volume_ml: float | None = None
    mass_g: float | None = None
    reference: Reference | None = None
    weights: dict[str, float] = Field(default_factory=dict)
    evidence: dict[str, EvidenceReport] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()


class TrayTotals(Plain):
    """The whole tray, over the compartments that could be measured."""

    leftover_ratio: float | None = None
    interval: tuple[float, float] | None = None
    volume_ml: float | None = None
    mass_g: float | None = None


class TrayReport(Plain):
    """One photograph's answer."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    image: str
    before: str | None = None
    profile: str
    status: Status
    reason: str | None = None
    failure: Failure | None = Field(default=None, description="kind of failure, for machines")
    elapsed_s: float
    stages: tuple[StageTime, ...] = ()
    compartments: tuple[CompartmentReport, ...] = ()
    tray: TrayTotals = TrayTotals()
    notes: tuple[str, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def to_json(self, *, indent: int | None = None) -> str:
        """One JSON object, UTF-8 text, Korean left readable."""
        return self.model_dump_json(by_alias=True, indent=indent)
