"""The numbers of the summary page, from the rows of the store."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HISTOGRAM_BINS = 10
_EXAMPLES = 3


@dataclass
class DishFigures:
    """One dish over all trays.

    ``interval`` is the mean of the trays' intervals, not the interval of a mean of independent
    errors: what a dish's colour or gloss does to one tray it does to all of them.
    ``mass_g`` and ``volume_ml`` are sums over the trays where they were measured.
    """

    name: str
    trays: int = 0
    measured: int = 0
    ratio_sum: float = 0.0
    low_sum: float = 0.0
    high_sum: float = 0.0
    mass_g: float | None = None
    volume_ml: float | None = None
    histogram: list[int] = field(default_factory=lambda: [0] * HISTOGRAM_BINS)

    @property
    def mean(self) -> float | None:
        """Mean leftover ratio of the measured trays."""
        return self.ratio_sum / self.measured if self.measured else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Mean lower and upper bound."""
        if not self.measured:
            return None
        return self.low_sum / self.measured, self.high_sum / self.measured

    def add(self, row: dict[str, Any]) -> None:
        """Takes in one tray or compartment row."""
        self.trays += 1
        ratio = row["leftover_ratio"]
        if ratio is None:
            return
        self.measured += 1
        self.ratio_sum += ratio
        self.low_sum += row["interval_low"] if row["interval_low"] is not None else 0.0
        self.high_sum += row["interval_high"] if row["interval_high"] is not None else 1.0
        self.histogram[min(HISTOGRAM_BINS - 1, int(ratio * HISTOGRAM_BINS))] += 1
        if row["mass_g"] is not None:
            self.mass_g = (self.mass_g or 0.0) + row["mass_g"]
        if row["volume_ml"] is not None:
            self.volume_ml = (self.volume_ml or 0.0) + row["volume_ml"]


@dataclass
class Unmeasured:
    """One reason for which something could not be measured."""

    reason: str
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        """One more case."""
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)


def dish_figures(
    compartments: Iterable[dict[str, Any]], labels: Mapping[str, str]
) -> list[DishFigures]:
    """Figures per dish, most left first; what has no name goes by its compartment's label."""
    dishes: dict[str, DishFigures] = {}
    for row in compartments:
        name = row["dish"] or labels.get(row["compartment"], row["compartment"])
        dishes.setdefault(name, DishFigures(name)).add(row)
    return sorted(dishes.values(), key=lambda dish: (-(dish.mean or -1.0), dish.name))


def tray_figures(trays: Iterable[dict[str, Any]], name: str) -> DishFigures:
    """The same figures over whole trays."""
    figures = DishFigures(name)
    for row in trays:
        figures.add(row)
    return figures


def unmeasured(
    trays: Iterable[dict[str, Any]],
    compartments: Iterable[dict[str, Any]],
    left_over: Iterable[tuple[str, str]],
) -> list[Unmeasured]:
    """Reasons, most frequent first.

    For failed and fallback trays, compartments without a number, pictures that belong to none.
    """
    reasons: dict[str, Unmeasured] = defaultdict(lambda: Unmeasured(""))

    def count(reason: str, example: str) -> None:
        plain = plain_reason(reason)
        reasons[plain].reason = plain
        reasons[plain].add(example)

    for row in trays:
        if row["status"] != "ok":
            count(f"{row['status']}: {row['reason']}", row["path"])
    for row in compartments:
        if row["leftover_ratio"] is None:
            count(row["notes"] or "not measured", f"{row['path']}: {row['compartment']}")
    for path, reason in left_over:
        count(reason, path)
    return sorted(reasons.values(), key=lambda reason: (-reason.count, reason.reason))


def plain_reason(reason: str) -> str:
    """A reason without the picture's name and the figures, which differ from case to case."""
    status, colon, rest = reason.partition(": ")
    name, separator, why = rest.partition(": ")
    if colon and separator and re.search(r"\.\w{2,5}$", name):
        rest = why
    text = f"{status}{colon}{rest}"
    return re.sub(r"\d+(?:\.\d+)?", "…", text)
