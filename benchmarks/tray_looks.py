"""What several looks of the height network at one tray are worth: as it stands, mirrored, turned.

    python benchmarks/tray_looks.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. The product looks
twice, see ``foodwaste/depth/two_looks.py``; here every look is a run of its own, and volumes are
summed in the tray's frame.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste import models
from foodwaste.depth.tray_inputs import KNOWN, known_planes
from foodwaste.models import Session
from foodwaste.train.pack import Pack, pack_folder, read_pack
from foodwaste.train.rendered import find_meals
from foodwaste.train.tray_scores import Readings, mean_scores, score_meal

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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--meals", type=int, default=40)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    session = models.open("tray-embedded")
    threshold = float(session.card.figures["food_threshold"])
    print(f"{session.card.name} {session.card.version}")
    cache = options.cache or Path(tempfile.mkdtemp())
    cache.mkdir(parents=True, exist_ok=True)
    for folder in options.folders:
        packs = [pack_folder(meal, cache) for meal in find_meals([folder])[: options.meals]]
        print(f"\n{folder.name}: {len(packs)} meals")
        for way, looks in WAYS.items():
            begun = time.perf_counter()
            scores = [
                score_meal(pack, readings(session, pack, looks, threshold))
                for pack in map(read_pack, packs)
            ]
            seconds = time.perf_counter() - begun
            means = mean_scores(scores)
            text = "  ".join(f"{key} {value:.4f}" for key, value in means.items())
            print(f"{way:14s} {text}  ({seconds:.0f} s)")


def readings(
    session: Session, pack: Pack, looks: tuple[Look, ...], threshold: float
) -> list[Readings]:
    """Means of the looks at every state of a meal; each look knows the mean served heights."""
    found: list[Readings] = []
    served_mm: Map | None = None
    for state in range(len(pack.classes)):
        heights, foods = [], []
        for look in looks:
            known = known_planes(
                np.ascontiguousarray(pack.surface_mm[0][look]),
                empty_rgb=np.ascontiguousarray(pack.rgb[0][look]),
                served_rgb=np.ascontiguousarray(pack.rgb[1][look]) if state else None,
                food=np.ascontiguousarray(pack.colour[0, state + 1][look]) / np.float32(255),
                served_height_mm=None if served_mm is None else served_mm[look],
            )
            picture = np.ascontiguousarray(pack.rgb[state + 1][look])
            said = session.run(picture[None], {KNOWN: known[None]})
            heights.append(said["height_mm"][0][look])
            foods.append(said["food"][0][look])
        height, food = np.mean(heights, axis=0), np.mean(foods, axis=0)
        served_mm = food * height if served_mm is None else served_mm
        seen = np.where(food >= threshold, height, 0.0).astype(np.float32)
        found.append(Readings(seen, food.astype(np.float32)))
    return found


if __name__ == "__main__":
    main()
