"""Exports a model as TorchScript, for programs that embed libtorch. Imports torch."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from foodwaste.models import parity
from foodwaste.models.onnx_file import CARD_KEY
from foodwaste.models.plain_sizes import plain_unflatten
from foodwaste.models.siamese_inputs import seen_before
from foodwaste.models.torch_session import TorchSession


def export_torchscript(
    session: TorchSession, folder: Path, pictures: NDArray[np.uint8]
) -> tuple[Path, parity.Parity]:
    """Traces the network to ``folder/NAME.torchscript.pt``, with its card inside.

    Raises:
        ParityFailed: the traced network answers differently; no file is left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{session.card.name}.torchscript.pt"
    partial = folder / f".{final.name}.partial"
    extras = seen_before(session, pictures)
    example = [torch.zeros(2, *session.card.preprocessing.input_shape)]
    example += [torch.from_numpy(each[:2]) for each in extras.values()]
    try:
        with warnings.catch_warnings(), plain_unflatten(), torch.no_grad():
            # torch announces TorchScript's deprecation on every call.
            warnings.simplefilter("ignore")
            traced = torch.jit.trace(session.network, tuple(example), check_trace=False)
            extra = {CARD_KEY: session.card.model_dump_json(exclude_none=True)}
            torch.jit.save(traced, str(partial), _extra_files=extra)
            loaded = torch.jit.load(str(partial))
        candidate = TorchSession(session.card, loaded, threads=session.threads)
        found = parity.compare(session.card, session.run, candidate.run, pictures, extras)
        parity.require(found, session.card, exact=True)
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)
    return final, found
