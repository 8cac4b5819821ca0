"""Everything a training run is: one validated object, written beside its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foodwaste.errors import UsageError


class Strict(BaseModel):
    """Immutable, and unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OptimiserConfig(Strict):
    """AdamW, warm-up and cosine.

    Attributes:
        learning_rate: peak.
        final_share: share of the peak at the last step.
        warmup_steps: steps from 0 to the peak.
        weight_decay: of matrices and kernels; norms and biases have none.
        clip_norm: gradients are scaled to at most this norm.
        ema_decay: of the averaged weights, which are what is evaluated and shipped.
    """

    learning_rate: float = Field(default=2e-3, gt=0)
    final_share: float = Field(default=0.01, ge=0, le=1)
    warmup_steps: int = Field(default=200, ge=0)
    weight_decay: float = Field(default=0.05, ge=0)
    clip_norm: float = Field(default=1.0, gt=0)
    ema_decay: float = Field(default=0.999, ge=0, lt=1)


class TrainerConfig(Strict):
    """How long, how large, how seeded.

    Attributes:
        seed: of weights, order and augmentation.
        batch: samples a step.
        steps: optimiser steps in all; the learning rate ends with them.
        epoch_steps: steps of one epoch: after each, the held-out meals are judged, a
            checkpoint is written and the data folders are looked at again.
        checkpoint_steps: a checkpoint within epochs every so many steps.
        patience: epochs without a better score after which training stops; 0 for never.
        loader_workers: processes that make samples; 0 makes them between steps.
        threads: torch's threads.
        mixed_precision: bfloat16 on a processor, float16 with a gradient scaler on CUDA.
        device: ``auto`` takes CUDA when there is one.
        frozen_norms: batch norms keep their means and spreads, as they do in the finished network.
            Those of a few samples differ from them, and what is trained with the one is run
            with the other. For runs that go on from trained weights.
    """

    seed: int = 0
    batch: int = Field(default=8, ge=1)
    steps: int = Field(default=10_000, ge=1)
    epoch_steps: int = Field(default=500, ge=1)
    checkpoint_steps: int = Field(default=250, ge=1)
    patience: int = Field(default=0, ge=0)
    loader_workers: int = Field(default=1, ge=0)
    threads: int = Field(default=2, ge=1)
    mixed_precision: bool = True
    device: str = "auto"
    frozen_norms: bool = False
    optimiser: OptimiserConfig = OptimiserConfig()


Config = TypeVar("Config", bound=Strict)


def read_config(kind: type[Config], path: Path | None) -> Config:
    """Reads a YAML file into a configuration; the defaults without a file.

    Raises:
        UsageError: unreadable, or not such a configuration; the message names the field.
    """
    if path is None:
        return kind()
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return kind.model_validate(data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: cannot be read ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {where}: {first['msg']}") from error


def write_config(config: BaseModel, path: Path) -> None:
    """Writes a configuration as YAML."""
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    path.write_text(text, encoding="utf-8")
