"""Judges the quantity network on meals that it never saw. Imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from foodwaste.models import Session
from foodwaste.models.card import FEATURES
from foodwaste.models.siamese import SiameseQuantity
from foodwaste.train.quantity_config import QuantityConfig
from foodwaste.train.quantity_crops import CropStore, wells_of
from foodwaste.train.quantity_pairs import pair_features, run_pairs
from foodwaste.train.quantity_source import DISHES, RECOGNISABLE, UNKNOWN
from foodwaste.train.rendered import Meal

_BATCH = 100
#: Names of the network's outputs, in its order.
OUTPUTS = ("quantity_logits", "food_logits", "ratio_logits", "embedding", FEATURES)


@dataclass(frozen=True)
class HeldOut:
    """Eaten states of held-out meals: one row per well that was served.

    ``pairs (N, side, 2 * side, 3) uint8`` with the served crop on the right; ``amount`` and
    ``ratio`` ``(N,)``; ``food (N,)`` indices into ``DISHES``; ``meal (N,)``.
    """

    pairs: NDArray[np.uint8]
    amount: NDArray[np.float64]
    ratio: NDArray[np.float64]
    food: NDArray[np.int64]
    meal: NDArray[np.int64]

    def alone(self) -> NDArray[np.uint8]:
        """The pairs without their picture from before."""
        single = self.pairs.copy()
        single[:, :, single.shape[1] :] = 0
        return single

    def swapped(self) -> NDArray[np.uint8]:
        """The served crops as the pictures to be judged, without one from before."""
        single = np.zeros_like(self.pairs)
        side = single.shape[1]
        single[:, :, :side] = self.pairs[:, :, side:]
        return single


@dataclass(frozen=True)
class Answers:
    """Raw outputs of a network on many pairs."""

    quantity: NDArray[np.float64]
    food: NDArray[np.float64]
    ratio: NDArray[np.float64]
    embedding: NDArray[np.float64]


def held_out_pairs(
    meals: Sequence[Meal], fills: Mapping[str, float], config: QuantityConfig
) -> HeldOut:
    """Every eaten state of every served well, against the served state."""
    store = CropStore(config.side_px)
    side = config.side_px
    pairs, labels = [], []
    for well in wells_of(meals, fills):
        if well.dish is None or well.volume_ml[0] < 10.0:
            continue
        meal = meals[well.meal]

        def seen(state: int, meal: Meal = meal, compartment: str = well.compartment) -> object:
            crop = store.crop(meal.states[state].picture, meal.profile, compartment)
            return cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)

        for state in range(1, len(meal.states)):
            pairs.append(np.concatenate([seen(state), seen(0)], axis=1))
            volume = well.volume_ml[state]
            amount = min(volume / well.standard_ml, config.bins[-1])
            food = DISHES.index(well.dish) if well.dish in DISHES else UNKNOWN
            labels.append((amount, min(volume / well.volume_ml[0], 1.0), food, well.meal))
    amounts, ratios, foods, numbers = (np.array(column) for column in zip(*labels, strict=True))
    return HeldOut(
        np.stack(pairs), amounts, ratios, foods.astype(np.int64), numbers.astype(np.int64)
    )


#: Answers for pairs ``(N, side, 2 * side, 3) uint8``.
Run = Callable[[NDArray[np.uint8]], Answers]


def run_of_network(network: SiameseQuantity) -> Run:
    """Runs a network in eval mode, in full precision."""
    device = next(network.parameters()).device

    def run(pairs: NDArray[np.uint8]) -> Answers:
        with torch.inference_mode():
            batch = torch.from_numpy(pairs).permute(0, 3, 1, 2).to(device).float() / 255.0
            after, before = pair_features(network, batch)
            amounts, foods, ratios = network.heads(after, before)
            found = (amounts, foods, ratios, network.embedding(after))
            return Answers(*(each.double().cpu().numpy() for each in found))

    return run


def run_of_session(session: Session) -> Run:
    """Runs an opened model, as the product does."""

    def run(pairs: NDArray[np.uint8]) -> Answers:
        found = run_pairs(session, pairs)
        return Answers(*(found[name].astype(np.float64) for name in OUTPUTS[:4]))

    return run


def answers(run: Run, pairs: NDArray[np.uint8]) -> Answers:
    """Runs on any number of pairs, some at a time."""
    parts = [run(pairs[start : start + _BATCH]) for start in range(0, len(pairs), _BATCH)]
    return Answers(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("quantity", "food", "ratio", "embedding")
        )
    )


def expectation(
    logits: NDArray[np.float64], bins: Sequence[float], temperature: float = 1.0
) -> NDArray[np.float64]:
    """Expected value of each row's distribution."""
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    result: NDArray[np.float64] = shares @ np.asarray(bins)
    return result


def figures(
    run: Run,
    held: HeldOut,
    config: QuantityConfig,
    temperature: float = 1.0,
    ratio_temperature: float = 1.0,
) -> dict[str, float]:
    """What the network gets right and wrong: errors of ratios and amounts, shares of dishes."""
    both = answers(run, held.pairs)
    alone = answers(run, held.alone())
    served = answers(run, held.swapped())
    ratio = expectation(both.ratio, config.ratio_bins, ratio_temperature)
    amount = expectation(alone.quantity, config.bins, temperature)
    # As without the ratio head: two amounts, each from one picture.
    served_amount = expectation(served.quantity, config.bins, temperature)
    divided = np.clip(amount / np.maximum(served_amount, 0.05), 0, 1)
    clean = held.ratio == 0
    visible = held.amount >= RECOGNISABLE
    found = {
        "ratio_mae": float(np.abs(ratio - held.ratio).mean()),
        "ratio_of_amounts_mae": float(np.abs(divided - held.ratio).mean()),
        "amount_mae": float(np.abs(amount - held.amount).mean()),
        "predict_mean_ratio_mae": float(np.abs(held.ratio - held.ratio.mean()).mean()),
        "food_accuracy": _share(both.food.argmax(axis=1) == held.food, visible),
        "food_accuracy_alone": _share(alone.food.argmax(axis=1) == held.food, visible),
        "prototype_accuracy": _prototypes(alone.embedding, served.embedding, held, visible),
    }
    if clean.any():
        found["clean_read_clean"] = float((ratio[clean] <= 0.05).mean())
    return found


def _prototypes(
    after: NDArray[np.float64],
    served: NDArray[np.float64],
    held: HeldOut,
    visible: NDArray[np.bool_],
) -> float:
    """Share of wells whose dish is nearest to its own prototype, among its own meal's."""
    right: list[bool] = []
    for meal in np.unique(held.meal):
        own = np.flatnonzero(held.meal == meal)
        dishes, first = np.unique(held.food[own], return_index=True)
        prototypes = served[own[first]]
        right += [
            bool(dishes[int(np.argmax(prototypes @ after[row]))] == held.food[row])
            for row in own[visible[own]]
        ]
    return float(np.mean(right)) if right else float("nan")


def _share(right: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float(right[among].mean()) if among.any() else float("nan")
