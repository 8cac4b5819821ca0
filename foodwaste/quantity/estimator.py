"""Quantity evidence: a distribution over the checkpoint's bins for every compartment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste import models
from foodwaste.errors import UsageError
from foodwaste.evidence import Evidence, Finding
from foodwaste.models import QuantityHead, Session
from foodwaste.profile import Profile
from foodwaste.quantity.crops import compartment_crops
from foodwaste.tray.types import RectifiedTray

#: A food class is named only when the food head gives it at least this much.
_SURE_OF_DISH = 0.5


@dataclass
class QuantityEstimator:
    """A ResNet over all compartments of a tray in one batch.

    Raises:
        UsageError: the model's card has no quantity head.
    """

    session: Session
    name: str = "quantity"

    def __post_init__(self) -> None:
        """Refuses a model whose outputs mean nothing here."""
        if self.session.card.head is None:
            raise UsageError(f"{self.session.card.name} is no quantity model: it has no bins")

    def estimate(
        self,
        tray: RectifiedTray,
        profile: Profile,
        colour: Finding | None,
        *,
        served: RectifiedTray | None = None,
        empty_rgb: NDArray[np.uint8] | None = None,
    ) -> Finding:
        """Share of a serving in each compartment, 0 to the highest bin (1.25 as a rule).

        Args:
            tray: the tray.
            profile: unused: bins and classes are the checkpoint's.
            colour: unused: the network sees colour itself.
            served: unused.
            empty_rgb: unused.
        """
        del profile, colour, served, empty_rgb
        head = self.session.card.head
        assert head is not None
        crops = compartment_crops(tray, self.session.card.preprocessing.height_px)
        dropped = {name: "out of the picture" for name in tray.frame.rim_masks if name not in crops}
        if not crops:
            return Finding({}, {}, dropped)
        outputs = self.session.run(np.stack(list(crops.values())))
        names = self.session.card.outputs
        shares = softmax(outputs[names[0]] / np.float32(head.temperature))
        foods = softmax(outputs[names[1]]) if len(names) > 1 and head.dishes else None
        evidence = {
            name: _read(head, shares[index], None if foods is None else foods[index])
            for index, name in enumerate(crops)
        }
        distributions = {name: shares[index].tolist() for index, name in enumerate(crops)}
        return Finding(evidence, {}, dropped, {"bins": list(head.bins), "shares": distributions})


def _read(
    head: QuantityHead, shares: NDArray[np.float64], foods: NDArray[np.float64] | None
) -> Evidence:
    bins = np.asarray(head.bins)
    amount = float(shares @ bins)
    spread = math.sqrt(max(float(shares @ (bins - amount) ** 2), 0.0))
    # A distribution that is sure of one bin is still no finer than the bin.
    width = float(bins[-1] - bins[0]) / (len(bins) - 1) / 12.0**0.5
    error = math.hypot(spread, head.amount_error or width)
    dish = None
    if foods is not None and foods.max() >= _SURE_OF_DISH:
        dish = head.dishes[int(np.argmax(foods))]
    return Evidence(amount=amount, confidence=float(shares.max()), amount_error=error, dish=dish)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Softmax over the last axis: ``(N, K) float64``."""
    values = np.asarray(logits, np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result


def open_quantity(
    spec: str = "embedded", *, threads: int = 1, hub_dir: Path | None = None
) -> QuantityEstimator:
    """Opens a quantity estimator.

    Args:
        spec: ``embedded``, the name of another quantity model, or a checkpoint's path.
        threads: threads of one run.
        hub_dir: as in :func:`foodwaste.models.open`.

    Raises:
        ModelMissing: the model is not on this machine; the message holds the command.
        UsageError: no such model, or not one for quantity.
    """
    name = "quantity-embedded" if spec == "embedded" else spec
    return QuantityEstimator(models.open(name, threads=threads, hub_dir=hub_dir))
