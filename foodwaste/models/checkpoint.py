"""Checkpoints of networks trained here: one file that holds the card and the weights.

Imports torch. Bins, temperature and food classes travel in the card, so that a checkpoint
means the same wherever it is loaded.
"""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import ValidationError

from foodwaste.models.architectures import build
from foodwaste.models.card import ModelCard
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.hashing import sha256_file
from foodwaste.models.weights import load_strictly, read_tensors

FORMAT = "foodwaste-checkpoint"
FORMAT_VERSION = 1
_UNKNOWN_HASH = "0" * 64


def save_checkpoint(path: Path, card: ModelCard, network: torch.nn.Module) -> ModelCard:
    """Writes a checkpoint whole or not at all.

    Returns:
        The card as it holds for the written file (its hash and size).
    """
    partial = path.with_name(path.name + ".partial")
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        # A file cannot hold its own hash.
        "card": card.model_copy(update={"sha256": _UNKNOWN_HASH}).model_dump_json(),
        "state": {name: tensor.detach().cpu() for name, tensor in network.state_dict().items()},
    }
    torch.save(content, partial)
    partial.replace(path)
    size_mb = path.stat().st_size / 1e6
    return card.model_copy(update={"sha256": sha256_file(path), "size_mb": size_mb})


def load_checkpoint(path: Path) -> tuple[ModelCard, torch.nn.Module]:
    """Reads a checkpoint: its card and its network, in eval mode.

    Raises:
        ModelDamaged: truncated, not a checkpoint of ours, of another architecture, or with
            another number of classes than its card says.
    """
    mend = "get or train it again ('foodwaste train')"
    content = read_tensors(path, mend=mend)
    if content.get("format") != FORMAT:
        raise ModelDamaged(f"{path}: not a checkpoint of foodwaste; {mend}")
    if content.get("format_version") != FORMAT_VERSION:
        raise ModelDamaged(
            f"{path}: checkpoint format {content.get('format_version')}, this version reads "
            f"{FORMAT_VERSION}; update foodwaste"
        )
    try:
        card = ModelCard.model_validate_json(content["card"])
    except (ValidationError, KeyError) as error:
        raise ModelDamaged(f"{path}: its card is not readable; {mend}") from error
    network = build(card)
    load_strictly(network, content.get("state", {}), path=path, mend=mend)
    return card, network
