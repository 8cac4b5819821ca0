"""Scalars and picture panels of a run for TensorBoard, and a plain log beside them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import ModelMissing


class Board:
    """Writes ``events.*`` and ``log.jsonl`` into a run's folder.

    Raises:
        ModelMissing: the extra ``train`` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ModelMissing("training needs pip install 'foodwaste[train]'") from error
        self._writer: Any = SummaryWriter(str(folder))
        self._log = folder / "log.jsonl"

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Adds figures at a step."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        line = {"step": step, "time": round(time.time(), 1)}
        line |= {name: float(f"{value:.5g}") for name, value in values.items()}
        with self._log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")

    def pictures(self, step: int, panels: Mapping[str, NDArray[np.uint8]]) -> None:
        """Adds ``(H, W, 3) uint8`` RGB panels at a step."""
        for name, panel in panels.items():
            self._writer.add_image(name, panel, step, dataformats="HWC")

    def close(self) -> None:
        """Writes out what is left."""
        self._writer.close()
