"""Memory of a worker with two networks of the embedded ones' kind: a U-Net and a ResNet-18.

    python benchmarks/embedded_memory.py

The networks are untrained (memory does not depend on their values): a U-Net over the whole
tray with a MobileNetV3 encoder when segmentation_models_pytorch is installed, and a ResNet-18
with a quantity head over all compartments in one batch. Shipped networks are used instead
where this version has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

WORKER = """
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
    from foodwaste.models import known_models

    with tempfile.TemporaryDirectory() as folder:
        names = ["tray-embedded", "quantity-embedded"]
        if not all(name in known_models() for name in names):
            write_untrained(Path(folder))
            os.environ["FOODWASTE_MODELS"] = folder
            names = ["tray-untrained.fp32", "quantity-untrained.fp32"]
        done = subprocess.run(
            [sys.executable, "-c", WORKER, *names], capture_output=True, text=True, check=True
        )
    with_torch, now, most = done.stdout.split()
    print(f"{' + '.join(names)}: torch loaded: {with_torch}")
    print(f"{int(now) / 1024:.0f} MB resident, {int(most) / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
