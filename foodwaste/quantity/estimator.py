"""Quantity evidence: a distribution over the checkpoint's bins for every compartment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste import models
from foodwaste.errors import UsageError
from foodwaste.evidence import Evidence, Finding
from foodwaste.models import QuantityHead, Session
from foodwaste.models.card import BEFORE, FEATURES
from foodwaste.models.session import Outputs
from foodwaste.profile import Profile
from foodwaste.quantity.before import known_before
from foodwaste.quantity.crops import compartment_crops
from foodwaste.quantity.dishes import name_dishes, softmax
from foodwaste.tray.types import RectifiedTray

#: With less of a serving to see the dish has no name: of clean wells the food head is sure as well.
_LEAST_NAMED = 0.05


@dataclass
class QuantityEstimator:
    """A ResNet over all compartments of a tray in one batch.

    A Siamese network (its card has ratio bins) is shown the served tray as well, where there is
    a picture of it, and answers with the leftover ratio at once: the amount is then that ratio
    of what the network saw on the served tray alone.

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
        served_finding: Finding | None = None,
        empty_rgb: NDArray[np.uint8] | None = None,
    ) -> Finding:
        """Share of a serving in each compartment, 0 to the highest bin (1.25 as a rule).

        Args:
            tray: the tray.
            profile: for the prototypes of today's menu.
            colour: unused: the network sees colour itself.
            served: the same tray before the meal: used by a Siamese network.
            served_finding: what this estimator found on it; found anew when missing.
            empty_rgb: unused.
        """
        del colour, empty_rgb
        if served is None or not self._head.features:
            return self._look(tray, profile, None)
        if served_finding is None:
            served_finding = self._look(served, profile, None)
        return self._look(tray, profile, served_finding)

    def _look(self, tray: RectifiedTray, profile: Profile, served: Finding | None) -> Finding:
        head = self._head
        crops = compartment_crops(tray, self._side_px)
        dropped = {name: "out of the picture" for name in tray.frame.rim_masks if name not in crops}
        if not crops:
            return Finding({}, {}, dropped)
        outputs = self._run(crops, served)
        shares = softmax(outputs["quantity_logits"] / np.float32(head.temperature))
        dishes = name_dishes(self.session.card, outputs, profile)
        evidence = {
            name: _read(head, shares[index], dishes[index]) for index, name in enumerate(crops)
        }
        if served is not None:
            ratios = softmax(outputs["ratio_logits"] / np.float32(head.ratio_temperature))
            evidence |= {
                name: _of_served(head, ratios[index], served.evidence[name].amount, dishes[index])
                for index, name in enumerate(crops)
                if name in served.evidence
            }
        extra: dict[str, object] = {
            "bins": list(head.bins),
            "shares": {name: shares[index].tolist() for index, name in enumerate(crops)},
        }
        if head.features:
            extra[FEATURES] = dict(zip(crops, outputs[FEATURES], strict=True))
        return Finding(evidence, {}, dropped, extra)

    def _run(self, crops: dict[str, NDArray[np.uint8]], served: Finding | None) -> Outputs:
        pictures = np.stack(list(crops.values()))
        width = self._head.features
        if not width:
            return self.session.run(pictures)
        return self.session.run(pictures, {BEFORE: known_before(list(crops), served, width)})

    def embeddings(self, tray: RectifiedTray) -> dict[str, NDArray[np.float32]]:
        """What each compartment's dish looks like: directions of length 1 by compartment.

        Empty where the network has no embedding.
        """
        if "embedding" not in self.session.card.outputs:
            return {}
        crops = compartment_crops(tray, self._side_px)
        if not crops:
            return {}
        found = self._run(crops, None)["embedding"]
        return {name: found[index] for index, name in enumerate(crops)}

    @property
    def _head(self) -> QuantityHead:
        head = self.session.card.head
        assert head is not None
        return head

    @property
    def _side_px(self) -> int:
        return self.session.card.preprocessing.height_px


def _read(head: QuantityHead, shares: NDArray[np.float64], dish: str | None) -> Evidence:
    amount, error = _expected(shares, head.bins, head.amount_error)
    return Evidence(
        amount=amount,
        confidence=float(shares.max()),
        amount_error=error,
        dish=dish if amount >= _LEAST_NAMED else None,
    )


def _of_served(
    head: QuantityHead, shares: NDArray[np.float64], served: float, dish: str | None
) -> Evidence:
    """Evidence whose amount over the served tray's is the network's ratio."""
    ratio, error = _expected(shares, head.ratio_bins, head.ratio_error)
    return Evidence(
        amount=ratio * served,
        confidence=float(shares.max()),
        amount_error=error * served,
        dish=dish if served >= _LEAST_NAMED else None,
    )


def _expected(
    shares: NDArray[np.float64], values: Sequence[float], measured: float | None
) -> tuple[float, float]:
    """Expectation, and its error: the distribution's spread and what held-out data showed."""
    bins = np.asarray(values)
    amount = float(shares @ bins)
    spread = math.sqrt(max(float(shares @ (bins - amount) ** 2), 0.0))
    # A distribution that is sure of one bin is still no finer than the bin.
    width = float(bins[-1] - bins[0]) / (len(bins) - 1) / 12.0**0.5
    return amount, math.hypot(spread, measured or width)


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
