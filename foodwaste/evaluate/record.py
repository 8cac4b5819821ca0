"""One labelled compartment and everything that was said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from foodwaste.profile import Kind
from foodwaste.report import Reference

#: What each way of answering is called in tables, in their order.
FUSED = "foodwaste"
THRESHOLDS, CALIBRATED = "policy thresholds", "policy calibrated"
ORIGINAL_EMPTY = "original: empty tray as reference"
ORIGINAL_DISH = "original: served dish as reference"
MEAN, ALL_EATEN, ALL_LEFT = "predict the mean", "predict 0", "predict 1"


def alone(estimator: str) -> str:
    """Name of one estimator's own answer."""
    return f"{estimator} alone"


@dataclass(frozen=True)
class Record:
    """Truth and answers for one compartment of one tray.

    Attributes:
        truth: leftover ratio, 0..1.
        answers: leftover ratio by way of answering; ``None`` where that way had no answer.
        confidences: by estimator.
        interval: the product's 90 % interval.
        stated_error: one standard deviation, as the estimators state it.
    """

    tray: str
    before: str | None
    meal: str
    compartment: str
    dish: str | None
    kind: Kind
    truth: float
    nominal: bool
    answers: Mapping[str, float | None]
    confidences: Mapping[str, float]
    interval: tuple[float, float] | None
    status: str
    reference: Reference | None
    elapsed_s: float
    stated_error: float = 0.0
    estimators: str = ""
    said_dish: str | None = None
    volume_ml: tuple[float | None, float | None] = (None, None)
    mass_g: tuple[float | None, float | None] = (None, None)
    notes: tuple[str, ...] = field(default=())

    @property
    def answer(self) -> float | None:
        """The product's answer."""
        return self.answers.get(FUSED)

    @property
    def error(self) -> float | None:
        """Answer minus truth of the product's answer."""
        return None if self.answer is None else self.answer - self.truth
