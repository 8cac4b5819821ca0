"""From a run's best checkpoint to the file that ships: ONNX, int8 where it costs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.tray_inputs import FOLD, KNOWN, MEAN, STD
from foodwaste.models.card import CheckpointSource, ModelCard, Preprocessing
from foodwaste.models.errors import ParityFailed
from foodwaste.models.export import Exported, export_onnx
from foodwaste.models.hashing import sha256_file
from foodwaste.models.torch_session import TorchSession
from foodwaste.train.checkpoint import read_state
from foodwaste.train.pack import read_pack
from foodwaste.train.tray_config import TrayConfig
from foodwaste.train.tray_held_out import FOOD_THRESHOLD, known_of
from foodwaste.train.tray_network import TrayNetwork, TrayReadings
from foodwaste.tray.frame import FRAME_HEIGHT_PX, FRAME_WIDTH_PX

NAME = "tray-embedded"
OUTPUTS = ("height_mm", "height_error_mm", "food", "residue")
#: Pictures that are compared, and pictures that set the int8 scales.
_COMPARED, _CALIBRATED = 12, 48


def ship_tray(
    config: TrayConfig,
    checkpoint: Path,
    packs: Sequence[Path],
    folder: Path,
    *,
    version: str,
    figures: Mapping[str, float | str] | None = None,
) -> Exported:
    """Exports the averaged weights of a checkpoint: int8 when it passes, else full precision.

    Args:
        config: of the run.
        checkpoint: ``best.pt``.
        packs: packed meals that set the int8 scales and on which files are compared.
        folder: where the files go.
        version: of the weights, for the card.
        figures: further figures for the card.

    Raises:
        ParityFailed: not even the full-precision file answers as torch does.
    """
    network = TrayNetwork(config.network)
    network.load_state_dict(read_state(checkpoint)["ema"])
    card = ModelCard(
        name=NAME,
        task="tray",
        title="Height of food above the empty tray, food and residue, from the rectified tray",
        version=version,
        licence="Apache-2.0",
        source=CheckpointSource(file=checkpoint.name),
        preprocessing=Preprocessing(
            height_px=FRAME_HEIGHT_PX,
            width_px=FRAME_WIDTH_PX,
            mean=(MEAN, MEAN, MEAN),
            std=(STD, STD, STD),
            fold=FOLD,
        ),
        outputs=OUTPUTS,
        sha256=sha256_file(checkpoint),
        size_mb=checkpoint.stat().st_size / 1e6,
        figures={"food_threshold": FOOD_THRESHOLD, **(figures or {})},
    )
    session = TorchSession(card, TrayReadings(network), threads=1)
    pictures, known = _examples(packs)
    compared = {KNOWN: known[:_COMPARED]}
    try:
        return export_onnx(
            session,
            folder,
            pictures[:_COMPARED],
            quantised="static",
            calibration=pictures,
            extras=compared,
            calibration_extras={KNOWN: known},
            weight_bits=7,
        )
    except ParityFailed:
        return export_onnx(session, folder, pictures[:_COMPARED], extras=compared)


def _examples(packs: Sequence[Path]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Pictures and what is known of them, with every group present somewhere and absent too."""
    pictures, known = [], []
    for count in range(_CALIBRATED):
        pack = read_pack(packs[count % len(packs)])
        state = (count // len(packs) + count) % len(pack.classes)
        pictures.append(np.asarray(pack.rgb[state + 1]))
        # What was served is as high as it truly was: what a good network would have seen.
        before = np.asarray(pack.height_mm[0], np.float32)
        told = known_of(pack, state, before, empty=count % 2 == 0, others=count % 4 < 3)
        known.append(told)
    return np.stack(pictures), np.stack(known)
