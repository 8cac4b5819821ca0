"""Names dishes: by today's menu where the site has photographed it, else by the food head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.models import ModelCard
from foodwaste.models.session import Outputs
from foodwaste.profile import Profile

#: A food class is named only when the food head gives it at least this much. It knows 28 rendered
#: dishes and 19 foods, and a kitchen serves others: of the names that it gives more than a half on
#: twelve real served trays 12 of 28 are wrong by eye, of those that it gives this much 3 of 15.
_SURE_OF_DISH = 0.75
#: A dish of the menu is named only when its direction is at least this near (cosine) and nearer
#: than the next by the margin.
_NEAR_DISH, _NEARER_BY = 0.5, 0.05


def name_dishes(card: ModelCard, outputs: Outputs, profile: Profile) -> list[str | None]:
    """The dish in each compartment of a batch; ``None`` where the network is not sure.

    Prototypes of the menu count only for the network that made them: with other weights the
    food head answers.
    """
    menu = profile.menu
    if menu is not None and "embedding" in outputs and menu.model == embedding_id(card):
        names, directions = menu.directions()
        return [
            _nearest(names, directions @ each.astype(np.float64)) for each in outputs["embedding"]
        ]
    head = card.head
    if head is None or not head.dishes or "food_logits" not in outputs:
        return [None] * len(outputs[card.outputs[0]])
    foods = softmax(outputs["food_logits"])
    return [
        head.dishes[int(each.argmax())] if each.max() >= _SURE_OF_DISH else None for each in foods
    ]


def embedding_id(card: ModelCard) -> str:
    """Which weights an embedding is of: an export has the embedding of its original."""
    return card.weights_sha256 or card.sha256


def _nearest(names: tuple[str, ...], nearness: NDArray[np.float64]) -> str | None:
    order = np.argsort(nearness)[::-1]
    best = float(nearness[order[0]])
    second = float(nearness[order[1]]) if len(order) > 1 else -1.0
    if best < _NEAR_DISH or best - second < _NEARER_BY:
        return None
    return names[int(order[0])]


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Softmax over the last axis: ``(N, K) float64``."""
    values = np.asarray(logits, np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result
