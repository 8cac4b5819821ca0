"""What the shipped height network reads on rendered meals, with and without each known input.

    python benchmarks/tray_network.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. Volumes are
summed in the tray's frame, so this is the network alone; ``foodwaste evaluate --depth
embedded`` measures the product.
"""

from __future__ import annotations

import time

import numpy as np
from rendered_folders import asked_for, show_means

from foodwaste import models
from foodwaste.depth.tray_inputs import known_planes
from foodwaste.depth.two_looks import look_twice
from foodwaste.train.pack import read_pack
from foodwaste.train.tray_scores import Readings, score_meal

#: Name, and whether the empty picture, the served one, its heights and the colours are given; the
#: product gives colours where there is no served picture, "always" beside one as well.
WAYS = (
    ("everything", True, True, True, True),
    ("colours beside the served picture", True, True, True, "always"),
    ("without the empty picture", False, True, True, True),
    ("without the served picture", True, False, True, True),
    ("without the served heights", True, True, False, True),
    ("without either", True, False, False, True),
    ("without colours", True, True, True, False),
    ("colours alone", False, False, False, True),
    ("the picture alone", False, False, False, False),
)


def main() -> None:
    session = models.open("tray-embedded")
    threshold = float(session.card.figures["food_threshold"])
    print(f"{session.card.name} {session.card.version}, {session.card.size_mb:.2f} MB")
    seconds: list[float] = []
    for packs in asked_for(__doc__, meals=20):
        for name, with_empty, with_served, with_heights, with_colour in WAYS:
            scores = []
            for pack in map(read_pack, packs):
                found: list[Readings] = []
                seen = None
                for state in range(len(pack.classes)):
                    served = np.asarray(pack.rgb[1]) if with_served and state else None
                    # Colours of the dish are learned from the served picture.
                    learned = 0 if with_served or not state else 1
                    colour = pack.colour[learned, state + 1] / np.float32(255)
                    told = served is None or with_colour == "always"
                    rgb = np.asarray(pack.rgb[state + 1])
                    known = known_planes(
                        rgb,
                        pack.surface_from(state),
                        empty_rgb=np.asarray(pack.rgb[0]) if with_empty else None,
                        served_rgb=served,
                        food=colour if with_colour and told else None,
                        served_height_mm=seen if with_heights else None,
                        places=None if seen is None else pack.places(state, seen),
                    )
                    begun = time.perf_counter()
                    said = look_twice(session, rgb, known)
                    seconds.append(time.perf_counter() - begun)
                    food = said["food"]
                    seen = food * said["height_mm"] if seen is None else seen
                    height = np.where(food >= threshold, said["height_mm"], 0.0)
                    found.append(Readings(height.astype(np.float32), food))
                scores.append(score_meal(pack, found))
            show_means(name, scores)
    print(f"\nboth looks: median {1e3 * float(np.median(seconds)):.1f} ms on one thread")


if __name__ == "__main__":
    main()
