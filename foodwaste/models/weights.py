"""Loads weights into a network, strictly, with errors a person can act on. Imports torch."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from foodwaste.models.errors import ModelDamaged


def read_tensors(path: Path, *, mend: str) -> Mapping[str, Any]:
    """Reads a file written by ``torch.save``, executing nothing in it.

    Raises:
        ModelDamaged: truncated, or not such a file.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelDamaged(f"{path}: not readable as weights ({reason[:120]}); {mend}") from error
    if not isinstance(content, Mapping):
        raise ModelDamaged(f"{path}: holds a {type(content).__name__}, not weights; {mend}")
    return content


def load_strictly(
    network: torch.nn.Module, state: Mapping[str, Any], *, path: Path, mend: str
) -> None:
    """Loads a state dict of which every name and every shape must fit.

    Raises:
        ModelDamaged: another architecture or another number of classes; names the first
            parameters that do not fit.
    """
    wanted = network.state_dict()
    missing = [name for name in wanted if name not in state]
    extra = [name for name in state if name not in wanted]
    if missing or extra:
        first = (missing or extra)[0]
        what = "lacks" if missing else "has the unknown"
        raise ModelDamaged(
            f"{path}: weights of another architecture ({len(missing)} parameters missing, "
            f"{len(extra)} unknown; it {what} {first}); {mend}"
        )
    for name, tensor in wanted.items():
        found = tuple(state[name].shape)
        if found != tuple(tensor.shape):
            raise ModelDamaged(
                f"{path}: {name} has shape {found}, expected {tuple(tensor.shape)} "
                f"(another size of network, or another number of classes); {mend}"
            )
    network.load_state_dict(dict(state), strict=True, assign=True)
    network.eval()
