"""Names the foods of ``weighed-food`` by the quantity network, fine-tuned on some portions.

What the network learned from rendered food is the start; whole portions stay out, so that what
is judged was never seen. Imports torch.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from foodwaste.models.siamese import SiameseQuantity
from foodwaste.train.augment import photograph
from foodwaste.train.config import OptimiserConfig, TrainerConfig
from foodwaste.train.quantity_source import CROP_AUGMENT, WEIGHED_FOODS, shaken_crop
from foodwaste.train.trainer import Batch, Sample, Score, Trainer
from foodwaste.train.weighed_crops import WeighedCrop

#: Fine-tuning one fold: 64 crops a step.
FINE_TUNING = TrainerConfig(
    batch=64,
    steps=200,
    epoch_steps=200,
    checkpoint_steps=200,
    loader_workers=0,
    threads=1,
    optimiser=OptimiserConfig(learning_rate=1e-3, warmup_steps=20, ema_decay=0.95),
)


class WeighedSource:
    """Crops of weighed foods, foods alike often, however many photographs they have."""

    def __init__(self, crops: Sequence[WeighedCrop], side_px: int) -> None:
        self._crops, self._side_px = tuple(crops), side_px
        foods = sorted({crop.food for crop in crops})
        self._of_food = [
            [number for number, crop in enumerate(crops) if crop.food == food] for food in foods
        ]

    def __len__(self) -> int:
        """How many crops there are."""
        return len(self._crops)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """See :class:`foodwaste.train.trainer.Source`; the food is drawn, not the crop."""
        own = self._of_food[index % len(self._of_food)]
        crop = self._crops[own[int(rng.integers(len(own)))]]
        rgb = crop.rgb[:, ::-1] if rng.random() < 0.5 else crop.rgb
        turned = np.rot90(rgb, int(rng.integers(4)))
        seen = photograph(shaken_crop(turned, self._side_px, rng), CROP_AUGMENT, rng)
        return {
            "crop": np.ascontiguousarray(seen.transpose(2, 0, 1)),
            "food": np.array(WEIGHED_FOODS.index(crop.food), np.int64),
        }


class WeighedTask:
    """Learning to name weighed foods."""

    def __init__(self, source: WeighedSource) -> None:
        self._source = source

    def source(self) -> WeighedSource:
        """See :class:`foodwaste.train.trainer.Task`."""
        return self._source

    def losses(self, network: nn.Module, batch: Batch) -> Mapping[str, torch.Tensor]:
        """Cross-entropy over the weighed foods alone."""
        assert isinstance(network, SiameseQuantity)
        logits = _food_logits(network, batch["crop"].float() / 255.0)
        return {
            "loss": functional.cross_entropy(logits.float(), batch["food"], label_smoothing=0.05)
        }

    def score(self, network: nn.Module) -> Score:
        """None: a fold's portions must not choose among its checkpoints."""
        del network
        return Score(0.0)


def name_foods(
    start: SiameseQuantity,
    learn: Sequence[WeighedCrop],
    judge: Sequence[WeighedCrop],
    folder: Path,
    *,
    side_px: int,
    config: TrainerConfig = FINE_TUNING,
) -> NDArray[np.float64]:
    """Share of each weighed food for each crop to judge: ``(N, foods)``.

    Args:
        start: a quantity network; it stays as it is.
        learn: crops to fine-tune on.
        judge: crops of portions that neither ``start`` nor ``learn`` holds.
        folder: for the run's files.
        side_px: of the network's crops.
        config: of the fine-tuning.
    """
    trainer = Trainer(
        config, WeighedTask(WeighedSource(learn, side_px)), copy.deepcopy(start), folder
    )
    trainer.run()
    network = trainer.ema.network.eval()
    assert isinstance(network, SiameseQuantity)
    middle = (judge[0].rgb.shape[0] - side_px) // 2
    inner = np.s_[middle : middle + side_px, middle : middle + side_px]
    pictures = torch.from_numpy(np.stack([crop.rgb[inner] for crop in judge]))
    pictures = pictures.permute(0, 3, 1, 2).float() / 255.0
    total = torch.zeros(len(judge), len(WEIGHED_FOODS))
    with torch.inference_mode():
        # The eight ways a square can lie: a plate has no up.
        for turn in range(4):
            turned = torch.rot90(pictures, turn, (2, 3))
            for each in (turned, turned.flip(3)):
                total += _food_logits(network, each).softmax(dim=1)
    shares: NDArray[np.float64] = (total / 8).double().numpy()
    return shares


def _food_logits(network: SiameseQuantity, crops: torch.Tensor) -> torch.Tensor:
    """Logits of the weighed foods alone, of crops ``(N, 3, side, side)``, 0..1."""
    seen = network.features(crops)
    foods: torch.Tensor = network.heads(seen, network.nothing_before(seen))[1]
    return foods[:, -len(WEIGHED_FOODS) :]
