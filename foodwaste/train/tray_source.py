"""Samples for the tray network: one state of one meal, what the site knows of it, its truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.tray_inputs import known_planes
from foodwaste.train.augment import photograph, shaky_corners, warp
from foodwaste.train.food_texture import lay, solid_wells
from foodwaste.train.pack import FOOD, Pack, read_pack
from foodwaste.train.trainer import Sample
from foodwaste.train.tray_config import TrayConfig

Map = NDArray[np.float32]


@dataclass(frozen=True)
class PackedMeal:
    """A packed meal, the profile of its tray, and its meal's number of states."""

    folder: Path
    profile: str
    states: int


@dataclass(frozen=True)
class TraySource:
    """Every state of every packed meal, augmented.

    A sample holds ``image`` ``(3, H, W) uint8``, ``known`` ``(11, H, W) float32``,
    ``height_mm`` ``(H, W) float32``, ``classes`` and ``wells`` ``(H, W) uint8``.
    """

    meals: tuple[PackedMeal, ...]
    config: TrayConfig
    textures: Path | None = None

    def __len__(self) -> int:
        return sum(meal.states for meal in self.meals)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """See :class:`foodwaste.train.trainer.Source`."""
        meal, state = self._find(index)
        pack = read_pack(meal.folder)
        if rng.random() < self.config.empty_share:
            state = -1
        laid = self._laid(pack, state, rng) if rng.random() < self.config.texture_share else None
        image, height, classes, moved = self._seen(pack, state, laid, rng)
        known = self._known(meal, pack, state, laid, moved, rng)
        planes: list[NDArray[Any]] = [image.transpose(2, 0, 1), known, height, classes, pack.wells]
        for axis in (-1, -2):
            # A mirrored tray is a tray too, as long as everything is mirrored alike.
            if rng.random() < 0.5:
                planes = [np.flip(plane, axis) for plane in planes]
        names = ("image", "known", "height_mm", "classes", "wells")
        return {name: np.array(plane) for name, plane in zip(names, planes, strict=True)}

    def _find(self, index: int) -> tuple[PackedMeal, int]:
        for meal in self.meals:
            if index < meal.states:
                return meal, index
            index -= meal.states
        raise IndexError(index)

    def _seen(
        self,
        pack: Pack,
        state: int,
        laid: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None,
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.uint8], Map, NDArray[np.uint8], NDArray[np.float64]]:
        """The picture with its truth, moved alike: picture, height, classes, the movement."""
        rgb = pack.rgb[state + 1] if laid is None else laid[0]
        move = shaky_corners(self.config.augment, rgb.shape[:2], rng)
        if state < 0:
            height = np.zeros(rgb.shape[:2], np.float32)
            classes = np.zeros(rgb.shape[:2], np.uint8)
        else:
            height = np.asarray(warp(pack.height_mm[state].astype(np.float32), move, smooth=True))
            classes = np.asarray(warp(np.asarray(pack.classes[state]), move, smooth=False))
        picture = np.asarray(warp(np.asarray(rgb), move, smooth=True), np.uint8)
        return photograph(picture, self.config.augment, rng), height, classes, move

    def _known(
        self,
        meal: PackedMeal,
        pack: Pack,
        state: int,
        laid: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None,
        move: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> Map:
        known = self.config.known
        empty = served = colour = None
        if rng.random() < known.empty:
            other = rng.random() < known.other_empty
            empty = self._picture(self._empty_of(meal, rng) if other else pack.rgb[0], rng)
        if rng.random() < (known.served if state != 0 else known.served_itself):
            served = self._picture(pack.rgb[1] if laid is None else laid[1], rng)
        # The colours of a dish that was laid over were never looked at.
        if rng.random() < known.colour and laid is None:
            probability = pack.colour[0 if served is not None else 1, state + 1]
            moved = np.asarray(warp(probability, move, smooth=True), np.float32)
            colour = moved / 255.0
        surface = pack.surface_mm[int(rng.random() < known.surface_known)]
        return known_planes(surface, empty_rgb=empty, served_rgb=served, food=colour)

    def _laid(
        self, pack: Pack, state: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
        """The state and the served one with real texture over one or two dishes, if it can be."""
        wells = solid_wells(pack)
        if self.textures is None or state < 0 or not wells:
            return None
        textures = np.load(self.textures, mmap_mode="r")
        both = [np.asarray(pack.rgb[state + 1]), np.asarray(pack.rgb[1])]
        for _ in range(int(rng.integers(1, 3))):
            here = pack.wells == wells[int(rng.integers(len(wells)))]
            patch = np.asarray(textures[int(rng.integers(len(textures)))])
            masks = [here & food_of(pack.classes[each]) for each in (state, 0)]
            both = lay(list(zip(both, masks, strict=True)), patch, rng)
        return both[0], both[1]

    def _empty_of(self, meal: PackedMeal, rng: np.random.Generator) -> NDArray[np.uint8]:
        alike = [each for each in self.meals if each.profile == meal.profile]
        return np.asarray(read_pack(alike[int(rng.integers(len(alike)))].folder).rgb[0])

    def _picture(self, rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        move = shaky_corners(self.config.augment, rgb.shape[:2], rng)
        moved = np.asarray(warp(np.asarray(rgb), move, smooth=True), np.uint8)
        return photograph(moved, self.config.augment, rng)


def food_of(classes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where there is food."""
    return np.asarray((classes & FOOD) > 0)
