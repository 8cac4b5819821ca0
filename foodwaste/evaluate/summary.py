"""The evaluation as plain, JSON-able data; tables and pages are views of it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Interval = tuple[float, float]


class Plain(BaseModel):
    """Immutable, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Score(Plain):
    """How far one way of answering is from the truth, over one group of compartments.

    Ratios, 0..1. ``mae_interval`` is a 95 % bootstrap interval over meals, ``None`` with fewer
    than 5 of them; ``limits`` are Bland-Altman's limits of agreement; ``clean_share`` the share
    of eaten-clean compartments reading at most 5 %.
    """

    name: str
    count: int
    mae: float | None
    mae_interval: Interval | None = None
    bias: float | None = None
    limits: Interval | None = None
    clean_share: float | None = None
    clean_count: int = 0


class IntervalScore(Plain):
    """How often truth lies in the stated 90 % interval, and how wide it is."""

    name: str
    count: int
    coverage: float
    width: float


class QuantityScore(Plain):
    """Errors of a volume or a mass, as shares of the truth."""

    name: str
    count: int
    mape: float | None
    mae_over_mean: float


class MaskScore(Plain):
    """Agreement of food pixels, over all compartments together, by one way of finding them.

    ``count`` is the number of compartments, every picture's counted.
    """

    name: str
    count: int
    iou: float
    dice: float


class DayScore(Plain):
    """One dish over all trays: what a kitchen would file."""

    dish: str
    trays: int
    truth: float
    mean: float
    interval: Interval | None
    trays_for_10_points: int | None


class Latency(Plain):
    """Seconds for one photograph, its before-picture already known."""

    median_s: float
    p95_s: float


class Summary(Plain):
    """Everything ``foodwaste evaluate`` says."""

    dataset: str
    data_sha256: str
    profile: str
    policy: str
    trays: int
    meals: int
    compartments: int
    unanswered: int
    failed: dict[str, str]
    notes: tuple[str, ...]
    methods: tuple[Score, ...]
    groups: dict[str, tuple[Score, ...]]
    intervals: tuple[IntervalScore, ...]
    masks: tuple[MaskScore, ...]
    quantities: tuple[QuantityScore, ...]
    food_accuracy: float | None
    food_count: int
    latency: Latency | None
    days: tuple[DayScore, ...]
