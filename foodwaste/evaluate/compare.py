"""Paired comparison of two profiles on the same labelled trays."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from foodwaste.evaluate.bootstrap import (
    LEAST_GROUPS,
    mean_interval_by_group,
    permutation_p_value,
)
from foodwaste.evaluate.record import Record
from foodwaste.evaluate.summary import Interval, Plain

#: Two-sided 5 %, power 80 %.
_Z_SHOWN = 1.9600 + 0.8416
#: Differences under half a point matter to nobody: trays needed are given for one point then.
_SMALLEST = 0.005
_POINT = 0.01
SHOWN_AT = 0.05

Pair = tuple[Record, Record]


class Difference(Plain):
    """B against A over one group of compartments; negative is better for B."""

    name: str
    count: int
    mae_a: float
    mae_b: float
    difference: float
    interval: Interval | None = None


class Comparison(Plain):
    """All that ``foodwaste compare`` says. Ratios, 0..1; 95 % interval over meals."""

    a: str
    b: str
    dataset: str
    trays: int
    meals: int
    only_a: int
    only_b: int
    overall: Difference
    p_value: float
    dishes: tuple[Difference, ...]
    trays_needed: int | None
    trays_needed_for: float

    @property
    def shown(self) -> bool:
        """Whether a difference is shown: p at most 0.05, over enough meals to say so."""
        return self.meals >= LEAST_GROUPS and self.p_value <= SHOWN_AT

    @property
    def b_is_better(self) -> bool:
        """Whether B is shown to be better."""
        return self.shown and self.overall.difference < 0

    def verdict(self) -> str:
        """One plain sentence."""
        points = 100 * abs(self.overall.difference)
        if self.shown:
            better = self.b if self.overall.difference < 0 else self.a
            return f"{better} is better by {points:.1f} points (p = {self.p_value:.3f})"
        if self.meals < LEAST_GROUPS:
            return (
                f"no difference can be shown: {self.meals} "
                f"meal{'' if self.meals == 1 else 's'}, at least {LEAST_GROUPS} are needed"
            )
        needed = ""
        if self.trays_needed is not None:
            needed = (
                f"; to show {100 * self.trays_needed_for:.1f} points it would take about "
                f"{self.trays_needed} trays (there are {self.trays})"
            )
        return f"no difference can be shown (p = {self.p_value:.2f}){needed}"


def pair_up(a: Sequence[Record], b: Sequence[Record]) -> tuple[list[Pair], int, int]:
    """Compartments answered with both profiles, and how many only with A, only with B."""
    of_b = {(record.tray, record.before, record.compartment): record for record in b}
    pairs: list[Pair] = []
    only_a = only_b = 0
    for record in a:
        other = of_b.get((record.tray, record.before, record.compartment))
        if other is None:
            continue
        if record.answer is not None and other.answer is not None:
            pairs.append((record, other))
        elif record.answer is not None:
            only_a += 1
        elif other.answer is not None:
            only_b += 1
    return pairs, only_a, only_b


def compare(
    name_a: str, a: Sequence[Record], name_b: str, b: Sequence[Record], *, dataset: str
) -> Comparison | None:
    """Compares two profiles' answers; ``None`` when no compartment was answered by both."""
    pairs, only_a, only_b = pair_up(a, b)
    if not pairs:
        return None
    gains = _gains(pairs)
    meals = [first.meal for first, _ in pairs]
    overall = _difference("all", pairs)
    dishes = sorted({first.dish or first.compartment for first, _ in pairs})
    by_tray: dict[str, list[float]] = {}
    for (first, _), gain in zip(pairs, gains, strict=True):
        by_tray.setdefault(first.tray, []).append(float(gain))
    per_tray = np.array([np.mean(values) for values in by_tray.values()])
    effect = abs(overall.difference) if abs(overall.difference) >= _SMALLEST else _POINT
    needed = None
    if len(per_tray) > 1 and per_tray.std(ddof=1) > 0:
        needed = math.ceil((_Z_SHOWN * float(per_tray.std(ddof=1)) / effect) ** 2)
    return Comparison(
        a=name_a,
        b=name_b,
        dataset=dataset,
        trays=len(by_tray),
        meals=len(set(meals)),
        only_a=only_a,
        only_b=only_b,
        overall=overall,
        p_value=permutation_p_value(gains, meals),
        dishes=tuple(
            _difference(dish, [p for p in pairs if (p[0].dish or p[0].compartment) == dish])
            for dish in dishes
        ),
        trays_needed=needed,
        trays_needed_for=effect,
    )


def largest_changes(a: Sequence[Record], b: Sequence[Record], count: int) -> list[Pair]:
    """The pairs whose errors differ most, B's greatest wins first, its greatest losses last."""
    pairs, _, _ = pair_up(a, b)
    ordered = [pairs[i] for i in np.argsort(_gains(pairs), kind="stable")] if pairs else []
    half = count // 2
    return ordered if len(ordered) <= count else [*ordered[:half], *ordered[-half:]]


def _gains(pairs: Sequence[Pair]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Error of B minus error of A, in size, for each pair."""
    return np.array([abs(b.error or 0.0) - abs(a.error or 0.0) for a, b in pairs], np.float64)


def _difference(name: str, pairs: Sequence[Pair]) -> Difference:
    gains = _gains(pairs)
    return Difference(
        name=name,
        count=len(pairs),
        mae_a=float(np.mean([abs(a.error or 0.0) for a, _ in pairs])),
        mae_b=float(np.mean([abs(b.error or 0.0) for _, b in pairs])),
        difference=float(gains.mean()),
        interval=mean_interval_by_group(gains, [a.meal for a, _ in pairs]),
    )
