"""Samples for the tray network: a tray as it was served and eaten, what is known of it, truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.tray_inputs import FOLD, SERVED_HEIGHT_FLAG, halved, known_planes, moved
from foodwaste.train.augment import photograph, shaky_corners, warp
from foodwaste.train.eaten_changes import EatenChanges
from foodwaste.train.film import mistaken
from foodwaste.train.pack import Pack, read_pack
from foodwaste.train.trainer import Sample
from foodwaste.train.tray_changes import (
    CLEAN,
    Mirror,
    PackedMeal,
    Pictures,
    TrayChanges,
    now_and_then,
)
from foodwaste.train.tray_config import TrayConfig

Map = NDArray[np.float32]

#: Spread of the log of what the network makes of a served height.
_HEIGHT_SPREAD = 0.12


@dataclass(frozen=True)
class _Seen:
    """A picture as a camera and a rectification would give it, its truth, and the movement."""

    rgb: NDArray[np.uint8]
    height_mm: Map
    classes: NDArray[np.uint8]
    move: NDArray[np.float64]


@dataclass(frozen=True)
class TraySource:
    """Every eaten state of every packed meal with its served state, augmented.

    A sample is a pair, served first: ``image`` ``(2, 3, H, W) uint8``, ``known``
    ``(2, 26, H / 2, W / 2) float32``, ``height_mm`` ``(2, H, W) float32``, ``classes`` and
    ``wells`` ``(2, H, W) uint8``. Of the served height only the flag is there: it is what the
    network itself sees on the served picture. ``places`` ``(H / 2, W / 2, 2) float32`` are where in
    the served picture the eaten one's pixels are found, in shares of its sides from -1 to 1, and
    ``served_mm`` ``(H / 2, W / 2) float32`` is how high these truly were.
    """

    meals: tuple[PackedMeal, ...]
    config: TrayConfig
    textures: Path | None = None

    def __len__(self) -> int:
        return sum(meal.states - 1 for meal in self.meals)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """See :class:`foodwaste.train.trainer.Source`."""
        meal, state = self._find(index)
        pack = read_pack(meal.folder)
        kind = rng.random()
        if kind < self.config.empty_share:
            state = CLEAN
        elif kind < self.config.empty_share + self.config.untouched_share:
            state = 0
        changes, later = TrayChanges(self.config, self.textures), EatenChanges(self.config)
        laid = changes.laid(pack, state, rng) if rng.random() < self.config.texture_share else None
        pictures = {0: pack.rgb[1], state: pack.rgb[state + 1]} if laid is None else laid
        dyed = changes.dyed(pack, state, pictures, rng)
        whitened = changes.whitened(meal, pack, state, pictures, rng)
        wetted = changes.wetted(meal, pack, state, pictures, rng)
        recoloured = laid is not None or dyed or whitened or wetted
        # A mirrored tray is a tray too, as long as everything is mirrored alike.
        pack, pictures, mirror = _mirrored(pack, pictures, rng)
        if state not in (0, CLEAN) and now_and_then(self.config.cut_share, rng):
            pack, pictures[state] = later.dishes_cut(
                meal, pack, state, pictures[state], mirror, lambda: self._another(meal, rng), rng
            )
        film = later.floors(meal, pack, state, pictures, rng)
        # The served picture is the first one, even where nobody ate: nothing was thrown then yet.
        seen, now = pack, pictures[state]
        for change in (later.pushed, later.covered):
            changed = change(seen, state, now, rng)
            if changed is not None:
                (seen, now), recoloured = changed, True
        empty = self._empty(meal, pack, mirror, rng)
        served = self._seen(pack, 0, pictures[0], rng)
        eaten = self._seen(seen, state, now, rng)
        is_known = rng.random() < self.config.known.served
        places = self._places(pack, state, rng) if self.config.network.compares else None
        known = [
            self._known(pack, 0, served, empty, None, recoloured, rng),
            self._known(
                pack,
                state,
                eaten,
                empty,
                served.rgb if is_known else None,
                recoloured,
                rng,
                film,
                places,
            ),
        ]
        return {
            "image": np.stack([each.rgb.transpose(2, 0, 1) for each in (served, eaten)]),
            "known": np.stack(known),
            "height_mm": np.stack([served.height_mm, eaten.height_mm]),
            "classes": np.stack([served.classes, eaten.classes]),
            "wells": np.stack([pack.wells, pack.wells]),
            "places": shares_of_sides(places, served.rgb.shape),
            "served_mm": moved(halved(served.height_mm), places),
        }

    def _find(self, index: int) -> tuple[PackedMeal, int]:
        for meal in self.meals:
            if index < meal.states - 1:
                return meal, index + 1
            index -= meal.states - 1
        raise IndexError(index)

    def _seen(
        self, pack: Pack, state: int, rgb: NDArray[np.uint8], rng: np.random.Generator
    ) -> _Seen:
        """A picture with its truth, moved alike."""
        move = shaky_corners(self.config.augment, rgb.shape[:2], rng)
        if state == CLEAN:
            height = np.zeros(rgb.shape[:2], np.float32)
            classes = np.zeros(rgb.shape[:2], np.uint8)
        else:
            height = np.asarray(warp(pack.height_mm[state].astype(np.float32), move, smooth=True))
            classes = np.asarray(warp(np.asarray(pack.classes[state]), move, smooth=False))
        picture = np.asarray(warp(np.asarray(rgb), move, smooth=True), np.uint8)
        return _Seen(photograph(picture, self.config.augment, rng), height, classes, move)

    def _known(
        self,
        pack: Pack,
        state: int,
        seen: _Seen,
        empty: NDArray[np.uint8] | None,
        served: NDArray[np.uint8] | None,
        recoloured: bool,
        rng: np.random.Generator,
        film: Map | None = None,
        places: Map | None = None,
    ) -> Map:
        colour = None
        # The colours of a dish that was changed were never looked at.
        if rng.random() < self.config.known.colour and not recoloured:
            knows = state == 0 or served is not None
            probability = pack.colour[0 if knows else 1, state + 1]
            if film is not None:
                probability = mistaken(probability, film, rng)
            moved = np.asarray(warp(probability, seen.move, smooth=True), np.float32)
            colour = moved / 255.0
        is_known = rng.random() < self.config.known.surface_known
        surface = pack.surface_from(state) if is_known else pack.surface_mm[0]
        known = known_planes(
            seen.rgb, surface, empty_rgb=empty, served_rgb=served, food=colour, places=places
        )
        known[SERVED_HEIGHT_FLAG] = float(served is not None)
        return known

    def _places(self, pack: Pack, state: int, rng: np.random.Generator) -> Map | None:
        """Where what is seen was on the served picture, by heights as wrong as a network's."""
        if rng.random() >= self.config.known.surface_known:
            return None
        height = pack.height_mm[0].astype(np.float32)
        height = cv2.GaussianBlur(height, (0, 0), 1.5) * np.exp(_HEIGHT_SPREAD * rng.normal())
        return pack.places(state, np.asarray(height, np.float32))

    def _empty(
        self, meal: PackedMeal, pack: Pack, mirror: Mirror, rng: np.random.Generator
    ) -> NDArray[np.uint8] | None:
        """The site's empty tray: this one or another of its kind, or none."""
        known = self.config.known
        if rng.random() >= known.empty:
            return None
        other = rng.random() < known.other_empty
        rgb = np.asarray(self._empty_of(meal, rng)[mirror] if other else pack.rgb[0])
        move = shaky_corners(self.config.augment, rgb.shape[:2], rng)
        moved = np.asarray(warp(rgb, move, smooth=True), np.uint8)
        return photograph(moved, self.config.augment, rng)

    def _empty_of(self, meal: PackedMeal, rng: np.random.Generator) -> NDArray[np.uint8]:
        return np.asarray(read_pack(self._another(meal, rng)).rgb[0])

    def _another(self, meal: PackedMeal, rng: np.random.Generator) -> Path:
        """A packed meal on a tray of the same layout."""
        alike = [each for each in self.meals if each.profile == meal.profile]
        return alike[int(rng.integers(len(alike)))].folder


def shares_of_sides(places: Map | None, shape: tuple[int, ...]) -> Map:
    """Places ``(H / 2, W / 2, 2)`` as torch's grid sampling wants them; ``None`` stays in place."""
    height, width = shape[0] // FOLD, shape[1] // FOLD
    if places is None:
        places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    sides = np.array([width, height], np.float32)
    return np.asarray((2.0 * places + 1.0) / sides - 1.0, np.float32)


def _mirrored(
    pack: Pack, pictures: Pictures, rng: np.random.Generator
) -> tuple[Pack, Pictures, Mirror]:
    """A pack and pictures of it seen in a mirror, or two, or none; and which."""
    down, right = (slice(None, None, -1 if rng.random() < 0.5 else None) for _ in range(2))
    mirror: Mirror = (down, right)
    seen = Pack(
        rgb=pack.rgb[:, down, right],
        height_mm=pack.height_mm[:, down, right],
        classes=pack.classes[:, down, right],
        colour=pack.colour[:, :, down, right],
        surface_mm=pack.surface_mm[:, down, right],
        eyes_px=_mirrored_eyes(pack, down, right),
        wells=pack.wells[mirror],
    )
    return seen, {state: rgb[mirror] for state, rgb in pictures.items()}, mirror


def _mirrored_eyes(pack: Pack, down: slice, right: slice) -> Map:
    eyes = np.array(pack.eyes_px)
    for axis, way, size in ((0, right, pack.wells.shape[1]), (1, down, pack.wells.shape[0])):
        if way.step == -1:
            eyes[:, axis] = size - 1 - eyes[:, axis]
    return eyes
