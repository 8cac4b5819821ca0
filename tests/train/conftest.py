"""A tiny network that learns a known line, trained by the real trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tensorboard", reason="needs the extra 'train'")

from foodwaste.train.config import OptimiserConfig, TrainerConfig  # noqa: E402
from foodwaste.train.trainer import Score, Trainer, seed_everything  # noqa: E402


@dataclass(frozen=True)
class Line:
    """``y = 2 x1 - x2`` with a little noise of the sample's own generator."""

    size: int = 40

    def __len__(self) -> int:
        return self.size

    def sample(self, index, rng):
        x = np.random.default_rng(index).normal(size=2).astype(np.float32)
        noise = np.float32(0.01 * rng.normal())
        return {"x": x, "y": np.float32(2 * x[0] - x[1]) + noise}


@dataclass
class LineTask:
    """Also draws from the global generator (dropout), as a real network may."""

    source_size: int = 40
    scores: list[float] = field(default_factory=list)

    def source(self) -> Line:
        return Line(self.source_size)

    def losses(self, network, batch) -> Mapping[str, object]:
        error = network(batch["x"])[:, 0] - batch["y"]
        return {"loss": (error**2).mean()}

    def score(self, network) -> Score:
        with torch.no_grad():
            x = torch.eye(2)
            error = (network(x)[:, 0] - torch.tensor([2.0, -1.0])).abs().mean()
        self.scores.append(float(error))
        return Score(float(error), {"held-out/error": float(error)})


def tiny_network():
    return torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 1)
    )


@pytest.fixture
def make_trainer():
    def make(folder: Path, **changes) -> tuple[Trainer, LineTask]:
        changes = {"optimiser": OptimiserConfig(learning_rate=0.02, warmup_steps=5)} | changes
        config = TrainerConfig(
            **{
                "seed": 3,
                "batch": 8,
                "steps": 60,
                "epoch_steps": 20,
                "checkpoint_steps": 7,
                "loader_workers": 0,
                "threads": 1,
                "mixed_precision": False,
                "device": "cpu",
                **changes,
            }
        )
        seed_everything(config.seed)
        task = LineTask()
        return Trainer(config, task, tiny_network(), folder), task

    return make
