"""What is done to a meal's dishes, in the served picture and the eaten one alike: other surfaces.

The truth stays as it is. Nothing is drawn from the generator for a change that a run does not have,
so that earlier runs stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import load_profile
from foodwaste.train.dye import Dye, dye
from foodwaste.train.food_texture import lay, solid_wells
from foodwaste.train.pack import FOOD, RESIDUE, Pack, is_steel
from foodwaste.train.stay import stay_of
from foodwaste.train.tray_config import TrayConfig
from foodwaste.train.wet import liquid_in, wet
from foodwaste.train.white_rice import lay_rice, pale, rim_level

Map = NDArray[np.float32]
Mirror = tuple[slice, slice]
#: A meal's pictures by state.
Pictures = dict[int, NDArray[np.uint8]]

#: The state of a tray that nothing was served on yet.
CLEAN = -1
#: Share of the dishes of a tray with dyed ones that are dyed.
_DYED_DISHES = 0.6
#: Share of samples with rice that have it in two wells.
_SECOND_RICE_SHARE = 0.4
#: Share of served liquids that left a film on the wall above them; of eaten ones all did.
_SERVED_FILM_SHARE = 0.3


@dataclass(frozen=True)
class PackedMeal:
    """A packed meal, the profile of its tray, and its meal's number of states."""

    folder: Path
    profile: str
    states: int


@dataclass(frozen=True)
class TrayChanges:
    """Changes how dishes look as often as a run's configuration says.

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

    def wetted(
        self,
        meal: PackedMeal,
        pack: Pack,
        state: int,
        pictures: Pictures,
        rng: np.random.Generator,
    ) -> bool:
        """Lets liquids mirror the room and climb their walls, now and then; whether any."""
        if not now_and_then(self.config.wet_share, rng):
            return False
        found = False
        for well in liquid_wells(meal.profile):
            here = np.asarray(pack.wells == well)
            for each in dict.fromkeys((0, state)):
                if each == CLEAN:
                    continue
                liquid = liquid_in(
                    pack.height_mm[each], pack.surface_from(each), food_of(pack.classes[each]), here
                )
                if liquid is None:
                    continue
                film = each != 0 or rng.random() < _SERVED_FILM_SHARE
                pictures[each] = wet(np.asarray(pictures[each]), liquid, film, rng)
                found = True
        return found


@lru_cache(maxsize=16)
def liquid_wells(profile: str) -> tuple[int, ...]:
    """Numbers of a shipped profile's wells for liquids, whose pieces may stand out of them."""
    wells = load_profile(profile).profile.layout.compartments.values()
    return tuple(number for number, well in enumerate(wells, start=1) if well.liquid)


def now_and_then(share: float, rng: np.random.Generator) -> bool:
    """Whether something of this share happens; nothing is drawn for what never does."""
    return share > 0 and rng.random() < share


def food_of(classes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where food is seen."""
    return np.asarray((classes & FOOD) > 0)
