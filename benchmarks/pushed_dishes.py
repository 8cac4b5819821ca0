"""What the shipped height network reads where dishes were pushed about or stirred, not eaten.

    python benchmarks/pushed_dishes.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. Solid dishes of
eaten trays are turned and pushed within their wells, whole or in pieces
(``foodwaste/train/push.py``, as in training, over the clean tray's picture). Errors are points of
the leftover ratio, summed in the tray's frame, of the same wells as they were rendered and pushed.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from rendered_folders import asked_for

from foodwaste import models
from foodwaste.depth.two_looks import look_twice
from foodwaste.train.food_texture import solid_wells
from foodwaste.train.pack import FOOD, HIDDEN, MOVED, Pack, read_pack
from foodwaste.train.push import push
from foodwaste.train.tray_held_out import known_of
from foodwaste.train.tray_scores import well_sums

#: Wells that were served less have no ratio to speak of, ml.
LEAST_ML = 20.0
#: Wells of which more than this is left are told apart as well.
LEFT = 0.8
Map = NDArray[np.float32]


def main() -> None:
    session = models.open("tray-embedded")
    threshold = float(session.card.figures["food_threshold"])
    print(f"{session.card.name} {session.card.version}")

    def volumes(pack: Pack, state: int, told: Map | None) -> tuple[NDArray[np.float64], Map]:
        """Millilitres by well, and the heights that the next states are told."""
        said = look_twice(session, np.asarray(pack.rgb[state + 1]), known_of(pack, state, told))
        height = np.where(said["food"] >= threshold, said["height_mm"], 0.0).astype(np.float32)
        return well_sums(height, pack.wells), said["food"] * said["height_mm"]

    for packs in asked_for(__doc__, meals=40):
        rows: dict[str, list[tuple[float, ...]]] = {"pushed": [], "stirred": []}
        for index, pack in enumerate(map(read_pack, packs)):
            served, told = volumes(pack, 0, None)
            true = sums(pack, 0)
            for state in range(1, len(pack.classes)):
                as_is = volumes(pack, state, told)[0]
                for kind, found in rows.items():
                    rng = np.random.default_rng((index, state))
                    other, wells = beside_itself(pack, state, rng, stirred=float(kind == "stirred"))
                    seen = [(pack, as_is), (other, volumes(other, state, told)[0])]
                    for well in wells & set(np.flatnonzero(true >= LEAST_ML).tolist()):
                        right = [ratio(sums(each, state)[well], true[well]) for each, _ in seen]
                        read = [ratio(said[well], served[well]) for _, said in seen]
                        found.append((right[0], *np.subtract(read, right)))
        for kind, found in rows.items():
            every = np.array(found, np.float64)
            show(kind, every)
            show(f"{kind}, more than {LEFT:.0%} left", every[every[:, 0] > LEFT])


def sums(pack: Pack, state: int) -> NDArray[np.float64]:
    return well_sums(np.asarray(pack.height_mm[state], np.float32), pack.wells)


def ratio(now: float, served: float) -> float:
    return min(float(now) / max(float(served), 1.0), 1.0)


def show(name: str, rows: NDArray[np.float64]) -> None:
    """Rows are the true ratio and the errors as rendered and moved, 0..1."""
    off = 100 * np.abs(rows[:, 1:]).mean(axis=0)
    bias = 100 * rows[:, 1:].mean(axis=0)
    print(
        f"  {name:28s} {off[1]:5.1f} (bias {bias[1]:+5.1f}), "
        f"as rendered {off[0]:5.1f} ({bias[0]:+5.1f}), {len(rows)} wells"
    )


def beside_itself(
    pack: Pack, state: int, rng: np.random.Generator, *, stirred: float = 0.0
) -> tuple[Pack, set[int]]:
    """The pack with this state's solid dishes pushed, and the indices of their wells."""
    classes = np.asarray(pack.classes[state])
    numbers = [n for n in solid_wells(pack) if not (classes[pack.wells == n] & HIDDEN).any()]
    done = push(
        np.asarray(pack.rgb[state + 1]),
        pack.height_mm[state],
        (classes & FOOD) > 0,
        np.asarray(pack.wells),
        pack.surface_from(state),
        np.asarray(pack.rgb[0]),
        numbers,
        rng,
        stirred=stirred,
    )
    rgb, height, marked = (np.array(each) for each in (pack.rgb, pack.height_mm, pack.classes))
    rgb[state + 1], height[state] = done.rgb, done.height_mm
    marked[state] = np.where(done.moved, FOOD * done.food + MOVED, classes)
    moved = dataclasses.replace(pack, rgb=rgb, height_mm=height, classes=marked)
    return moved, set((np.unique(np.asarray(pack.wells)[done.moved]) - 1).tolist())


if __name__ == "__main__":
    main()
