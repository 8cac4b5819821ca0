"""What a height network loses to its norms: those of a training batch against stored ones.

    FOODWASTE_DATA=… python benchmarks/frozen_norms.py FOLDER --start FILE [--batches N]

FOLDER is one that ``foodwaste render`` wrote, FILE a shipped ONNX file or a run's checkpoint. The
same augmented batches of four pairs go through the same weights twice: as in training, where batch
norms take means and spreads from the batch, and as in the finished network, where they are stored.
"""

from __future__ import annotations

import argparse
import copy
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import default_collate

from foodwaste.train.config import read_config
from foodwaste.train.tray_config import TrayConfig
from foodwaste.train.tray_task import train_tray

_ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=_ROOT / "models/runs/tray-embedded-9.yaml")
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    config = read_config(TrayConfig, options.config)
    with tempfile.TemporaryDirectory() as out:
        cache = options.cache or Path(out) / "packed"
        trainer, task = train_tray(
            config, [options.folder], [], Path(out), cache=cache, start=[options.start]
        )
        network, source = trainer.network, task.source()
        weights = copy.deepcopy(network.state_dict())
        found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        for number in range(options.batches):
            rng = np.random.default_rng([config.trainer.seed, number])
            places = rng.integers(len(source), size=config.trainer.batch)
            samples = [source.sample(int(place), rng) for place in places]
            batch = default_collate(samples)
            for own in found:
                # A batch's norms also change the stored ones.
                network.load_state_dict(weights)
                network.train(own)
                with torch.no_grad():
                    losses = task.losses(network, batch)
                found[own].append((float(losses["ratio"]), float(losses["loss"])))
    print(f"{options.start.name} on {options.folder.name}, {options.batches} batches")
    for own, name in ((True, "norms of each batch"), (False, "stored norms")):
        ratio, loss = np.mean(found[own], axis=0)
        print(f"{name:20s} ratio {ratio:.4f}  loss {loss:.4f}")


if __name__ == "__main__":
    main()
