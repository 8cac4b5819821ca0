"""What a set of parameters is worth on prepared trays: the product's own path, without files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.conformal.floors import CLEAN
from foodwaste.evaluate.metrics import CLEAN_READS_AT_MOST
from foodwaste.pipeline.answers import answers_of
from foodwaste.pipeline.served import Served
from foodwaste.profile import Profile
from foodwaste.tune.prepared import PreparedServed

Objective = Literal["mae", "rmse", "mae+clean"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)

#: An answer that was refused knows nothing: it counts as wrong by half.
_NO_ANSWER = 0.5
#: With ``mae+clean`` each eaten-clean compartment that reads over 5 % costs this much more: a
#: kitchen loses trust in a scale that shows something on an empty plate.
_DIRTY = 0.1

Floats = NDArray[np.float64]
Empty = NDArray[np.uint8] | None


def errors_of(
    profile: Profile, served: PreparedServed, empty_rgb: Empty
) -> Iterator[tuple[float, float]]:
    """``(error, truth)`` of every labelled compartment compared with one served tray."""
    reference = _served(profile, served, empty_rgb)
    for tray in served.after:
        finding = backprojection.estimate_view(tray.view, profile, reference.colours)
        findings = {backprojection.NAME: finding}
        for name, truth in tray.truths.items():
            ratio = answers_of(profile, name, findings, reference).ratios.get(backprojection.NAME)
            yield (_NO_ANSWER if ratio is None else ratio.value - truth), truth


def score(
    objective: Objective, profile: Profile, served: Iterable[PreparedServed], empty_rgb: Empty
) -> tuple[float, int]:
    """The objective's value (smaller is better) and over how many compartments."""
    pairs = [pair for one in served for pair in errors_of(profile, one, empty_rgb)]
    error, truth = np.array(pairs, np.float64).reshape(-1, 2).T
    return value_of(objective, error, truth), len(error)


def value_of(objective: Objective, error: Floats, truth: Floats) -> float:
    """The objective over errors (answer minus truth) and truths, both ``(N,)``."""
    if objective == "rmse":
        return float(np.sqrt((error**2).mean()))
    value = float(np.abs(error).mean())
    if objective == "mae+clean":
        dirty = (truth <= CLEAN) & (error + truth > CLEAN_READS_AT_MOST)
        value += _DIRTY * float(dirty.mean())
    return value


def _served(profile: Profile, served: PreparedServed, empty_rgb: Empty) -> Served:
    colours = backprojection.learn_from_view(profile, served.view, empty_rgb)
    if served.view is None:
        return Served("serving", None, colours)
    finding = backprojection.estimate_view(served.view, profile, colours)
    return Served("before", served.view.tray, colours, {backprojection.NAME: finding})
