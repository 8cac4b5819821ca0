"""What the shipped height network reads where soups mirror the room and climb their walls.

    python benchmarks/wet_liquids.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. Every liquid of every
picture is made wet (``foodwaste/train/wet.py``, as in training). Errors of the same wells as they
were rendered and wet: points of the leftover ratio, heights put level as the product does, and mm
by which the waterline is read too high.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from rendered_folders import meals_asked_for

from foodwaste import models
from foodwaste.depth.liquid_level import level_liquid, waterline_mm
from foodwaste.depth.two_looks import look_twice
from foodwaste.models import Session
from foodwaste.train.pack import FOOD, Pack, read_pack
from foodwaste.train.tray_changes import liquid_wells
from foodwaste.train.tray_held_out import known_of
from foodwaste.train.wet import liquid_in, wet

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]
#: Less is a film, mm³.
_LEAST = 20_000.0


def main() -> None:
    session = models.open("tray-embedded")
    print(f"{session.card.name} {session.card.version}")
    for pairs in meals_asked_for(__doc__, meals=40):
        ratios: list[list[float]] = []
        lines: list[list[float]] = []
        for index, (meal, path) in enumerate(pairs):
            pack, rng = read_pack(path), np.random.default_rng(index)
            wells = [pack.wells == number for number in liquid_wells(meal.profile)]
            kinds = (pack, _wetted(pack, wells, rng))
            seen = [[_read(session, kind, well) for kind in kinds] for well in wells]
            for well, (plain, wetted) in zip(wells, seen, strict=True):
                true = [_true(pack, state, well) for state in range(len(pack.classes))]
                for state, volume in enumerate(true):
                    if volume[0] < _LEAST:
                        continue
                    lines.append([each[state][1] - volume[1] for each in (plain, wetted)])
                    if state:
                        right = min(volume[0] / true[0][0], 1.0)
                        ratios.append(
                            [
                                min(each[state][0] / max(each[0][0], 1.0), 1.0) - right
                                for each in (plain, wetted)
                            ]
                        )
        _show("leftover ratio, points", 100 * np.array(ratios))
        _show("waterline, mm", np.array(lines))


def _wetted(pack: Pack, wells: list[Mask], rng: np.random.Generator) -> Pack:
    """The pack with every liquid made wet in every picture."""
    rgb = np.array(pack.rgb)
    for state, classes in enumerate(pack.classes):
        food = (classes & FOOD) > 0
        for well in wells:
            liquid = liquid_in(pack.height_mm[state], pack.surface_from(state), food, well)
            if liquid is not None:
                rgb[state + 1] = wet(rgb[state + 1], liquid, state > 0, rng)
    return dataclasses.replace(pack, rgb=rgb)


def _read(session: Session, pack: Pack, well: Mask) -> list[tuple[float, float]]:
    """Of every state, the well's volume (mm³, level) and its waterline (mm)."""
    threshold = float(session.card.figures["food_threshold"])
    told: Map | None = None
    found = []
    for state in range(len(pack.classes)):
        said = look_twice(session, np.asarray(pack.rgb[state + 1]), known_of(pack, state, told))
        if told is None:
            told = said["food"] * said["height_mm"]
        height = np.where(said["food"] >= threshold, said["height_mm"], np.float32(0.0))
        empty = np.asarray(pack.surface_from(state), np.float32)
        level = level_liquid(height, empty, well)
        line = waterline_mm(height[well] > 0, empty[well])
        found.append((float(level[well].sum()), line))
    return found


def _true(pack: Pack, state: int, well: Mask) -> tuple[float, float]:
    """The well's volume (mm³) and the level that gives it (mm)."""
    volume = float(np.asarray(pack.height_mm[state], np.float32)[well].sum())
    empty = np.asarray(pack.surface_from(state), np.float32)[well]
    low, high = float(empty.min()), 0.0
    for _ in range(30):
        middle = (low + high) / 2
        under = float(np.maximum(middle - empty, 0.0).sum()) < volume
        low, high = (middle, high) if under else (low, middle)
    return volume, low


def _show(name: str, rows: NDArray[np.float64]) -> None:
    off, bias = np.abs(rows).mean(axis=0), rows.mean(axis=0)
    print(
        f"  {name:24s} as rendered {off[0]:4.1f} (bias {bias[0]:+4.1f}), "
        f"wet {off[1]:4.1f} ({bias[1]:+4.1f}), {len(rows)} pictures of wells",
        flush=True,
    )


if __name__ == "__main__":
    main()
