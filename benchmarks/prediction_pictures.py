"""The pictures of benchmarks/prediction_sheet.py, rectified, and what the network sees on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste import backprojection
from foodwaste.depth import EmbeddedDepth, open_depth
from foodwaste.depth.two_looks import mean_of_looks
from foodwaste.errors import TrayNotFound
from foodwaste.evaluate.weighed_food import Shot, read_weighed_food
from foodwaste.evidence import Finding
from foodwaste.imaging import load
from foodwaste.models import Session
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.plates import plates_profile
from foodwaste.pipeline.sight import look
from foodwaste.profile import Profile, load_profile
from foodwaste.tray import RectifiedTray
from foodwaste.tray.plate_pairs import find_same_plates
from foodwaste.tray.plate_registration import register_plates
from foodwaste.tray.plate_slots import plates_layout, plates_on_board, rectify_plates
from foodwaste.tray.plates import Plate, find_plates

Rgb = NDArray[np.uint8]

#: weighed-food's plates are 187 and 207 mm across; a round food is no plate.
PLATE_MM = (165.0, 230.0)
#: So many pictures of one food are tried.
TRIED = 6


class Remembering:
    """A session whose last outputs can be asked for: residue is in no finding."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.card, self.backend, self.threads = session.card, session.backend, session.threads
        self.last: dict[str, NDArray[np.float32]] = {}

    def run(self, rgb: Rgb, extras: object = None) -> dict[str, NDArray[np.float32]]:
        """As the session itself."""
        self.last = self.session.run(rgb, extras)  # type: ignore[arg-type]
        return self.last


@dataclass(frozen=True)
class Seen:
    """One picture's prediction. ``coloured`` is the tray as the colour estimator sees it."""

    title: str
    tray: RectifiedTray
    coloured: RectifiedTray
    profile: Profile
    finding: Finding
    residue: NDArray[np.bool_]
    served: Seen | None


class Predictor:
    """The network as the product runs it."""

    def __init__(self) -> None:
        opened = open_depth("embedded")
        assert isinstance(opened, EmbeddedDepth)
        self.memory = Remembering(opened.session)
        self.depth = replace(opened, session=self.memory)

    def predict(
        self,
        title: str,
        tray: RectifiedTray,
        profile: Profile,
        *,
        coloured: RectifiedTray | None = None,
        served: Seen | None = None,
    ) -> Seen:
        """One tray, and the served one before it where there is one."""
        coloured = coloured or tray
        before = None if served is None else served.coloured
        references = backprojection.learn_references(profile, before, None)
        colour = backprojection.estimate(coloured, profile, references)
        finding = self.depth.estimate(
            tray,
            profile,
            colour,
            served=None if served is None else served.tray,
            served_finding=None if served is None else served.finding,
        )
        residue = mean_of_looks(self.memory.last["residue"]) >= 0.5
        return Seen(title, tray, coloured, profile, finding, residue, served)


def steel_tray(folder: Path, predictor: Predictor, each: int) -> Iterator[Seen]:
    del each
    profile = load_profile("steel-5").profile
    served = None
    for name in ("full.png", "half.png", "empty.png"):
        tray = located(folder / name, profile)
        seen = predictor.predict(f"steel-tray {name}", tray, profile, served=served)
        served = served or seen
        yield seen


def tray_look(folder: Path, predictor: Predictor, each: int) -> Iterator[Seen]:
    """Full meals on trays that only resemble the shipped layouts."""
    shown = 0
    for path in sorted(folder.glob("*.jpg")):
        for name in ("white-5", "steel-5"):
            if shown == each:
                return
            profile = load_profile(name).profile
            try:
                tray = located(path, profile)
            except TrayNotFound as error:
                print(f"{path.name} as {name}: {error}", file=sys.stderr)
                continue
            shown += 1
            yield predictor.predict(f"tray-look {path.name}, as {name}", tray, profile)
            break


def canteen_tray(folder: Path, predictor: Predictor, each: int) -> Iterator[Seen]:
    del each
    for meal in sorted(path.parent for path in folder.glob("*/masks")):
        first = load(meal / "food_image.jpg").rgb
        for name in ("leftover1", "leftover2", "leftover3"):
            last = load(meal / f"{name}.jpg").rgb
            plates, there = find_same_plates(first, last)
            title = f"canteen-tray {meal.name} before"
            served = on_plates(predictor, title, first, plates, plates)
            if name == "leftover1":
                yield served
            there = register_plates(first, plates, last, there)
            title = f"canteen-tray {meal.name} {name}"
            yield on_plates(predictor, title, last, plates, there, served=served)


def weighed_food(folder: Path, predictor: Predictor, each: int) -> Iterator[Seen]:
    """One top view of as many foods as are asked for, spread over the alphabet."""
    shots = [s for s in read_weighed_food(folder) if s.top_view and s.box_mm and s.box_px]
    foods = sorted({shot.food for shot in shots})
    for food in foods[:: max(1, len(foods) // each)][:each]:
        for shot in [shot for shot in shots if shot.food == food][:TRIED]:
            found = weighed_plate(shot)
            if found is not None:
                rgb, plate, diameter_mm = found
                title = f"weighed-food {shot.image.stem}: {shot.volume_ml:.0f} ml measured"
                yield on_plates(predictor, title, rgb, (plate,), (plate,), largest_mm=diameter_mm)
                break
        else:
            print(f"weighed-food {food}: no plate found", file=sys.stderr)


def weighed_plate(shot: Shot) -> tuple[Rgb, Plate, float] | None:
    """The photograph with a margin, the plate in it, and its diameter by the coin, mm."""
    assert shot.box_mm is not None
    assert shot.box_px is not None
    mm_per_px = shot.box_mm[0] / (shot.box_px[2] - shot.box_px[0])
    rgb = load(shot.image).rgb
    # These plates fill the picture; plates are looked for at the size they have on a tray.
    margin = rgb.shape[0] // 3
    wide = np.asarray(cv2.copyMakeBorder(rgb, *[margin] * 4, cv2.BORDER_REPLICATE), np.uint8)
    for plate in find_plates(wide):
        diameter_mm = 2 * plate.radius_px * mm_per_px
        if PLATE_MM[0] < diameter_mm < PLATE_MM[1]:
            return wide, plate, diameter_mm
    return None


def located(path: Path, profile: Profile) -> RectifiedTray:
    return look(str(path), profile.layout, Budget.unlimited(), max_mpixels=60.0).tray


def on_plates(
    predictor: Predictor,
    title: str,
    rgb: Rgb,
    plates: tuple[Plate, ...],
    there: tuple[Plate | None, ...],
    *,
    served: Seen | None = None,
    largest_mm: float | None = None,
) -> Seen:
    known = {} if largest_mm is None else {"largest_mm": largest_mm}
    profile = plates_profile(load_profile("canteen-plates").profile, plates_layout(plates, **known))
    tray = plates_on_board(rgb, there, profile.layout)
    coloured = rectify_plates(rgb, there, profile.layout)
    return predictor.predict(title, tray, profile, coloured=coloured, served=served)


SETS: dict[str, Callable[[Path, Predictor, int], Iterator[Seen]]] = {
    "steel-tray": steel_tray,
    "tray-look": tray_look,
    "canteen-tray": canteen_tray,
    "weighed-food": weighed_food,
}
