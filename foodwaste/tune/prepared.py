"""Labelled trays made ready for many trials: located, rectified, and looked at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection import ColourView, view_of
from foodwaste.errors import FoodwasteError
from foodwaste.evaluate.judge import rectified_tray
from foodwaste.evaluate.labels import Dataset
from foodwaste.profile import LoadedProfile, Profile
from foodwaste.tray import RectifiedTray
from foodwaste.tray.frame import Mask

Truths = dict[str, float]


@dataclass(frozen=True)
class RawTray:
    """A rectified picture and its true leftover ratios: what crosses process borders."""

    rgb: NDArray[np.uint8]
    valid: Mask
    truths: Truths


@dataclass(frozen=True)
class RawServed:
    """A served tray (``rgb`` is ``None`` after-only) and the trays compared with it."""

    meal: str
    rgb: NDArray[np.uint8] | None
    valid: Mask | None
    after: tuple[RawTray, ...]


@dataclass(frozen=True)
class PreparedTray:
    """One tray to be judged, and its truth."""

    view: ColourView
    truths: Truths


@dataclass(frozen=True)
class PreparedServed:
    """A served tray and the trays compared with it; ``view`` is ``None`` after-only."""

    meal: str
    view: ColourView | None
    after: tuple[PreparedTray, ...]


def rectify_all(
    dataset: Dataset, loaded: LoadedProfile
) -> tuple[tuple[RawServed, ...], dict[str, str]]:
    """Every labelled tray in its frame, grouped by served tray; and what could not be used.

    The second part maps the picture to the reason.
    """
    groups: dict[tuple[str, Path | None], list[RawTray]] = {}
    failed: dict[str, str] = {}
    for tray in dataset.trays:
        truths = {
            label.compartment: label.leftover_ratio
            for label in tray.labels
            if label.leftover_ratio is not None
        }
        try:
            seen = rectified_tray(tray.after, loaded)
        except FoodwasteError as error:
            failed[str(tray.after)] = str(error)
            continue
        raw = RawTray(seen.rgb, seen.valid, truths)
        groups.setdefault((tray.meal, tray.before), []).append(raw)
    served: list[RawServed] = []
    for (meal, before), after in groups.items():
        if before is None:
            served.append(RawServed(meal, None, None, tuple(after)))
            continue
        try:
            seen = rectified_tray(before, loaded)
        except FoodwasteError as error:
            failed[str(before)] = str(error)
            continue
        served.append(RawServed(meal, seen.rgb, seen.valid, tuple(after)))
    return tuple(served), failed


def prepare(raw: Iterable[RawServed], profile: Profile) -> tuple[PreparedServed, ...]:
    """Works out everything that no parameter changes."""
    from foodwaste.pipeline.served import as_rectified

    def view(rgb: NDArray[np.uint8], valid: Mask) -> ColourView:
        whole = as_rectified(rgb, profile)
        tray = RectifiedTray(rgb, valid, whole.frame, whole.homography, whole.location)
        return view_of(tray)

    return tuple(
        PreparedServed(
            meal=served.meal,
            view=None
            if served.rgb is None or served.valid is None
            else view(served.rgb, served.valid),
            after=tuple(
                PreparedTray(view(tray.rgb, tray.valid), tray.truths) for tray in served.after
            ),
        )
        for served in raw
    )
