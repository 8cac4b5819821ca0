"""Reads a folder of tray pictures at the tray frame's size, for parity and calibration."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import ImageError, UsageError
from foodwaste.imaging import load
from foodwaste.tray.frame import FRAME_HEIGHT_PX, FRAME_WIDTH_PX

#: Parity runs batches of three; calibration wants at least one picture more.
_LEAST = 4


def load_pictures(folder: Path, at_most: int) -> NDArray[np.uint8]:
    """Loads up to ``at_most`` pictures, spread evenly over the folder's sorted files.

    Returns:
        ``(N, 288, 384, 3) uint8``, RGB; pictures of another shape are resized.

    Raises:
        UsageError: fewer than four readable pictures.
    """
    files = sorted(path for path in folder.glob("*") if path.is_file())
    loaded: list[NDArray[np.uint8]] = []
    step = max(1, len(files) // max(1, at_most))
    for path in files[::step]:
        try:
            rgb = load(str(path)).rgb
        except ImageError:
            continue  # a manifest or a mask lies between the pictures
        size = (FRAME_WIDTH_PX, FRAME_HEIGHT_PX)
        shrunk = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        loaded.append(shrunk.astype(np.uint8, copy=False))
        if len(loaded) == at_most:
            break
    if len(loaded) < _LEAST:
        raise UsageError(f"{folder}: {len(loaded)} readable pictures, at least {_LEAST} needed")
    return np.stack(loaded)
