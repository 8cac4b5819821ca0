"""Labelled trays: what is known to be true, from wherever it was read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from foodwaste.errors import ExitCode, FoodwasteError


class DatasetError(FoodwasteError):
    """Labelled trays cannot be used: missing, not in the manifest's form, or impossible."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Label:
    """The truth about one compartment; ``None`` is unknown.

    ``leftover_ratio`` is 0..1. ``nominal`` marks a ratio judged by eye, not measured.
    """

    compartment: str
    dish: str | None = None
    leftover_ratio: float | None = None
    volume_ml: float | None = None
    mass_g: float | None = None
    nominal: bool = False


@dataclass(frozen=True, slots=True)
class LabelledTray:
    """One photograph of a tray with its truth.

    Attributes:
        meal: trays of one meal share this; a fit never sees one part of a meal and is judged
            on another.
        empty: picture of the empty tray, where there is one.
        plates: free plates, to be found and matched, instead of a tray with wells.
        food_mask: picture or ``.npz`` that shows which pixels of ``after`` are food: in the
            tray's frame, for plates in the photograph's pixels.
        before_mask: the same of ``before``.
    """

    after: Path
    before: Path | None
    meal: str
    labels: tuple[Label, ...]
    empty: Path | None = None
    food_mask: Path | None = None
    before_mask: Path | None = None
    plates: bool = False


@dataclass(frozen=True)
class Dataset:
    """Labelled trays under one name, and how they are to be read."""

    name: str
    trays: tuple[LabelledTray, ...]
    notes: tuple[str, ...] = ()

    @property
    def meals(self) -> tuple[str, ...]:
        """Names of the meals, in the order in which they first appear."""
        return tuple(dict.fromkeys(tray.meal for tray in self.trays))

    def of_meals(self, meals: Iterable[str]) -> Dataset:
        """The trays of some meals only."""
        wanted = set(meals)
        kept = tuple(tray for tray in self.trays if tray.meal in wanted)
        return Dataset(self.name, kept, self.notes)

    def sha256(self) -> str:
        """Fingerprint of the labels and of the pictures' sizes and names."""
        digest = hashlib.sha256()
        for tray in self.trays:
            for path in (tray.after, tray.before):
                size = 0 if path is None else path.stat().st_size
                digest.update(f"{None if path is None else path.name}:{size}\n".encode())
            for label in tray.labels:
                digest.update(repr(label).encode())
        return digest.hexdigest()


def split_meals(
    meals: Sequence[str], share: float, *, seed: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Parts meals in two by a seeded hash of their names: ``share`` of them in the second.

    The order and number of other meals do not move a meal from one side to the other by more
    than the border between the two.
    """
    ranked = sorted(meals, key=lambda meal: hashlib.sha256(f"{seed}:{meal}".encode()).digest())
    count = round(len(ranked) * share)
    second = set(ranked[:count])
    return (
        tuple(meal for meal in meals if meal not in second),
        tuple(meal for meal in meals if meal in second),
    )
