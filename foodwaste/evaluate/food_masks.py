"""How well the pixels found agree with the pixels that are food."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import numpy as np

from foodwaste.evaluate.judge import Judged
from foodwaste.evaluate.labels import DatasetError, LabelledTray
from foodwaste.imaging import load
from foodwaste.tray.frame import Mask

#: Names under which an ``.npz`` may hold the food mask.
_NAMES = ("food", "food_mask")


def overlap(judged: Judged, tray: LabelledTray, name: str) -> tuple[int, int, int] | None:
    """``(intersection, union, found + true)`` of food pixels in one compartment.

    ``None`` when the data has no mask in the tray's frame, or the estimators found none.
    """
    findings = judged.analysis.findings
    if tray.food_mask is None or judged.after is None or findings is None:
        return None
    found = next((f.maps["food_mask"] for f in findings.values() if "food_mask" in f.maps), None)
    if found is None:
        return None
    true = read_mask(tray.food_mask)
    well = judged.after.frame.rim_masks[name]
    if true.shape != well.shape:
        raise DatasetError(f"{tray.food_mask}: a mask of {true.shape}, not {well.shape}, pixels")
    a, b = found.astype(bool)[well], true[well]
    return int((a & b).sum()), int((a | b).sum()), int(a.sum() + b.sum())


@lru_cache(maxsize=4)
def read_mask(path: Path) -> Mask:
    """A food mask ``(H, W) bool``, from a picture (anything but black) or an ``.npz``."""
    if path.suffix == ".npz":
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            name = next((name for name in _NAMES if name in arrays), None)
            if name is None:
                raise DatasetError(f"{path}: none of {', '.join(_NAMES)} in it")
            return np.asarray(arrays[name] > 0, np.bool_)
    return np.asarray(load(path).rgb.max(axis=2) > 0, np.bool_)
