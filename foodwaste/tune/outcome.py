"""From the best trial to a decision: adopted only when it beats the old on other meals."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from foodwaste.evaluate.child_profile import write_child
from foodwaste.evaluate.compare import Comparison, compare
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.labels import Dataset, DatasetError, split_meals
from foodwaste.evaluate.run import Results, run
from foodwaste.pipeline import Settings
from foodwaste.profile import BackprojectionParameters, LoadedProfile

#: Six meals are the fewest that can show a difference at all: if the new profile is better on
#: every one of them, chance does as well in 2 of 64 cases. Four more to search on.
LEAST_MEALS = 10
LEAST_HELD_OUT = 6


@dataclass(frozen=True)
class Outcome:
    """What came of a search.

    ``held_out`` compares the old profile (A) with the new (B) on meals the search never saw,
    ``guards`` on trays that may not get worse. ``adopted`` is None when the profile was not
    written.
    """

    parameters: BackprojectionParameters
    held_out: Comparison
    guards: tuple[Comparison, ...]
    importances: Mapping[str, float]
    adopted: Path | None
    reason: str


def split(dataset: Dataset, share: float, *, seed: int) -> tuple[Dataset, Dataset]:
    """The meals to search on, and the meals to judge the result on.

    Raises:
        DatasetError: too few meals for both.
    """
    meals = dataset.meals
    if len(meals) < LEAST_MEALS:
        raise DatasetError(
            f"{dataset.name} holds {len(meals)} meal{'' if len(meals) == 1 else 's'}: a search "
            f"needs at least {LEAST_MEALS}, so that the result can be judged on other meals "
            "than it was made from (trays with one before-picture are one meal)"
        )
    share = max(share, LEAST_HELD_OUT / len(meals))
    searched, held_out = split_meals(meals, share, seed=seed)
    return dataset.of_meals(searched), dataset.of_meals(held_out)


def decide(
    loaded: LoadedProfile,
    parameters: BackprojectionParameters,
    held_out: Dataset,
    guards: tuple[Dataset, ...],
    importances: Mapping[str, float],
    out: Path,
) -> Outcome:
    """Compares the old profile with the new one, and writes the new one if it is better.

    Raises:
        DatasetError: no held-out tray could be judged with both.
    """
    with _candidate(loaded, parameters, out) as candidate:
        comparison = _compared(loaded, candidate, held_out)
        guarded = tuple(_compared(loaded, candidate, guard) for guard in guards)
        worse = next((g for g in guarded if g.overall.difference > 0), None)
        if not comparison.b_is_better:
            reason = f"not adopted: {comparison.verdict()}"
        elif worse is not None:
            points = 100 * worse.overall.difference
            reason = f"not adopted: {worse.dataset} gets worse by {points:.1f} points"
        else:
            reason = comparison.verdict()
        adopted = None
        if not reason.startswith("not adopted"):
            candidate.replace(out)
            adopted = out
    return Outcome(parameters, comparison, guarded, importances, adopted, reason)


def judged(profile: str, dataset: Dataset) -> Results:
    """All trays of a data set, judged with one profile by the colour estimator."""
    return run(Judge(Settings(profile=profile, depth="off", quantity="off")), dataset)


@contextlib.contextmanager
def _candidate(
    loaded: LoadedProfile, parameters: BackprojectionParameters, out: Path
) -> Iterator[Path]:
    """The new profile beside its final place, gone afterwards unless it was moved there."""
    candidate = out.with_name(f"{out.stem}.candidate.yaml")
    write_child(loaded, candidate, name=out.stem, backprojection=parameters)
    try:
        yield candidate
    finally:
        candidate.unlink(missing_ok=True)


def _compared(loaded: LoadedProfile, candidate: Path, dataset: Dataset) -> Comparison:
    a = judged(str(loaded.path), dataset)
    b = judged(str(candidate), dataset)
    found = compare("the old profile", a.records, "the new one", b.records, dataset=dataset.name)
    if found is None:
        raise DatasetError(f"{dataset.name}: no compartment was measured with both profiles")
    return found
