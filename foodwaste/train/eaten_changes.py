"""What is done to the eaten picture alone: dishes cut, pushed about and covered, other floors.

The truth follows along. Nothing is drawn from the generator for a change that a run does not have,
so that earlier runs stay what they were.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.train.cover import cover
from foodwaste.train.cut import ROUGH_SHARE, cut
from foodwaste.train.film import shine, smear
from foodwaste.train.flecks import sprinkle
from foodwaste.train.food_texture import solid_wells
from foodwaste.train.pack import FOOD, HIDDEN, MOVED, RESIDUE, Pack, is_steel, read_pack
from foodwaste.train.push import push
from foodwaste.train.tray_changes import (
    CLEAN,
    Map,
    Mirror,
    PackedMeal,
    Pictures,
    food_of,
    now_and_then,
)
from foodwaste.train.tray_config import TrayConfig
from foodwaste.train.white_rice import rim_level

#: Bits of pixels that show or hide food.
_NOT_BARE = FOOD | HIDDEN
#: Share of the dishes of a tray with cut ones that are cut, and of one with pushed ones.
_CUT_DISHES, _PUSHED_DISHES = 0.6, 0.5
#: Smallest dish that something is thrown on, pixels.
_COVERED_PX = 150


@dataclass(frozen=True)
class EatenChanges:
    """Changes what is left of dishes, and floors, as often as a run's configuration says."""

    config: TrayConfig

    def dishes_cut(
        self,
        meal: PackedMeal,
        pack: Pack,
        state: int,
        rgb: NDArray[np.uint8],
        mirror: Mirror,
        another: Callable[[], Path],
        rng: np.random.Generator,
    ) -> tuple[Pack, NDArray[np.uint8]]:
        """The pack and the picture of this state with some of its dishes cut in two.

        ``another`` chooses a packed meal on a tray of the same layout; ``mirror`` is how this
        one's arrays are seen.
        """
        numbers = [each for each in solid_wells(pack) if rng.random() < _CUT_DISHES]
        empty, colour = np.asarray(pack.rgb[0]), pack.colour[:, 0]
        if rng.random() < 0.5:
            donor = read_pack(another())
            empty, colour = donor.rgb[0][mirror], donor.colour[:, 0][(slice(None), *mirror)]
        done = cut(
            np.asarray(rgb),
            pack.height_mm[state],
            pack.wells,
            np.asarray(empty),
            numbers,
            rng,
            rough_share=ROUGH_SHARE if is_steel(meal.profile) else self.config.rough_elsewhere,
        )
        height, classes = np.array(pack.height_mm), np.array(pack.classes)
        seen = np.array(pack.colour)
        height[state] = done.height_mm
        classes[state][done.bare] = 0
        seen[:, state + 1] = np.where(done.bare, colour, seen[:, state + 1])
        changed = dataclasses.replace(pack, height_mm=height, classes=classes, colour=seen)
        return changed, done.rgb

    def pushed(
        self,
        pack: Pack,
        state: int,
        rgb: NDArray[np.uint8],
        rng: np.random.Generator,
    ) -> tuple[Pack, NDArray[np.uint8]] | None:
        """The pack and the picture of this state with dishes turned and pushed, now and then.

        The pack's truth is then that of the eaten picture, also where this state is the served one.
        """
        if state == CLEAN or not now_and_then(self.config.push_share, rng):
            return None
        before = np.asarray(pack.classes[state])
        numbers = [
            each
            for each in solid_wells(pack)
            if rng.random() < _PUSHED_DISHES and not (before[pack.wells == each] & HIDDEN).any()
        ]
        done = push(
            np.asarray(rgb),
            pack.height_mm[state],
            food_of(before),
            np.asarray(pack.wells),
            pack.surface_from(state),
            np.asarray(pack.rgb[0]),
            numbers,
            rng,
            stirred=self.config.stir_share,
        )
        if not done.moved.any():
            return None
        height, classes = np.array(pack.height_mm), np.array(pack.classes)
        height[state] = done.height_mm
        residue = np.where(done.moved & ~done.food, before & RESIDUE, 0)
        classes[state] = np.where(done.moved, FOOD * done.food + residue + MOVED, before)
        return dataclasses.replace(pack, height_mm=height, classes=classes), done.rgb

    def covered(
        self, pack: Pack, state: int, rgb: NDArray[np.uint8], rng: np.random.Generator
    ) -> tuple[Pack, NDArray[np.uint8]] | None:
        """The pack and the picture of this state with something thrown on a dish, now and then."""
        if state == CLEAN or not now_and_then(self.config.cover_share, rng):
            return None
        food = food_of(pack.classes[state])
        sizes = np.bincount(pack.wells[food], minlength=2)[1:]
        wells = 1 + np.flatnonzero(sizes >= _COVERED_PX)
        if not len(wells):
            return None
        there = food & (pack.wells == wells[int(rng.integers(len(wells)))])
        done = cover(np.asarray(rgb), there, rim_level(np.asarray(rgb), pack.wells), rng)
        classes = np.array(pack.classes)
        hides = (classes[state] & _NOT_BARE) > 0
        classes[state][done.mask] = 0
        classes[state][done.mask & hides] = HIDDEN
        return dataclasses.replace(pack, classes=classes), done.rgb

    def floors(
        self,
        meal: PackedMeal,
        pack: Pack,
        state: int,
        pictures: Pictures,
        rng: np.random.Generator,
    ) -> Map | None:
        """Puts light and films into the eaten state's picture, now and then; their cover."""
        if state == 0:
            return None
        served = food_of(pack.classes[0])
        # Neither film nor light lies on the spoon that lies on food.
        food = np.zeros_like(served) if state == CLEAN else (pack.classes[state] & _NOT_BARE) > 0
        laid = []
        if now_and_then(self.config.shine_share, rng) and is_steel(meal.profile):
            rgb = np.asarray(pictures[state])
            surface = np.asarray(pack.surface_from(state), np.float32)
            laid.append(shine(rgb, pack.wells, surface, food, rng))
            pictures[state] = laid[-1].rgb
        if now_and_then(self.config.film_share, rng):
            rgb, before = np.asarray(pictures[state]), np.asarray(pictures[0])
            laid.append(smear(rgb, before, pack.wells, food, served, rng))
            pictures[state] = laid[-1].rgb
        if now_and_then(self.config.fleck_share, rng):
            rgb, before = np.asarray(pictures[state]), np.asarray(pictures[0])
            laid.append(sprinkle(rgb, before, pack.wells, food, served, rng))
            pictures[state] = laid[-1].rgb
        return np.max([each.opacity for each in laid], axis=0) if laid else None
