"""Where the height network's leftover ratios are wrong, and what right heights would leave of it.

    python benchmarks/ratio_errors.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. Volumes are summed
in the tray's frame; errors are points of the ratio, the mean and the bias: by how much was left,
how far the camera moved, how much of the food lies under something, and whether it was stirred.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rendered_folders import asked_for

from foodwaste import models
from foodwaste.depth.two_looks import look_twice
from foodwaste.models import Session
from foodwaste.train.pack import FOOD, HIDDEN, MOVED, Pack, read_pack
from foodwaste.train.tray_held_out import known_of
from foodwaste.train.tray_scores import well_sums

#: Wells that were served less have no ratio to speak of, ml.
_LEAST_ML = 20.0
_BANDS = (-0.001, 0.001, 0.2, 0.4, 0.6, 0.8, 0.97, 9.0)
#: Way of the camera between both pictures, as rectification finds it, mm.
_WAYS = (-1.0, 15.0, 60.0, 120.0, 1e4)
#: Shares left, of dishes that lie as served and of stirred ones.
_LEFT = (0.001, 0.5, 0.8, 9.0)
#: Share of what is left that lies under something.
_COVERED = (-1.0, 0.001, 0.05, 0.2, 2.0)
Map = NDArray[np.float32]


@dataclass(frozen=True)
class Well:
    """One well of an eaten tray; ratios 0..1."""

    true: float
    said: float
    with_true_heights: float
    with_true_outlines: float
    camera_mm: float
    covered: float
    stirred: bool


def main() -> None:
    session = models.open("tray-embedded")
    print(f"{session.card.name} {session.card.version}")
    for packs in asked_for(__doc__, meals=40):
        wells = [well for pack in map(read_pack, packs) for well in _wells(session, pack)]
        _show("all", wells)
        for name, way in (
            ("heights true inside its outlines", lambda well: well.with_true_heights),
            ("outlines true, its heights", lambda well: well.with_true_outlines),
        ):
            off = [abs(way(well) - well.true) for well in wells]
            print(f"  {name:34s} {100 * float(np.mean(off)):5.1f}")
        _by("left", wells, _BANDS, lambda well: well.true)
        _by("camera moved, mm", wells, _WAYS, lambda well: well.camera_mm)
        untouched = [well for well in wells if well.true > _BANDS[-2]]
        _by("… nothing eaten", untouched, _WAYS, lambda well: well.camera_mm)
        _by("covered", wells, _COVERED, lambda well: well.covered)
        seen = [well for well in wells if not well.stirred and well.covered <= _COVERED[1]]
        _show("lie as served, nothing on them", seen)
        for name, stirred in (("lie as served", False), ("stirred about", True)):
            of_kind = [well for well in wells if well.stirred == stirred]
            _show(name, of_kind)
            _by(f"… {name}, left", of_kind, _LEFT, lambda well: well.true)


def _wells(session: Session, pack: Pack) -> list[Well]:
    threshold = float(session.card.figures["food_threshold"])
    height, likely, told = [], [], None
    for state in range(len(pack.classes)):
        said = look_twice(session, np.asarray(pack.rgb[state + 1]), known_of(pack, state, told))
        height.append(said["height_mm"])
        likely.append(said["food"])
        told = height[0] * likely[0] if told is None else told
    truth = [np.asarray(each, np.float32) for each in pack.height_mm]
    outline = [each >= threshold for each in likely]
    food = [(each & (FOOD | HIDDEN)) > 0 for each in pack.classes]
    true = [well_sums(each, pack.wells) for each in truth]
    said_ml = [_sums(h, o, pack) for h, o in zip(height, outline, strict=True)]
    filled = [np.where(f, t, h) for f, t, h in zip(food, truth, height, strict=True)]
    inside = [_sums(h, o, pack) for h, o in zip(filled, outline, strict=True)]
    outlined = [_sums(h, f, pack) for h, f in zip(height, food, strict=True)]
    found = []
    for state in range(1, len(truth)):
        way = np.hypot(*(pack.eyes_px[state + 1, :2] - pack.eyes_px[1, :2])) * pack.eyes_px[1, 3]
        about = well_sums((pack.classes[state] & MOVED > 0).astype(np.float32), pack.wells) > 0
        hidden = _sums(truth[state], (pack.classes[state] & HIDDEN) > 0, pack)
        for well in np.flatnonzero(true[0] >= _LEAST_ML):
            ratios = [
                float(np.clip(sums[state][well] / max(sums[0][well], 1.0), 0.0, 1.0))
                for sums in (true, said_ml, inside, outlined)
            ]
            share = float(hidden[well] / max(true[state][well], 1e-6))
            found.append(Well(*ratios, float(way), share, bool(about[well])))
    return found


def _sums(height_mm: Map, mask: NDArray[np.bool_], pack: Pack) -> NDArray[np.float64]:
    return well_sums(np.where(mask, height_mm, 0.0).astype(np.float32), pack.wells)


def _by(
    name: str, wells: list[Well], edges: tuple[float, ...], key: Callable[[Well], float]
) -> None:
    for low, high in pairwise(edges):
        _show(f"{name} {max(low, 0):g} to {high:g}", [w for w in wells if low < key(w) <= high])


def _show(name: str, wells: list[Well]) -> None:
    if wells:
        off = 100 * np.array([well.said - well.true for well in wells])
        print(
            f"  {name:34s} {np.abs(off).mean():5.1f}  bias {off.mean():+5.1f}  {len(wells)} wells"
        )


if __name__ == "__main__":
    main()
