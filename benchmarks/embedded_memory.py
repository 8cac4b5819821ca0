"""Memory of a worker: with the shipped networks, or with two larger ones of their kind.

    python benchmarks/embedded_memory.py [--untrained]

By default a process analyses the shipped sample four times, as a worker does. With
``--untrained`` (needs the extra ``train``) two networks in full precision are written and run
instead: a U-Net over the whole tray with a MobileNetV3 encoder, and a ResNet-18 with a quantity
head over all compartments in one batch. Memory does not depend on their values.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "steel"
SHIPPED = """
import sys
from pathlib import Path
import cv2
cv2.setNumThreads(1)
from foodwaste.pipeline import Analyzer, Job, Settings
folder = Path(sys.argv[1])
analyzer = Analyzer(Settings(profile="steel-5"))
for _ in range(4):
    analyzer.analyze(Job(image=str(folder / "after.jpg"), before=str(folder / "before.jpg")))
"""
UNTRAINED = """
import sys
from pathlib import Path
import cv2
cv2.setNumThreads(1)
import numpy as np
import foodwaste.pipeline
from foodwaste import models
from foodwaste.models.drawn_trays import drawn_trays
tray, quantity = models.open(sys.argv[1]), models.open(sys.argv[2])
for _ in range(20):
    tray.run(drawn_trays(1))
    quantity.run(np.repeat(drawn_trays(1), 5, axis=0))
"""
STATUS = """
status = Path("/proc/self/status").read_text().splitlines()
fields = dict(line.split(":", 1) for line in status if ":" in line)
print("torch" in sys.modules, fields["VmRSS"].split()[0], fields["VmHWM"].split()[0])
"""


def write_untrained(folder: Path) -> None:
    import segmentation_models_pytorch as smp
    import torch

    from foodwaste.models import ModelCard, Preprocessing, QuantityHead
    from foodwaste.models.card import IMAGENET_MEAN, IMAGENET_STD, CheckpointSource
    from foodwaste.models.drawn_trays import drawn_trays
    from foodwaste.models.export import export_onnx
    from foodwaste.models.resnet import QuantityNet
    from foodwaste.models.torch_session import TorchSession

    def card(name: str, task: str, side: tuple[int, int], output: str, **more: object) -> ModelCard:
        return ModelCard(
            name=name,
            task=task,
            title=name,
            version="0",
            licence="Apache-2.0",
            source=CheckpointSource(),
            preprocessing=Preprocessing(
                height_px=side[0], width_px=side[1], mean=IMAGENET_MEAN, std=IMAGENET_STD
            ),
            outputs=(output,),
            sha256="0" * 64,
            size_mb=0,
            **more,
        )

    torch.manual_seed(0)
    unet = smp.Unet("timm-mobilenetv3_large_100", encoder_weights=None, classes=1).eval()
    height = card("tray-untrained", "tray", (288, 384), "height_mm")
    export_onnx(TorchSession(height, unet, threads=1), folder, drawn_trays(4))
    head = QuantityHead(bins=(0.25, 0.5, 0.75, 1.0, 1.25))
    amount = card("quantity-untrained", "quantity", (128, 128), "quantity_logits", head=head)
    net = QuantityNet("resnet18", "timm", bins=5, dishes=0).eval()
    export_onnx(TorchSession(amount, net, threads=1), folder, drawn_trays(4))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--untrained", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program, arguments = SHIPPED, [str(SAMPLES)]
        if options.untrained:
            write_untrained(Path(folder))
            os.environ["FOODWASTE_MODELS"] = folder
            program, arguments = UNTRAINED, ["tray-untrained.fp32", "quantity-untrained.fp32"]
        done = subprocess.run(
            [sys.executable, "-c", program + STATUS, *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    with_torch, now, most = done.stdout.split()
    print(f"torch loaded: {with_torch}")
    print(f"{int(now) / 1024:.0f} MB resident, {int(most) / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
