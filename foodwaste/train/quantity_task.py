"""What training the quantity network is, for the trainer. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from foodwaste.errors import UsageError
from foodwaste.models.siamese import SiameseQuantity
from foodwaste.train.checkpoint import read_state
from foodwaste.train.quantity_config import QuantityConfig
from foodwaste.train.quantity_crops import CropStore, standard_fills
from foodwaste.train.quantity_held_out import figures, held_out_pairs, run_of_network
from foodwaste.train.quantity_loss import quantity_losses
from foodwaste.train.quantity_source import DISHES, QuantitySource
from foodwaste.train.rendered import find_meals
from foodwaste.train.shipped_start import begin_with
from foodwaste.train.trainer import LAST_FILE, Batch, Score, Trainer, seed_everything
from foodwaste.train.weighed_crops import WeighedCrop, read_weighed_crops


class QuantityTask:
    """Rendered meals and weighed foods to learn from, other meals to be judged on."""

    def __init__(
        self,
        config: QuantityConfig,
        folders: Sequence[Path],
        held_out: Sequence[Path],
        weighed: Path | None = None,
    ) -> None:
        """Prepares the held-out meals.

        Raises:
            UsageError: a folder without meals, or one that is both learned from and held out.
        """
        if {each.resolve() for each in folders} & {each.resolve() for each in held_out}:
            raise UsageError("a folder cannot be both learned from and held out")
        self._config, self._folders = config, tuple(folders)
        self._store = CropStore(config.side_px)
        self._weighed: list[WeighedCrop] = []
        if weighed is not None:
            self._weighed = read_weighed_crops(weighed, self._store.side_px)
        fills = standard_fills(find_meals(self._ready()))
        self._held_out = {
            folder.name: held_out_pairs(find_meals([folder]), fills, config) for folder in held_out
        }
        self._bins = torch.tensor(config.bins)
        self._ratio_bins = torch.tensor(config.ratio_bins)

    def source(self) -> QuantitySource:
        """See :class:`foodwaste.train.trainer.Task`; folders may have grown."""
        meals = find_meals(self._ready())
        fills = standard_fills(meals)
        return QuantitySource(meals, fills, self._weighed, self._store, self._config)

    def losses(self, network: nn.Module, batch: Batch) -> Mapping[str, torch.Tensor]:
        """See :class:`foodwaste.train.trainer.Task`."""
        device = batch["pair"].device
        return quantity_losses(network, batch, self._bins.to(device), self._ratio_bins.to(device))

    def score(self, network: nn.Module) -> Score:
        """Points of leftover ratio, and half of the amount's: not every tray has a before."""
        assert isinstance(network, SiameseQuantity)
        found = {
            f"{folder}/{name}": value
            for folder, held in self._held_out.items()
            for name, value in figures(run_of_network(network), held, self._config).items()
        }
        values = [
            found[f"{folder}/ratio_mae"] + 0.5 * found[f"{folder}/amount_mae"]
            for folder in self._held_out
        ]
        return Score(100.0 * float(np.mean(values)) if values else 0.0, found)

    def _ready(self) -> list[Path]:
        ready = [each for each in self._folders if any((each / "meals").glob("[0-9]*/meal.json"))]
        if not ready:
            raise UsageError("no rendered meals to learn from")
        return ready


def new_network(config: QuantityConfig) -> SiameseQuantity:
    """The untrained network of a configuration."""
    return SiameseQuantity(
        config.channels,
        bins=len(config.bins),
        dishes=len(DISHES),
        ratio_bins=len(config.ratio_bins),
        comparing=config.comparing,
        side_px=config.side_px,
    )


def train_quantity(
    config: QuantityConfig,
    folders: Sequence[Path],
    held_out: Sequence[Path],
    out: Path,
    *,
    weighed: Path | None = None,
    start: Sequence[Path] = (),
) -> Trainer:
    """A trainer of the quantity network in ``out``, ready to run or to go on.

    ``weighed`` is the folder of ``weighed-food``; without it, real foods are left out. ``start``
    are checkpoints of other runs, the mean of whose averaged weights a new run begins with, or
    shipped ONNX files.
    """
    seed_everything(config.trainer.seed)
    task = QuantityTask(config, folders, held_out, weighed)
    network = new_network(config)
    if start and not (out / LAST_FILE).is_file():
        begin_with(network, start, task, seed=config.trainer.seed)
    return Trainer(config.trainer, task, network, out)


def trained_network(config: QuantityConfig, checkpoint: Path) -> SiameseQuantity:
    """The averaged weights of a run's checkpoint.

    Raises:
        UsageError: not a checkpoint of a run.
    """
    network = new_network(config)
    network.load_state_dict(read_state(checkpoint)["ema"])
    return network
