"""Opens the torch original of a model: what exports start from and timings compare with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foodwaste.errors import UsageError
from foodwaste.models.card import CheckpointSource, OnnxSource
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.registry import find_model, open_model, open_original

if TYPE_CHECKING:
    from foodwaste.models.torch_session import TorchSession


def open_trainable(name: str, *, threads: int = 1, hub_dir: Path | None = None) -> TorchSession:
    """Opens a model on torch: from published weights, or a checkpoint by name or path.

    Raises:
        ModelMissing, ModelDamaged: as :func:`foodwaste.models.registry.open_model`.
        UsageError: only an exported file of this model exists.
    """
    from foodwaste.models.torch_session import TorchSession

    if name.endswith(".pt"):
        session = open_model(name, threads=threads)
    else:
        known = find_model(name, variants=False)
        if isinstance(known.card.source, OnnxSource):
            raise UsageError(f"{name} is an exported file: there is no torch original of it here")
        if isinstance(known.card.source, CheckpointSource):
            session = open_model(name, threads=threads)
        else:
            session = open_original(known.card, threads=threads, hub_dir=hub_dir)
    if not isinstance(session, TorchSession):
        raise ModelDamaged(f"{name} did not open on torch")
    return session
