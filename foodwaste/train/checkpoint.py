"""The state of a training run in one file, written whole or not at all. Imports torch.

Everything that the next step depends on is in it, so that a run that was stopped goes on bit
for bit (on the same machine, versions and threads).
"""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch

from foodwaste import __version__
from foodwaste.errors import UsageError

FORMAT = "foodwaste-training"


def random_states() -> dict[str, Any]:
    """States of the random generators that a step may draw from."""
    states: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": np.random.get_state(),  # noqa: NPY002 - libraries still draw from it
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def restore_random_states(states: dict[str, Any]) -> None:
    """Sets the generators back."""
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Writes a run's state with the versions that made it."""
    versions = {"foodwaste": __version__, "torch": torch.__version__, "numpy": np.__version__}
    partial = path.with_name(path.name + ".partial")
    torch.save({"format": FORMAT, "versions": versions, **state}, partial)
    partial.replace(path)


def read_state(path: Path) -> dict[str, Any]:
    """Reads a run's state.

    It is unpickled: read only files that you trust.

    Raises:
        UsageError: not the state of a run.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=False)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise UsageError(f"{path}: cannot be read ({error})") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise UsageError(f"{path}: not the state of a training run")
    return state
