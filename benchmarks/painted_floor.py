"""What the shipped height network takes a bare, starchy steel floor for (needs FOODWASTE_DATA).

    python benchmarks/painted_floor.py

In ``steel-tray/half.png`` half of the rice is eaten and the steel floor is bare beside the rest.
That floor, outlined by hand, is painted over, and what is left of the rice is read anew: what the
network goes by shows in what it takes for rice.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection, models
from foodwaste.depth.parallax import places_between
from foodwaste.depth.registration import registered_places
from foodwaste.depth.tray_inputs import known_planes
from foodwaste.depth.two_looks import look_twice
from foodwaste.depth.volume import wells_of
from foodwaste.evaluate.judge import rectified_tray
from foodwaste.profile import load_profile
from foodwaste.tray.types import RectifiedTray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]

#: The bare floor in the tray's frame, px.
FLOOR = ((66, 150), (112, 150), (118, 190), (108, 232), (66, 232))


def painted(rgb: Rgb, floor: NDArray[np.bool_]) -> Iterator[tuple[str, Rgb]]:
    yield "as it is", rgb
    yield "blurred by 5 px", np.where(floor[..., None], cv2.GaussianBlur(rgb, (0, 0), 5), rgb)
    for gain in (0.8, 0.6, 0.4):
        darker = np.where(floor[..., None], rgb * gain, rgb)
        yield f"{gain} as bright", darker.astype(np.uint8)
    for grey in (110, 170, 230):
        yield f"even grey {grey}", np.where(floor[..., None], grey, rgb).astype(np.uint8)


def main() -> None:
    root = os.environ.get("FOODWASTE_DATA")
    if not root:
        sys.exit("set FOODWASTE_DATA to the folder that holds steel-tray")
    loaded = load_profile("steel-5")
    full, half = (
        rectified_tray(Path(root) / "steel-tray" / f"{name}.png", loaded)
        for name in ("full", "half")
    )
    references = backprojection.learn_references(loaded.profile, full, None)
    session = models.open("tray-embedded")
    threshold = float(session.card.figures["food_threshold"])
    rice = wells_of(full.frame) == 1 + list(full.frame.rim_masks).index("rice")
    floor = np.zeros(rice.shape, np.uint8)
    cv2.fillPoly(floor, [np.array(FLOOR)], 1)
    bare = floor > 0

    def places(tray: RectifiedTray, rgb: Rgb, served: tuple[Rgb, Map]) -> Map | None:
        by_cameras = places_between(tray, full, served[1])
        return registered_places(by_cameras, rgb, *served, wells_of(full.frame))

    def heights(
        tray: RectifiedTray, rgb: Rgb, served: tuple[Rgb, Map] | None = None
    ) -> tuple[Map, Map, Map]:
        """Height that counts as food, probability of food, and height whether food or not."""
        colour = backprojection.estimate(tray, loaded.profile, references).maps["food"]
        planes = known_planes(
            rgb,
            tray.empty_surface().height_mm,
            food=colour.astype(np.float32),
            served_rgb=None if served is None else served[0],
            served_height_mm=None if served is None else served[1],
            places=None if served is None else places(tray, rgb, served),
        )
        said = look_twice(session, rgb, planes)
        food = said["food"]
        return np.where(food >= threshold, said["height_mm"], 0.0), food, said["height_mm"]

    served, food, raw = heights(full, full.rgb)
    print(f"{session.card.name} {session.card.version}; rice left, food on the floor")
    for name, rgb in painted(half.rgb, bare):
        left, seen, _ = heights(half, rgb, (full.rgb, food * raw))
        share = left[rice].sum() / served[rice].sum()
        print(f"{name:18s} {share:.2f}  {seen[bare].mean():.2f}")


if __name__ == "__main__":
    main()
