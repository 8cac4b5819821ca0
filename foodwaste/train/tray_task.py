"""What training the tray network is, for the trainer. Imports torch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from foodwaste.errors import UsageError
from foodwaste.train.food_texture import prepare_textures
from foodwaste.train.grow import grow
from foodwaste.train.pack import pack_folder
from foodwaste.train.rendered import Meal, find_meals
from foodwaste.train.shipped_start import begin_with, look_with
from foodwaste.train.trainer import LAST_FILE, Batch, Score, Trainer, seed_everything
from foodwaste.train.tray_changes import PackedMeal
from foodwaste.train.tray_config import TrayConfig
from foodwaste.train.tray_held_out import RealTrays, held_out_figures, real_trays, to_image
from foodwaste.train.tray_loss import (
    consistent_heights,
    ratio_loss,
    tray_losses,
    unchanged_loss,
    weighted,
)
from foodwaste.train.tray_network import TrayNetwork, with_served_height
from foodwaste.train.tray_source import TraySource

#: Where real development pictures are; without it, checkpoints are ranked by rendered ones.
DATA_VARIABLE = "FOODWASTE_DATA"
_TRUTHS = ("height_mm", "classes", "wells")


class TrayTask:
    """Rendered meals to learn from and to be judged on, and real trays to be judged on."""

    def __init__(
        self, config: TrayConfig, folders: Sequence[Path], held_out: Sequence[Path], cache: Path
    ) -> None:
        """Prepares the held-out meals.

        Raises:
            UsageError: a folder without meals, or one that is both learned from and held out.
        """
        if {each.resolve() for each in folders} & {each.resolve() for each in held_out}:
            raise UsageError("a folder cannot be both learned from and held out")
        self._config, self._folders, self._cache = config, tuple(folders), cache
        self._held_out = {
            folder.name: [
                self._pack(meal) for meal in find_meals([folder])[: config.held_out_meals]
            ]
            for folder in held_out
        }
        data = os.environ.get(DATA_VARIABLE)
        self._real = None if data is None else _find_real(Path(data))
        self._textures = None
        if config.texture_share > 0:
            if data is None:
                raise UsageError(f"texture_share needs {DATA_VARIABLE}: real food's pictures")
            self._textures = prepare_textures(Path(data) / "weighed-food", cache / "textures.npy")

    def source(self) -> TraySource:
        """See :class:`foodwaste.train.trainer.Task`."""
        packed = []
        for folder in self._folders:
            if any((folder / "meals").glob("[0-9]*")):
                packed += [
                    PackedMeal(self._pack(meal), meal.profile, len(meal.states))
                    for meal in find_meals([folder])
                ]
        if not packed:
            raise UsageError("no rendered meals to learn from")
        return TraySource(tuple(packed), self._config, self._textures)

    def losses(self, network: nn.Module, batch: Batch) -> Mapping[str, torch.Tensor]:
        """See :class:`foodwaste.train.trainer.Task`."""
        images = [to_image(batch["image"][:, place].permute(0, 2, 3, 1)) for place in (0, 1)]
        if self._config.trainer.mixed_precision:
            # Half precision is fastest so; full precision on a processor takes 1.4 times as long.
            images = [each.contiguous(memory_format=torch.channels_last) for each in images]
        known = batch["known"]
        served = network(images[0], known[:, 0])
        told = with_served_height(known[:, 1], served, batch["places"])
        eaten = network(images[1], told)
        alone = {name: batch[name].transpose(0, 1).flatten(0, 1) for name in _TRUTHS}
        loss = self._config.loss
        if loss.consistent > 0:
            eaten_truth = consistent_heights(told, batch, loss.consistent)
            truth = torch.stack([batch["height_mm"][:, 0], eaten_truth], 1)
            alone["height_mm"] = truth.transpose(0, 1).flatten(0, 1)
        terms = tray_losses(torch.cat([served, eaten]), alone, loss)
        if loss.unchanged > 0:
            terms["unchanged"] = unchanged_loss(eaten, told, batch)
        terms["ratio"] = ratio_loss(served, eaten, batch, loss.volume_floor_ml)
        return weighted(terms, loss)

    def score(self, network: nn.Module) -> Score:
        """Points of leftover ratio on rendered meals, and a share of those on real ones."""
        figures: dict[str, float] = {}
        for name, packs in self._held_out.items():
            figures |= held_out_figures(network, packs, name)
        own = [figures[f"{name}/ratio_mae"] for name in self._held_out]
        value = 100.0 * float(np.mean(own)) if own else 0.0
        panels = {}
        if self._real is not None:
            real, panels["real"] = self._real.figures(network)
            figures |= real
            value += self._config.real_share * real["real/half_error"]
        return Score(value, figures, panels)

    @property
    def held_out(self) -> list[Path]:
        """The packed held-out meals."""
        return [pack for packs in self._held_out.values() for pack in packs]

    def _pack(self, meal: Meal) -> Path:
        return pack_folder(meal, self._cache)


def train_tray(
    config: TrayConfig,
    folders: Sequence[Path],
    held_out: Sequence[Path],
    out: Path,
    *,
    cache: Path | None = None,
    start: Sequence[Path] = (),
) -> tuple[Trainer, TrayTask]:
    """A trainer of the tray network in ``out``, ready to run or to go on, and its task.

    Args:
        config: the run.
        folders: rendered folders to learn from.
        held_out: rendered folders to judge by.
        out: the run's folder.
        cache: keeps prepared meals; ``out/packed`` by default.
        start: checkpoints of other runs, or shipped ONNX files: the mean of their averaged
            weights are the first ones here, in a larger network where the configuration says so.

    Raises:
        UsageError: unreadable or unfit folders, starts or shapes.
    """
    seed_everything(config.trainer.seed)
    packed = cache or out / "packed"
    packed.mkdir(parents=True, exist_ok=True)
    task = TrayTask(config, folders, held_out, packed)
    network = TrayNetwork(config.network)
    begun = (out / LAST_FILE).is_file()
    if config.grown_from is not None and not start and not begun:
        raise UsageError("grown_from needs a network to start with: --start FILE")
    if start and not begun:
        _begin(network, start, task, config)
    return Trainer(config.trainer, task, network, out), task


def _begin(network: TrayNetwork, start: Sequence[Path], task: TrayTask, config: TrayConfig) -> None:
    seed = config.trainer.seed
    if config.grown_from is None:
        begin_with(network, start, task, seed=seed)
        return
    small = TrayNetwork(config.grown_from)
    begin_with(small, start, task, seed=seed)
    network.eval()
    grow(small, network, look_with(network, task, seed))
    network.train()


def _find_real(data: Path) -> RealTrays | None:
    folder = data / "steel-tray"
    return real_trays(folder) if folder.is_dir() else None
