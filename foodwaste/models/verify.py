"""Are the installed models what they should be? Hash of every file, and one run of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foodwaste.errors import ModelMissing
from foodwaste.models.card import CheckpointSource, OnnxSource
from foodwaste.models.drawn_trays import drawn_trays
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.hashing import check_file
from foodwaste.models.onnx_session import OnnxSession
from foodwaste.models.registry import (
    Known,
    file_of,
    find_weights,
    mending_command,
    open_model,
    open_original,
)


@dataclass(frozen=True)
class Verdict:
    """``ok`` None: not installed. ``note`` says what was found."""

    name: str
    ok: bool | None
    note: str


def verify(known: Known, *, hub_dir: Path | None = None) -> Verdict:
    """Reads every byte of a model's files, loads it and runs it once.

    Also checks that the card inside an ONNX file is of the same model as the card beside it,
    and that the answer is finite.
    """
    card = known.card
    stored = isinstance(card.source, (OnnxSource, CheckpointSource))
    try:
        path = file_of(known) if stored else find_weights(card, hub_dir=hub_dir)
        if not path.is_file():
            return Verdict(card.name, None, f"{path} is missing")
    except ModelMissing as error:
        return Verdict(card.name, None, str(error))
    try:
        check_file(path, card.sha256, mend=mending_command(card), trust_stamp=False)
        session = open_model(card.name) if stored else open_original(card, hub_dir=hub_dir)
        if isinstance(session, OnnxSession) and session.metadata.get("name") != card.name:
            raise ModelDamaged(f"{path}: the file says it is {session.metadata.get('name')!r}")
        answers = session.run(drawn_trays(1), session.nothing_known())
        if not all(np.isfinite(answer).all() for answer in answers.values()):
            raise ModelDamaged(f"{path}: answers with numbers that are none (NaN or infinite)")
    except ModelMissing as error:
        return Verdict(card.name, False, str(error))
    return Verdict(card.name, True, f"hash, load and one run are right ({session.backend})")
