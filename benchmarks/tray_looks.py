"""What several looks of the height network at one tray are worth: as it stands, mirrored, turned.

    python benchmarks/tray_looks.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. The product looks
twice, see ``foodwaste/depth/two_looks.py``; here every look is a run of its own, and volumes are
summed in the tray's frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rendered_folders import asked_for, show_means

from foodwaste import models
from foodwaste.depth.tray_inputs import KNOWN, flipped_planes
from foodwaste.models import Session
from foodwaste.train.pack import Pack, read_pack
from foodwaste.train.tray_held_out import known_of
from foodwaste.train.tray_scores import Readings, score_meal

#: A look mirrors rows, columns, both (a half turn) or neither.
Look = tuple[slice, slice]
_AS_IS, _BACK = slice(None), slice(None, None, -1)
WAYS: dict[str, tuple[Look, ...]] = {
    "once": ((_AS_IS, _AS_IS),),
    "and mirrored": ((_AS_IS, _AS_IS), (_AS_IS, _BACK)),
    "and turned": ((_AS_IS, _AS_IS), (_BACK, _BACK)),
    "all four": ((_AS_IS, _AS_IS), (_AS_IS, _BACK), (_BACK, _AS_IS), (_BACK, _BACK)),
}
Map = NDArray[np.float32]


def main() -> None:
    session = models.open("tray-embedded")
    threshold = float(session.card.figures["food_threshold"])
    print(f"{session.card.name} {session.card.version}")
    for packs in asked_for(__doc__, meals=40):
        for way, looks in WAYS.items():
            packed = map(read_pack, packs)
            scores = [
                score_meal(pack, readings(session, pack, looks, threshold)) for pack in packed
            ]
            show_means(way, scores)


def readings(
    session: Session, pack: Pack, looks: tuple[Look, ...], threshold: float
) -> list[Readings]:
    """Means of the looks at every state of a meal; each look knows the mean served heights."""
    found: list[Readings] = []
    served_mm: Map | None = None
    for state in range(len(pack.classes)):
        heights, foods = [], []
        known = known_of(pack, state, served_mm, empty=True)
        for look in looks:
            told = {KNOWN: flipped_planes(known, look)[None]}
            said = session.run(pack.rgb[state + 1][look][None], told)
            heights.append(said["height_mm"][0][look])
            foods.append(said["food"][0][look])
        height, food = np.mean(heights, axis=0), np.mean(foods, axis=0)
        served_mm = food * height if served_mm is None else served_mm
        seen = np.where(food >= threshold, height, 0.0).astype(np.float32)
        found.append(Readings(seen, food.astype(np.float32)))
    return found


if __name__ == "__main__":
    main()
