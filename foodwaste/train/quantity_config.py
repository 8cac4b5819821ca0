"""The configuration of the quantity network's training."""

from __future__ import annotations

from pydantic import Field

from foodwaste.train.config import OptimiserConfig, Strict, TrainerConfig


class QuantitySamples(Strict):
    """What a sample is drawn from.

    Attributes:
        before_share: share of samples that have a picture from before.
        other_tray_share: of those, the share whose picture from before is another tray with
            the same dish: a served reference tray of the whole meal.
        served_share: of the others, the share whose picture from before is the served state,
            rather than any earlier one.
        clean_share: wells whose clean tray is shown instead of an eaten state.
        floor_share: eaten states with light and films over floors that are bare by now.
        fleck_share: of the other eaten states, those with flecks and sauce on such floors.
        cut_share: dishes cut in two, an empty tray's picture beside them.
        white_share: solid dishes made white rice or pale, in both pictures.
        weighed_share: share of samples from ``weighed-food``, when that is there.
    """

    before_share: float = Field(default=0.7, ge=0, le=1)
    other_tray_share: float = Field(default=0.12, ge=0, le=1)
    served_share: float = Field(default=0.6, ge=0, le=1)
    clean_share: float = Field(default=0.04, ge=0, le=1)
    floor_share: float = Field(default=0.0, ge=0, le=1)
    fleck_share: float = Field(default=0.0, ge=0, le=1)
    cut_share: float = Field(default=0.0, ge=0, le=1)
    white_share: float = Field(default=0.0, ge=0, le=1)
    weighed_share: float = Field(default=0.15, ge=0, le=1)


class QuantityConfig(Strict):
    """One training run of the quantity network.

    Attributes:
        side_px: side of a crop.
        channels: of the ResNet's four stages.
        comparing: channels of the two stages that compare maps of both crops; none: vectors alone.
        bins: amounts of the quantity bins, as shares of a standard serving.
        ratio_bins: leftover ratios of the ratio head's bins.
    """

    side_px: int = Field(default=96, ge=32)
    channels: tuple[int, int, int, int] = (32, 64, 128, 256)
    comparing: tuple[int, int] | None = None
    bins: tuple[float, ...] = Field(default=(0.0, 0.3, 0.6, 0.9, 1.25), min_length=2)
    ratio_bins: tuple[float, ...] = Field(default=(0.0, 0.25, 0.5, 0.75, 1.0), min_length=2)
    samples: QuantitySamples = QuantitySamples()
    trainer: TrainerConfig = TrainerConfig(
        batch=64,
        steps=4000,
        epoch_steps=400,
        checkpoint_steps=200,
        loader_workers=0,
        threads=1,
        optimiser=OptimiserConfig(learning_rate=1e-3, warmup_steps=200, ema_decay=0.995),
    )
