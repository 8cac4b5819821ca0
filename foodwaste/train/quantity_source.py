"""Samples of the quantity network: a crop after, often one before, and what is true of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.render.food_table import FOODS
from foodwaste.train.augment import AugmentConfig, photograph
from foodwaste.train.quantity_changes import ChangedPair
from foodwaste.train.quantity_config import QuantityConfig
from foodwaste.train.quantity_crops import CropStore, Well, wells_of
from foodwaste.train.rendered import Meal
from foodwaste.train.trainer import Sample
from foodwaste.train.weighed_crops import WeighedCrop

#: Foods of ``weighed-food``, the food head's classes after the rendered kinds.
WEIGHED_FOODS = (
    "apple",
    "banana",
    "bread",
    "bun",
    "doughnut",
    "egg",
    "fired_dough_twist",
    "grape",
    "lemon",
    "litchi",
    "mango",
    "mooncake",
    "orange",
    "peach",
    "pear",
    "plum",
    "qiwi",
    "sachima",
    "tomato",
)
DISHES: tuple[str, ...] = (*(food.name for food in FOODS), *WEIGHED_FOODS)
#: Below this share of a serving there is too little food to tell what it is.
RECOGNISABLE = 0.05
#: A label of -1 is unknown or without meaning.
UNKNOWN = -1
_LEAST_SERVED_ML = 10.0
#: What dishes are made when they are made white rice.
_RICE = "white rice"
#: A crop has two thirds of the tray's pixels: blur and coarseness count for more, and a glare of
#: the tray's size would hide a whole well.
CROP_AUGMENT = AugmentConfig(
    white_balance=0.07, blur_px=0.9, coarse_share=0.05, noise_levels=6.0, glare_share=0.12
)


class QuantitySource:
    """All wells of all meals in all states, and real foods in between.

    A sample holds ``pair (3, side, 2 * side) uint8``, ``amount`` and ``ratio`` (float32, -1
    where unknown), ``food`` (int64, -1 where unknown) and ``seen_before`` (float32: the dish is
    to be seen in both crops).
    """

    def __init__(
        self,
        meals: Sequence[Meal],
        fills: Mapping[str, float],
        weighed: Sequence[WeighedCrop],
        store: CropStore,
        config: QuantityConfig,
    ) -> None:
        self._meals, self._store, self._config = tuple(meals), store, config
        self._wells, self._fills = wells_of(self._meals, fills), fills
        self._weighed = tuple(weighed)
        self._index = [
            (number, state)
            for number, well in enumerate(self._wells)
            for state in range(len(well.volume_ml))
        ]
        self._by_dish: dict[tuple[str, str, str], list[int]] = {}
        for number, well in enumerate(self._wells):
            if well.dish is not None:
                self._by_dish.setdefault(self._place(well), []).append(number)

    def __len__(self) -> int:
        """Wells times states."""
        return len(self._index)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """See :class:`foodwaste.train.trainer.Source`."""
        shares = self._config.samples
        if self._weighed and rng.random() < shares.weighed_share:
            each = self._weighed[int(rng.integers(len(self._weighed)))]
            return self._made(each.rgb, None, rng, food=DISHES.index(each.food))
        number, state = self._index[index]
        well = self._wells[number]
        if shares.white_share > 0 and rng.random() < shares.white_share:
            white = self._store.whitened(self._meals[well.meal], state, well.compartment)
            if white.is_changed:
                return self._white(well, white, well.volume_ml[state] * white.left, rng)
        volume = well.volume_ml[state]
        clean = rng.random() < shares.clean_share
        volume = 0.0 if clean else volume
        cut = None
        if shares.cut_share > 0 and not clean and rng.random() < shares.cut_share:
            cut = self._store.cut_in_two(self._meals[well.meal], state, well.compartment)
            volume *= cut.left
        amount = min(volume / well.standard_ml, self._config.bins[-1])
        before, served_ml = None, 0.0
        if rng.random() < shares.before_share:
            before, served_ml = self._before(well, number, state, rng)
        ratio = float(UNKNOWN)
        if before is not None and served_ml >= _LEAST_SERVED_ML:
            ratio = min(volume / served_ml, 1.0)
        visible = amount >= RECOGNISABLE
        food = UNKNOWN
        if well.dish is not None and (visible or before is not None):
            food = DISHES.index(well.dish)
        return self._made(
            self._after(well, None if clean else state, rng) if cut is None else cut.rgb,
            before,
            rng,
            amount=amount,
            ratio=ratio,
            food=food,
            seen_before=visible and before is not None,
        )

    def _white(
        self, well: Well, white: ChangedPair, volume: float, rng: np.random.Generator
    ) -> Sample:
        """A dish made rice or pale; what a pale one is, and what is usual of it, is unknown."""
        amount, food = float(UNKNOWN), UNKNOWN
        if white.is_rice and well.dish is not None:
            usual = self._fills.get(_RICE, self._fills[""]) / self._fills[well.dish]
            amount = min(volume / (well.standard_ml * usual), self._config.bins[-1])
            food = DISHES.index(_RICE)
        known = rng.random() < self._config.samples.before_share
        served_ml = well.volume_ml[0]
        has_ratio = known and served_ml >= _LEAST_SERVED_ML
        visible = volume / well.standard_ml >= RECOGNISABLE
        return self._made(
            white.after,
            white.before if known else None,
            rng,
            amount=amount,
            ratio=min(volume / served_ml, 1.0) if has_ratio else float(UNKNOWN),
            food=food if visible or known else UNKNOWN,
            seen_before=visible and known,
        )

    def _after(self, well: Well, state: int | None, rng: np.random.Generator) -> NDArray[np.uint8]:
        """The crop after; ``None`` is the clean tray."""
        meal = self._meals[well.meal]
        # Nothing is drawn for what a run does not have: earlier ones stay what they were.
        shares = self._config.samples
        for share, crop in (
            (shares.floor_share, self._store.on_lit_floor),
            (shares.fleck_share, self._store.with_flecks),
        ):
            if share > 0 and state != 0 and rng.random() < share:
                return crop(meal, state, well.compartment)
        picture = meal.empty if state is None else meal.states[state].picture
        return self._crop(picture, well)

    def _before(
        self, well: Well, number: int, state: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8] | None, float]:
        """The crop before and how many ml are in it."""
        shares = self._config.samples
        if well.dish is None:
            return None, 0.0
        if rng.random() < shares.other_tray_share:
            others = [n for n in self._by_dish[self._place(well)] if n != number]
            if others:
                other = self._wells[others[int(rng.integers(len(others)))]]
                served = self._meals[other.meal].states[0]
                return self._crop(served.picture, other), other.volume_ml[0]
        earlier = 0
        if state and rng.random() >= shares.served_share:
            earlier = int(rng.integers(state))
        picture = self._meals[well.meal].states[earlier].picture
        return self._crop(picture, well), well.volume_ml[earlier]

    def _crop(self, picture: Path, well: Well) -> NDArray[np.uint8]:
        return self._store.crop(picture, self._meals[well.meal].profile, well.compartment)

    def _place(self, well: Well) -> tuple[str, str, str]:
        return self._meals[well.meal].profile, well.compartment, well.dish or ""

    def _made(
        self,
        after: NDArray[np.uint8],
        before: NDArray[np.uint8] | None,
        rng: np.random.Generator,
        *,
        amount: float = UNKNOWN,
        ratio: float = UNKNOWN,
        food: int = UNKNOWN,
        seen_before: bool = False,
    ) -> Sample:
        side = self._config.side_px
        turn, flip = int(rng.integers(4)), bool(rng.random() < 0.5)
        pair = np.zeros((side, 2 * side, 3), np.uint8)
        for place, crop in ((0, after), (side, before)):
            if crop is not None:
                turned = np.rot90(crop[:, ::-1] if flip else crop, turn)
                seen = shaken_crop(turned, side, rng)
                pair[:, place : place + side] = photograph(seen, CROP_AUGMENT, rng)
        return {
            "pair": np.ascontiguousarray(pair.transpose(2, 0, 1)),
            "amount": np.array(amount, np.float32),
            "ratio": np.array(ratio, np.float32),
            "food": np.array(food, np.int64),
            "seen_before": np.array(seen_before, np.float32),
        }


def shaken_crop(crop: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The crop at ``side``, a little shifted, scaled and turned: no tray is found exactly."""
    step = crop.shape[0] / side * float(np.exp(0.03 * rng.normal()))
    angle = 0.03 * float(rng.normal())
    cos, sin = step * np.cos(angle), step * np.sin(angle)
    middle = (crop.shape[0] - 1) / 2 + rng.normal(0, 1.2, 2)
    half = (side - 1) / 2
    matrix = np.array(
        [
            [cos, -sin, middle[0] - (cos - sin) * half],
            [sin, cos, middle[1] - (sin + cos) * half],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        np.ascontiguousarray(crop),
        matrix,
        (side, side),
        flags=flags,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.uint8)
