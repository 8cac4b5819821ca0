"""Models by name, behind one ``run``; fetched, exported, verified. No torch until needed."""

from foodwaste.models.card import ModelCard, Preprocessing, QuantityHead
from foodwaste.models.errors import ModelDamaged, ParityFailed
from foodwaste.models.registry import find_model, known_models
from foodwaste.models.registry import open_model as open  # noqa: A004 - reads models.open(name)
from foodwaste.models.session import Session

__all__ = [
    "ModelCard",
    "ModelDamaged",
    "ParityFailed",
    "Preprocessing",
    "QuantityHead",
    "Session",
    "find_model",
    "known_models",
    "open",
]
