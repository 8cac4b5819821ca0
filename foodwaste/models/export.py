"""Exports a model to a file that needs no torch, and keeps it only if it answers alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foodwaste.models import parity
from foodwaste.models.card import ModelCard, OnnxSource, WeightBits, write_card
from foodwaste.models.errors import ParityFailed
from foodwaste.models.hashing import sha256_file
from foodwaste.models.onnx_file import write_metadata, write_onnx
from foodwaste.models.onnx_session import OnnxSession
from foodwaste.models.quantise import Kind, quantise
from foodwaste.models.session import Extras, Session
from foodwaste.models.siamese_inputs import seen_before
from foodwaste.models.timing import median_seconds
from foodwaste.models.torch_session import TorchSession

Quantisation = Literal["none", "dynamic", "static"]

#: Timed runs per model when a quantised variant is weighed against full precision.
_ROUNDS = 3


@dataclass(frozen=True)
class Exported:
    """A file that passed. Times are medians of one-thread runs on one picture, seconds."""

    card: ModelCard
    path: Path
    parity: parity.Parity
    torch_s: float
    onnx_s: float


def export_onnx(
    session: TorchSession,
    folder: Path,
    pictures: NDArray[np.uint8],
    *,
    opset: int = 18,
    quantised: Quantisation = "none",
    calibration: NDArray[np.uint8] | None = None,
    extras: Extras | None = None,
    calibration_extras: Extras | None = None,
    effect_limit: float | None = None,
    name: str | None = None,
    weight_bits: WeightBits = 8,
) -> Exported:
    """Exports to ``folder/NAME.fp32.onnx`` or ``NAME.int8.onnx``, with its card beside it.

    A full-precision file must match torch to ``parity.EXACT``. A quantised one is kept when it
    moves the answer by less than the task's limit and is faster than full precision here.

    Args:
        session: the original.
        folder: where to put the file.
        pictures: ``(N, H, W, 3) uint8``, RGB, N at least 3: for parity.
        opset: ONNX operator set.
        quantised: which int8 variant, if any.
        calibration: pictures whose activations set the int8 scales; ``pictures`` by default.
        extras: further inputs by name, in the network's order, one of each for every one of
            ``pictures``; by default what a Siamese network sees in them itself.
        calibration_extras: the same for ``calibration``.
        effect_limit: how far a quantised file may move the answer (ml, or shares of a
            serving), in place of the task's own limit.
        name: another name for the model than the original's.
        weight_bits: of a quantised file's kernels.

    Raises:
        ParityFailed: it does not match, or is no faster; no file is left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = seen_before(session, pictures) if extras is None else extras
    base = name or session.card.name
    ending = "fp32" if quantised == "none" else "int8"
    final = folder / f"{base}.{ending}.onnx"
    full = folder / f".{base}.fp32.partial.onnx"
    small = folder / f".{base}.int8.partial.onnx"
    try:
        write_onnx(session.network, session.card, full, opset=opset, extras=own)
        card = _card_for(session, final.stem, final.name, quantised, weight_bits, own)
        if quantised == "none":
            candidate, written = _load(card, full), full
        else:
            kind: Kind = quantised
            scales, told = pictures, own
            if calibration is not None:
                scales = calibration
                told = calibration_extras or seen_before(session, calibration)
            quantise(full, small, kind, session.card, scales, told, weight_bits=weight_bits)
            candidate, written = _load(card, small), small
        found = parity.compare(session.card, session.run, candidate.run, pictures, own)
        parity.require(found, card, exact=quantised == "none", effect_limit=effect_limit)
        times = _times(session, candidate, full if quantised != "none" else None, pictures[:1], own)
        if quantised != "none" and times["onnx"] >= times["full"]:
            raise ParityFailed(
                f"{card.name}: int8 takes {times['onnx'] * 1e3:.0f} ms, full precision "
                f"{times['full'] * 1e3:.0f} ms: no gain, not kept"
            )
        del candidate
        card = card.model_copy(
            update={"figures": {**card.figures, **_figures(found, times), "opset": float(opset)}}
        )
        write_metadata(written, card)
        card = card.model_copy(
            update={"sha256": sha256_file(written), "size_mb": written.stat().st_size / 1e6}
        )
        written.replace(final)
        write_card(card, folder / f"{card.name}.json")
    except ParityFailed:
        final.unlink(missing_ok=True)
        (folder / f"{base}.{ending}.json").unlink(missing_ok=True)
        raise
    finally:
        full.unlink(missing_ok=True)
        small.unlink(missing_ok=True)
    return Exported(card, final, found, times["torch"], times["onnx"])


def _card_for(
    session: TorchSession,
    name: str,
    file: str,
    quantised: Quantisation,
    weight_bits: WeightBits,
    extras: Extras | None,
) -> ModelCard:
    gflop = count_gflop(session, extras)
    return session.card.model_copy(
        update={
            "name": name,
            "source": OnnxSource(file=file, quantised=quantised, weight_bits=weight_bits),
            "weights_sha256": session.card.sha256,
            "figures": {**session.card.figures, "gflop": round(gflop, 2)},
        }
    )


def _load(card: ModelCard, path: Path) -> OnnxSession:
    return OnnxSession(card, path, threads=1, mend="report this")


def _times(
    session: TorchSession,
    candidate: OnnxSession,
    full: Path | None,
    picture: NDArray[np.uint8],
    extras: Extras | None,
) -> dict[str, float]:
    runs: dict[str, Session] = {"torch": session, "onnx": candidate}
    if full is not None:
        runs["full"] = _load(candidate.card, full)
    first = None if extras is None else {name: each[:1] for name, each in extras.items()}
    medians = median_seconds([partial(each.run, picture, first) for each in runs.values()], _ROUNDS)
    return dict(zip(runs, medians, strict=True))


def _figures(found: parity.Parity, times: dict[str, float]) -> dict[str, float | str]:
    figures: dict[str, float | str] = {
        "relative_error": float(f"{found.relative_error:.2e}"),
        f"effect_{found.effect_unit}": float(f"{found.effect:.3g}"),
    }
    names = {"torch": "torch_ms", "onnx": "onnx_ms", "full": "onnx_fp32_ms"}
    return figures | {names[key]: round(value * 1e3, 1) for key, value in times.items()}


def count_gflop(session: TorchSession, extras: Extras | None = None) -> float:
    """Floating-point operations of one pass on one picture, in 10⁹ (a product and a sum: two)."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        further = [torch.from_numpy(each[:1]) for each in (extras or {}).values()]
        session.network(torch.zeros(1, *session.card.preprocessing.input_shape), *further)
    return float(counter.get_total_flops()) / 1e9
