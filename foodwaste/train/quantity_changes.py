"""Crops of a rendered meal's compartments as they would have looked: dishes and floors changed.

Everything is drawn from the picture's own content, so that the same picture is always changed
the same way and its crops can be kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.volume import wells_of
from foodwaste.profile import load_profile
from foodwaste.quantity.crops import compartment_crops
from foodwaste.render.food_table import BY_NAME
from foodwaste.train import pack
from foodwaste.train.cut import cut
from foodwaste.train.film import shine, smear
from foodwaste.train.flecks import sprinkle
from foodwaste.train.rendered import Meal, read_picture, read_truth
from foodwaste.train.stay import stay_between
from foodwaste.train.white_rice import lay_rice, pale, rim_level
from foodwaste.tray.frame import Frame, frame_of
from foodwaste.tray.types import RectifiedTray, TrayLocation

Rgb = NDArray[np.uint8]

#: Of the dishes of a whitened meal, the share that is made rice; others are made pale.
_RICE_SHARE = 0.6
#: Shares of whitened dishes that are cut in two, and of whitened meals with light and films over
#: bare floors: half-eaten rice lies beside its starch.
_CUT_SHARE, _FLOOR_SHARE = 0.4, 0.5


@dataclass(frozen=True)
class CutCrop:
    """A crop of a dish cut in two; ``left`` is the share of its volume that stays."""

    rgb: Rgb
    left: float


@dataclass(frozen=True)
class ChangedPair:
    """A dish made white in two pictures of it.

    Attributes:
        after, before: ``(side, side, 3)``, in this state and as it was served.
        left: share of this state's volume that stays.
        is_rice: made white rice; else pale, or as it was where nothing solid was served.
        is_changed: whether anything was made of it.
    """

    after: Rgb
    before: Rgb
    left: float
    is_rice: bool
    is_changed: bool


def crops_of(rgb: Rgb, profile: str, side_px: int) -> Mapping[str, Rgb]:
    """Crops of all compartments of a picture in the tray's frame."""
    return compartment_crops(as_rectified(rgb, frame_named(profile)), side_px)


def floor_crops(meal: Meal, state: int | None, side_px: int, *, flecks: bool) -> Mapping[str, Rgb]:
    """With films, and light or flecks and sauce, on bare floors; ``None`` is the clean tray."""
    picture = meal.empty if state is None else meal.states[state].picture
    rng = np.random.default_rng(zlib.crc32((b"flecks" if flecks else b"") + picture.read_bytes()))
    food = None if state is None else read_truth(meal.states[state]).food
    served = read_picture(meal.states[0].picture)
    rgb = _with_floors(meal, read_picture(picture), served, food, rng, flecks=flecks)
    return crops_of(rgb, meal.profile, side_px)


def cut_crops(meal: Meal, state: int, side_px: int) -> Mapping[str, CutCrop]:
    """With every solid dish cut in two, an empty tray beside it."""
    picture = meal.states[state].picture
    rng = np.random.default_rng(zlib.crc32(b"cut" + picture.read_bytes()))
    solid = list(_solid(meal).values())
    done = _cut(meal, state, read_picture(picture), solid, rng)
    crops = crops_of(done.rgb, meal.profile, side_px)
    return {name: CutCrop(crops[name], done.left[name]) for name in crops}


def whitened_pairs(meal: Meal, state: int, side_px: int) -> Mapping[str, ChangedPair]:
    """With every solid dish made white rice or pale, and some of them cut, floors lit."""
    picture = meal.states[state].picture
    rng = np.random.default_rng(zlib.crc32(b"white" + picture.read_bytes()))
    wells, steel = wells_of(frame_named(meal.profile)), pack.is_steel(meal.profile)
    rgbs = [read_picture(picture), read_picture(meal.states[0].picture)]
    truths = [read_truth(meal.states[each]) for each in (state, 0)]
    foods = [each.food for each in truths]
    stay = stay_between(*(each.height_mm.astype(np.float32) for each in truths))
    solid, rice = _solid(meal), set()
    rims = [rim_level(rgb, wells) for rgb in rgbs]
    for name, number in solid.items():
        is_rice = rng.random() < _RICE_SHARE
        dishes = [
            (rgb, food & (wells == number), rim)
            for rgb, food, rim in zip(rgbs, foods, rims, strict=True)
        ]
        # The served dish comes first: what is left of it was stirred, not the other way round.
        rgbs = (lay_rice if is_rice else pale)(dishes[::-1], steel, rng, stay)[::-1]
        rice |= {name} if is_rice else set()
    numbers = [number for number in solid.values() if rng.random() < _CUT_SHARE]
    done = _cut(meal, state, rgbs[0], numbers, rng)
    after = done.rgb
    if state and rng.random() < _FLOOR_SHARE:
        after = _with_floors(meal, after, rgbs[1], done.food, rng)
    crops, served = (crops_of(rgb, meal.profile, side_px) for rgb in (after, rgbs[1]))
    return {
        name: ChangedPair(crops[name], served[name], done.left[name], name in rice, name in solid)
        for name in crops
    }


@dataclass(frozen=True)
class _CutTray:
    """A tray with cut dishes: picture, what is left of every well's volume, remaining food."""

    rgb: Rgb
    left: Mapping[str, float]
    food: NDArray[np.bool_]


def _cut(
    meal: Meal, state: int, rgb: Rgb, numbers: list[int], rng: np.random.Generator
) -> _CutTray:
    truth, wells = read_truth(meal.states[state]), wells_of(frame_named(meal.profile))
    # Stored in half precision, in which the sum over a well overflows.
    height = np.where(truth.food, truth.height_mm, 0.0).astype(np.float32)
    done = cut(rgb, height, wells, read_picture(meal.empty), numbers, rng)
    left = {}
    for name, number in _numbers(meal).items():
        here = wells == number
        before = float(height[here].sum())
        left[name] = float(done.height_mm[here].sum()) / before if before > 0 else 1.0
    return _CutTray(done.rgb, left, truth.food & ~done.bare)


def _with_floors(
    meal: Meal,
    rgb: Rgb,
    served_rgb: Rgb,
    food: NDArray[np.bool_] | None,
    rng: np.random.Generator,
    *,
    flecks: bool = False,
) -> Rgb:
    """A picture as :mod:`foodwaste.train.film` changes it; without food, the clean tray."""
    frame, served = frame_named(meal.profile), read_truth(meal.states[0]).food
    still = np.zeros_like(served) if food is None else food
    wells = wells_of(frame)
    if pack.is_steel(meal.profile) and not flecks:
        rgb = shine(rgb, wells, pack.nominal_surface(frame).height_mm, still, rng).rgb
    for leave in (smear, sprinkle) if flecks else (smear,):
        rgb = leave(rgb, served_rgb, wells, still, served, rng).rgb
    return rgb


def _numbers(meal: Meal) -> dict[str, int]:
    """A compartment's number in a map of the wells."""
    return {name: 1 + index for index, name in enumerate(frame_named(meal.profile).rim_masks)}


def _solid(meal: Meal) -> dict[str, int]:
    """Numbers of the wells whose dish is no liquid."""
    return {
        name: number
        for name, number in _numbers(meal).items()
        if name in meal.dishes and BY_NAME[meal.dishes[name]].form != "liquid"
    }


_FRAMES: dict[str, Frame] = {}


def frame_named(profile: str) -> Frame:
    """The frame of a shipped profile's tray."""
    if profile not in _FRAMES:
        _FRAMES[profile] = frame_of(load_profile(profile).profile.layout)
    return _FRAMES[profile]


def as_rectified(rgb: Rgb, frame: Frame) -> RectifiedTray:
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
