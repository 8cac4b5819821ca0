"""What is done to a packed meal's pictures before they are photographed: other food, other floors.

Every change follows the truth along or leaves it as it is. Nothing is drawn from the generator for
a change that a run does not have, so that earlier runs stay what they were.
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
from foodwaste.train.dye import Dye, dye
from foodwaste.train.film import shine, smear, sprinkle
from foodwaste.train.food_texture import lay, solid_wells
from foodwaste.train.pack import FOOD, HIDDEN, RESIDUE, Pack, is_steel, read_pack
from foodwaste.train.stay import stay_of
from foodwaste.train.tray_config import TrayConfig
from foodwaste.train.white_rice import lay_rice, pale, rim_level

Map = NDArray[np.float32]
Mirror = tuple[slice, slice]
#: A meal's pictures by state.
Pictures = dict[int, NDArray[np.uint8]]

#: The state of a tray that nothing was served on yet.
CLEAN = -1
#: Bits of pixels that show or hide food.
_NOT_BARE = FOOD | HIDDEN
#: Share of the dishes of a tray with cut ones that are cut.
_CUT_DISHES = 0.6
#: Smallest dish that something is thrown on, pixels.
_COVERED_PX = 150
#: Share of the dishes of a tray with dyed ones that are dyed.
_DYED_DISHES = 0.6
#: Share of samples with rice that have it in two wells.
_SECOND_RICE_SHARE = 0.4


@dataclass(frozen=True)
class PackedMeal:
    """A packed meal, the profile of its tray, and its meal's number of states."""

    folder: Path
    profile: str
    states: int


@dataclass(frozen=True)
class TrayChanges:
    """Changes dishes and floors as often as a run's configuration says.

    Attributes:
        config: of the run.
        textures: file of real food's textures, see :func:`foodwaste.train.food_texture.lay`.
    """

    config: TrayConfig
    textures: Path | None

    def laid(self, pack: Pack, state: int, rng: np.random.Generator) -> Pictures | None:
        """The served state and this one with real texture over a dish or two, if it can be."""
        wells = solid_wells(pack)
        if self.textures is None or state == CLEAN or not wells:
            return None
        textures = np.load(self.textures, mmap_mode="r")
        both = [np.asarray(pack.rgb[1]), np.asarray(pack.rgb[state + 1])]
        stay = stay_of(pack, state)
        for _ in range(int(rng.integers(1, 3))):
            here = pack.wells == wells[int(rng.integers(len(wells)))]
            patch = np.asarray(textures[int(rng.integers(len(textures)))])
            masks = [here & food_of(pack.classes[each]) for each in (0, state)]
            both = lay(list(zip(both, masks, strict=True)), patch, rng, stay)
        return {0: both[0], state: both[1]}

    def dyed(self, pack: Pack, state: int, pictures: Pictures, rng: np.random.Generator) -> bool:
        """Gives some dishes other colours in both pictures, now and then; whether any."""
        if not now_and_then(self.config.dye_share, rng):
            return False
        wells = [each for each in np.unique(pack.wells) if each and rng.random() < _DYED_DISHES]
        states = [each for each in dict.fromkeys((0, state)) if each != CLEAN]
        masks = [(pack.classes[each] & (FOOD | RESIDUE)) > 0 for each in states]
        for well in wells:
            here = pack.wells == well
            dishes = [
                (np.asarray(pictures[each]), here & mask)
                for each, mask in zip(states, masks, strict=True)
            ]
            made = dye(dishes, Dye.at_random(rng))
            pictures.update(zip(states, made, strict=True))
        return bool(wells)

    def whitened(
        self,
        meal: PackedMeal,
        pack: Pack,
        state: int,
        pictures: Pictures,
        rng: np.random.Generator,
    ) -> bool:
        """Makes a dish or two white rice or pale in both pictures, now and then; whether any."""
        makes = []
        if now_and_then(self.config.rice_share, rng):
            makes += [lay_rice] * (2 if rng.random() < _SECOND_RICE_SHARE else 1)
        if now_and_then(self.config.pale_share, rng):
            makes.append(pale)
        wells = solid_wells(pack) if makes else []
        stay = stay_of(pack, state) if len(wells) and state != CLEAN else None
        for make, well in zip(makes, rng.permutation(wells), strict=False):
            here = pack.wells == well
            dishes = []
            for each in dict.fromkeys((0, state)):
                rgb = np.asarray(pictures[each])
                food = here & food_of(pack.classes[each]) if each != CLEAN else np.zeros_like(here)
                dishes.append((rgb, food, rim_level(rgb, pack.wells)))
            made = make(dishes, is_steel(meal.profile), rng, stay)
            pictures.update(zip(dict.fromkeys((0, state)), made, strict=True))
        return bool(len(wells))

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


def now_and_then(share: float, rng: np.random.Generator) -> bool:
    """Whether something of this share happens; nothing is drawn for what never does."""
    return share > 0 and rng.random() < share


def food_of(classes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where food is seen."""
    return np.asarray((classes & FOOD) > 0)
