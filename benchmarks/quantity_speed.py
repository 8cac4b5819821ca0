"""A ResNet on the five compartments of a tray: torch, ONNX, static int8. One thread.

    python benchmarks/quantity_speed.py [--rounds N]

Made-up weights: the times are those of trained ones, what int8 costs in accuracy is not.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import formula_weights

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

BINS = (0.25, 0.5, 0.75, 1.0, 1.25)


def measure(architecture: str, side_px: int, rounds: int, room: Path) -> None:
    import numpy as np

    from foodwaste.models import ModelCard, ParityFailed, Preprocessing, QuantityHead
    from foodwaste.models.card import CheckpointSource
    from foodwaste.models.drawn_trays import drawn_trays
    from foodwaste.models.export import export_onnx
    from foodwaste.models.onnx_session import OnnxSession
    from foodwaste.models.resnet import QuantityNet
    from foodwaste.models.timing import median_seconds
    from foodwaste.models.torch_session import TorchSession

    card = ModelCard(
        name=f"{architecture}-{side_px}",
        task="quantity",
        title="made-up weights",
        version="0",
        licence="Apache-2.0",
        source=CheckpointSource(),
        preprocessing=Preprocessing(height_px=side_px, width_px=side_px),
        outputs=("quantity_logits",),
        sha256="0" * 64,
        size_mb=0,
        head=QuantityHead(bins=BINS),
    )
    network = QuantityNet(architecture, "timm", bins=5, dishes=0).eval()
    formula_weights.fill(network)
    torch_session = TorchSession(card, network, threads=1)
    sessions = [torch_session]
    for kind in ("none", "static"):
        try:
            done = export_onnx(
                torch_session,
                room,
                drawn_trays(4),
                quantised=kind,
                calibration=drawn_trays(16, seed=1),
            )
        except ParityFailed as refusal:
            print(f"{card.name}: {kind}: not kept: {refusal}")
            continue
        print(f"{done.card.name}: kept, {done.card.size_mb:.1f} MB: {done.parity}")
        sessions.append(OnnxSession(done.card, done.path, threads=1, mend=""))
    crops = np.repeat(drawn_trays(1), 5, axis=0)[:, :side_px, :side_px]
    seconds = median_seconds([lambda each=each: each.run(crops) for each in sessions], rounds)
    for session, value in zip(sessions, seconds, strict=True):
        ratio = seconds[0] / value
        print(f"{session.card.name:<22} {session.backend:<12} {value * 1e3:7.1f} ms  {ratio:.2f}x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        for architecture, side_px in (("resnet18", 128), ("resnet18", 224), ("resnet50", 224)):
            measure(architecture, side_px, options.rounds, Path(room))


if __name__ == "__main__":
    main()
