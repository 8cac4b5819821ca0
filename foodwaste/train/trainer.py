"""The training loop: one for all networks. Imports torch.

A task says what a sample, a loss and a score are; the trainer does the rest. Order and
augmentation follow from the seed and the step alone, never from how many processes make
samples, so that a run stopped anywhere goes on as if it had not been.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader

from foodwaste.train.board import Board
from foodwaste.train.checkpoint import (
    random_states,
    read_state,
    restore_random_states,
    write_state,
)
from foodwaste.train.config import TrainerConfig
from foodwaste.train.ema import Ema
from foodwaste.train.optimise import make_optimiser, make_schedule

LAST_FILE = "last.pt"
BEST_FILE = "best.pt"

Sample = dict[str, NDArray[Any]]
Batch = dict[str, torch.Tensor]


class Source(Protocol):
    """Where samples come from; picklable, because loader processes have a copy."""

    def __len__(self) -> int:
        """How many different samples there are."""

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """One augmented sample; the same for the same index and generator state."""


@dataclass(frozen=True)
class Score:
    """A network on held-out meals. ``value`` ranks checkpoints: lower is better."""

    value: float
    figures: Mapping[str, float] = field(default_factory=dict)
    panels: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)


class Task(Protocol):
    """What is trained."""

    def source(self) -> Source:
        """The samples; asked for at the start of every epoch, data may have grown."""

    def losses(self, network: nn.Module, batch: Batch) -> Mapping[str, torch.Tensor]:
        """The terms by name; ``loss`` is what is minimised."""

    def score(self, network: nn.Module) -> Score:
        """Judges a network in eval mode on meals that it never saw."""


#: Called after each step with the step, the number of steps, and the running loss.
Progress = Callable[[int, int, float], None]


def seed_everything(seed: int) -> None:
    """Seeds the global generators (initial weights draw from torch's)."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - libraries still draw from it
    torch.manual_seed(seed)


class Trainer:
    """One run in one folder; goes on where the folder's last checkpoint stands."""

    def __init__(self, config: TrainerConfig, task: Task, network: nn.Module, folder: Path) -> None:
        """Takes over the network; reads the folder's last checkpoint when there is one.

        Raises:
            UsageError: the checkpoint cannot be read.
        """
        folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(config.threads)
        self.config, self._task, self._folder = config, task, folder
        self.device = _device(config.device)
        # Channels last is faster in half precision, and slower in full precision on a processor.
        layout = torch.channels_last if config.mixed_precision else torch.contiguous_format
        self.network = network.to(self.device, memory_format=layout)
        self.ema = Ema(self.network, config.optimiser.ema_decay)
        self._optimiser = make_optimiser(self.network, config.optimiser)
        self._schedule = make_schedule(self._optimiser, config.optimiser, config.steps)
        scaled = config.mixed_precision and self.device.type == "cuda"
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=scaled)
        self.step = 0
        self.best: float | None = None
        self._since_best = 0
        if (folder / LAST_FILE).is_file():
            self._restore(read_state(folder / LAST_FILE))

    @property
    def emulates_bfloat16(self) -> bool:
        """Whether full precision would be several times faster: no AVX-512 on this processor."""
        wide = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
        return self.config.mixed_precision and self.device.type == "cpu" and not wide

    def run(self, *, progress: Progress | None = None, until: int | None = None) -> Score | None:
        """Trains to the last step (or to ``until``); returns the last score, if one was taken."""
        board = Board(self._folder)
        score = None
        last = min(until or self.config.steps, self.config.steps)
        try:
            while self.step < last and not self._tired():
                self._epoch(last, board, progress)
                if self.step % self.config.epoch_steps == 0 or self.step == self.config.steps:
                    score = self._judge(board)
                self._save(LAST_FILE)
        finally:
            board.close()
        return score

    def _epoch(self, last: int, board: Board, progress: Progress | None) -> None:
        """Steps to the end of the current epoch or to ``last``."""
        epoch, begun = divmod(self.step, self.config.epoch_steps)
        loader = _loader(self._task.source(), self.config, epoch, begun)
        self._to_training()
        sums: dict[str, float] = {}
        for count, batch in enumerate(loader, start=1):
            for name, value in self._one_step(batch).items():
                sums[name] = sums.get(name, 0.0) + value
            self.step += 1
            if progress is not None:
                progress(self.step, self.config.steps, sums["loss"] / count)
            if self.step >= last:
                break
            if self.step % self.config.checkpoint_steps == 0:
                self._save(LAST_FILE)
        means = {f"train/{name}": value / count for name, value in sums.items()}
        board.scalars(self.step, means | {"learning_rate": self._schedule.get_last_lr()[0]})

    def _to_training(self) -> None:
        self.network.train()
        if self.config.frozen_norms:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()

    def _one_step(self, batch: Batch) -> dict[str, float]:
        moved = {name: each.to(self.device, non_blocking=True) for name, each in batch.items()}
        with self._precision():
            losses = self._task.losses(self.network, moved)
        self._optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(losses["loss"]).backward()
        self._scaler.unscale_(self._optimiser)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.config.optimiser.clip_norm)
        if torch.isfinite(norm) or self._scaler.is_enabled():
            self._scaler.step(self._optimiser)
            self._scaler.update()
            self.ema.update(self.network)
        self._schedule.step()
        return {name: float(value.detach()) for name, value in losses.items()}

    def _precision(self) -> AbstractContextManager[object]:
        if not self.config.mixed_precision:
            return nullcontext()
        kind = torch.float16 if self.device.type == "cuda" else torch.bfloat16
        context: AbstractContextManager[object] = torch.autocast(self.device.type, kind)
        return context

    def _judge(self, board: Board) -> Score:
        score = self._task.score(self.ema.network)
        if self.best is None or score.value < self.best:
            self.best, self._since_best = score.value, 0
            self._save(BEST_FILE)
        else:
            self._since_best += 1
        board.scalars(self.step, {"held-out/score": score.value, **score.figures})
        board.pictures(self.step, score.panels)
        return score

    def _tired(self) -> bool:
        return 0 < self.config.patience <= self._since_best

    def _save(self, name: str) -> None:
        state = {
            "config": self.config.model_dump(mode="json"),
            "step": self.step,
            "epoch": self.step // self.config.epoch_steps,
            "best": self.best,
            "since_best": self._since_best,
            "network": self.network.state_dict(),
            "ema": self.ema.network.state_dict(),
            "ema_updates": self.ema.updates,
            "optimizer": self._optimiser.state_dict(),
            "scheduler": self._schedule.state_dict(),
            "scaler": self._scaler.state_dict(),
            "random": random_states(),
        }
        write_state(self._folder / name, state)

    def _restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.ema.network.load_state_dict(state["ema"])
        self.ema.updates = state["ema_updates"]
        self._optimiser.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["scheduler"])
        self._scaler.load_state_dict(state["scaler"])
        self.step, self.best = state["step"], state["best"]
        self._since_best = state["since_best"]
        restore_random_states(state["random"])


class _Epoch:
    """The samples of one epoch in their order, each with a generator of its own."""

    def __init__(self, source: Source, config: TrainerConfig, epoch: int, begun: int) -> None:
        self._source, self._seed, self._epoch = source, config.seed, epoch
        wanted = config.epoch_steps * config.batch
        rng = np.random.default_rng([config.seed, epoch])
        rounds = -(-wanted // len(source))
        order = np.concatenate([rng.permutation(len(source)) for _ in range(rounds)])
        self._order = order[:wanted]
        self._first = begun * config.batch

    def __len__(self) -> int:
        return len(self._order) - self._first

    def __getitem__(self, position: int) -> Sample:
        place = self._first + position
        rng = np.random.default_rng([self._seed, self._epoch, place])
        return self._source.sample(int(self._order[place]), rng)


def _loader(source: Source, config: TrainerConfig, epoch: int, begun: int) -> Iterator[Batch]:
    # forkserver: a forked child of a process that has used torch's threads hangs for good.
    # A loader draws a base seed for its processes from the generator it is given: one of its
    # own, so that a resumed run's global generator is not one draw ahead.
    workers = config.loader_workers
    loader: DataLoader[Batch] = DataLoader(
        _Epoch(source, config, epoch, begun),
        batch_size=config.batch,
        num_workers=workers,
        multiprocessing_context="forkserver" if workers else None,
        worker_init_fn=_one_thread if workers else None,
        generator=torch.Generator().manual_seed(config.seed),
    )
    return iter(loader)


def _one_thread(worker: int) -> None:
    del worker
    import cv2

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)
