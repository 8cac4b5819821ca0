"""Writes an ONNX file from a torch network, with its card inside. Imports torch.

The legacy exporter is used: the newer one follows no forward hooks, and MiDaS's transformers
hand their activations on through hooks (``KeyError: '1'``).
"""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from foodwaste.models.card import ModelCard
from foodwaste.models.nearest import doubling_by_copies
from foodwaste.models.plain_sizes import plain_unflatten
from foodwaste.models.session import Extras

#: Key under which the whole card stands in a file's metadata.
CARD_KEY = "foodwaste.card"


def write_onnx(
    network: nn.Module,
    card: ModelCard,
    path: Path,
    *,
    opset: int,
    extras: Extras | None = None,
) -> None:
    """Exports a network: fixed height and width, dynamic batch, constants folded.

    ``extras`` are examples of its further inputs, by name and in its order.
    """
    example = torch.zeros(2, *card.preprocessing.input_shape, dtype=torch.float32)
    further = {
        name: torch.from_numpy(each[:1]).repeat(2, *[1] * (each.ndim - 1))
        for name, each in (extras or {}).items()
    }
    inputs = ["image", *further]
    names = [*inputs, *card.outputs]
    with (
        warnings.catch_warnings(),
        plain_unflatten(),
        doubling_by_copies(),
        torch.inference_mode(),
    ):
        # The tracer and the exporter announce their own deprecation on every call.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example, *further.values()),
            str(path),
            opset_version=opset,
            dynamo=False,
            do_constant_folding=True,
            input_names=inputs,
            output_names=list(card.outputs),
            dynamic_axes={name: {0: "batch"} for name in names},
        )


def write_metadata(path: Path, card: ModelCard) -> None:
    """Adds the card and its main fields to a file's metadata.

    Appends a second message that holds nothing but metadata: protobuf defines that as merging
    the two, which spares reading and writing 1.4 GB.
    """
    addition = onnx.ModelProto()
    entries = {
        "name": card.name,
        "version": card.version,
        "licence": card.licence,
        "preprocessing": card.preprocessing.model_dump_json(exclude_none=True),
        "weights_sha256": card.weights_sha256 or "",
        CARD_KEY: card.model_dump_json(exclude_none=True),
    }
    for key, value in entries.items():
        entry = addition.metadata_props.add()
        entry.key, entry.value = key, value
    with path.open("ab") as stream:
        stream.write(addition.SerializeToString())
