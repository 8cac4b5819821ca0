"""Crops of rendered compartments with their labels, kept in memory as they are first needed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import load_profile
from foodwaste.quantity.crops import compartment_crops
from foodwaste.render.food_table import BY_NAME
from foodwaste.train import pack
from foodwaste.train.cut import cut
from foodwaste.train.film import shine, smear
from foodwaste.train.rendered import Meal, read_picture, read_truth
from foodwaste.tray.frame import Frame, frame_of
from foodwaste.tray.types import RectifiedTray, TrayLocation

#: Crops are kept a little larger than the network sees them, so that shifting and scaling them
#: in training loses nothing.
SPARE = 112 / 96


@dataclass(frozen=True)
class Well:
    """One compartment of one meal through its states.

    Attributes:
        dish: the dish's name; ``None`` where nothing was served.
        volume_ml: of each state, the served one first.
        standard_ml: volume of a standard serving of this dish in this well.
    """

    meal: int
    compartment: str
    dish: str | None
    volume_ml: tuple[float, ...]
    standard_ml: float


@dataclass(frozen=True)
class CutCrop:
    """A crop of a dish cut in two; ``left`` is the share of its volume that stays."""

    rgb: NDArray[np.uint8]
    left: float


class CropStore:
    """Crops by picture and compartment, cut on first use. Copies start with an empty store."""

    def __init__(self, side_px: int) -> None:
        self.side_px = round(side_px * SPARE)
        self._crops: dict[Path, dict[str, NDArray[np.uint8]]] = {}
        self._lit: dict[Path, dict[str, NDArray[np.uint8]]] = {}
        self._cut: dict[Path, dict[str, CutCrop]] = {}

    def crop(self, picture: Path, profile: str, compartment: str) -> NDArray[np.uint8]:
        """``(side, side, 3) uint8``, RGB."""
        if picture not in self._crops:
            self._crops[picture] = compartment_crops(
                as_rectified(read_picture(picture), frame_named(profile)), self.side_px
            )
        return self._crops[picture][compartment]

    def on_lit_floor(self, meal: Meal, state: int | None, compartment: str) -> NDArray[np.uint8]:
        """The same with light and films over bare floors, always the same ones; ``None``: clean."""
        picture = meal.empty if state is None else meal.states[state].picture
        if picture not in self._lit:
            rectified = as_rectified(_with_floors(meal, state), frame_named(meal.profile))
            self._lit[picture] = compartment_crops(rectified, self.side_px)
        return self._lit[picture][compartment]

    def cut_in_two(self, meal: Meal, state: int, compartment: str) -> CutCrop:
        """A dish cut as :mod:`foodwaste.train.cut` does it, always in the same place."""
        picture = meal.states[state].picture
        if picture not in self._cut:
            self._cut[picture] = _cut_crops(meal, state, self.side_px)
        return self._cut[picture][compartment]

    def __getstate__(self) -> dict[str, object]:
        """A loader process fills its own store."""
        return {"side_px": self.side_px, "_crops": {}, "_lit": {}, "_cut": {}}


def _cut_crops(meal: Meal, state: int, side_px: int) -> dict[str, CutCrop]:
    frame, picture = frame_named(meal.profile), meal.states[state].picture
    rng = np.random.default_rng(zlib.crc32(b"cut" + picture.read_bytes()))
    truth, wells = read_truth(meal.states[state]), pack.wells_of(frame)
    # Stored in half precision, in which the sum over a well overflows.
    height = np.where(truth.food, truth.height_mm, 0.0).astype(np.float32)
    numbers = {
        name: 1 + index
        for index, name in enumerate(load_profile(meal.profile).profile.layout.compartments)
    }
    solid = [
        number
        for name, number in numbers.items()
        if name in meal.dishes and BY_NAME[meal.dishes[name]].form != "liquid"
    ]
    done = cut(read_picture(picture), height, wells, read_picture(meal.empty), solid, rng)
    crops = compartment_crops(as_rectified(done.rgb, frame), side_px)
    found = {}
    for name, number in numbers.items():
        here = wells == number
        before = float(height[here].sum())
        left = float(done.height_mm[here].sum()) / before if before > 0 else 1.0
        found[name] = CutCrop(crops[name], left)
    return found


def _with_floors(meal: Meal, state: int | None) -> NDArray[np.uint8]:
    """A meal's picture as :mod:`foodwaste.train.film` changes it, drawn from its content."""
    frame = frame_named(meal.profile)
    picture = meal.empty if state is None else meal.states[state].picture
    rng = np.random.default_rng(zlib.crc32(picture.read_bytes()))
    rgb, served = read_picture(picture), read_truth(meal.states[0]).food
    food = np.zeros_like(served) if state is None else read_truth(meal.states[state]).food
    wells = pack.wells_of(frame)
    if pack.is_steel(meal.profile):
        rgb = shine(rgb, wells, pack.nominal_surface(frame).height_mm, food, rng).rgb
    return smear(rgb, read_picture(meal.states[0].picture), wells, food, served, rng).rgb


_FRAMES: dict[str, Frame] = {}


def frame_named(profile: str) -> Frame:
    """The frame of a shipped profile's tray."""
    if profile not in _FRAMES:
        _FRAMES[profile] = frame_of(load_profile(profile).profile.layout)
    return _FRAMES[profile]


def as_rectified(rgb: NDArray[np.uint8], frame: Frame) -> RectifiedTray:
    """A rendered picture in the tray's frame as the tray stage hands it on.

    Raises:
        ValueError: of another size than the frame.
    """
    if rgb.shape[:2] != frame.shape:
        raise ValueError(f"picture of {rgb.shape[:2]}, frame of {frame.shape}")
    corners = np.array([[0, 0], [rgb.shape[1], 0], [rgb.shape[1], rgb.shape[0]], [0, rgb.shape[0]]])
    size = (rgb.shape[1], rgb.shape[0])
    location = TrayLocation(corners.astype(np.float64), 0, 1.0, size)
    return RectifiedTray(rgb, np.ones(frame.shape, bool), frame, np.eye(3), location)


def standard_fills(meals: Iterable[Meal]) -> dict[str, float]:
    """By dish, the median share of a well's capacity that is served; ``""`` for any dish.

    A standard serving is what is usually served of that dish in a well of that size: what the
    network's amounts are shares of.
    """
    fills: dict[str, list[float]] = {"": []}
    for meal in meals:
        wells = load_profile(meal.profile).profile.layout.compartments
        for compartment, dish in meal.dishes.items():
            fill = meal.states[0].volume_ml[compartment] / wells[compartment].capacity_ml
            fills.setdefault(dish, []).append(fill)
            fills[""].append(fill)
    return {dish: float(np.median(values)) for dish, values in fills.items() if values}


def wells_of(meals: Sequence[Meal], fills: Mapping[str, float]) -> list[Well]:
    """Every compartment of every meal with its labels."""
    found = []
    for index, meal in enumerate(meals):
        layout = load_profile(meal.profile).profile.layout
        for compartment, well in layout.compartments.items():
            dish = meal.dishes.get(compartment)
            volumes = tuple(state.volume_ml.get(compartment, 0.0) for state in meal.states)
            fill = fills.get(dish or "", fills[""])
            found.append(Well(index, compartment, dish, volumes, fill * well.capacity_ml))
    return found
