"""What a picture is after the door: pixels, and what was done to get them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RgbImage = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """One decoded picture.

    Colours are the file's own numbers: no ICC profile is applied, because before and after
    come from one camera and the empty tray calibrates the rest.

    Attributes:
        rgb: ``(H, W, 3)`` uint8, RGB, C-contiguous, upright.
        original_size_px: upright ``(width, height)`` of the whole file, before any reduction.
        scale: decoded length / original length: 1.0, 1/2, 1/4 or 1/8. A point of the original
            is ``decoded / scale``.
        orientation: EXIF orientation 1..8 that the file asked for and that has been applied.
        format: ``JPEG``, ``PNG``, ``WebP``, ``BMP``, ``TIFF``, ``GIF`` or ``HEIC``.
        degraded: part of the picture is missing or coarser than it was taken.
        notes: short sentences about what is missing or was left out.
        sha256: hexadecimal hash of the file's bytes.
    """

    rgb: RgbImage
    original_size_px: tuple[int, int]
    scale: float
    orientation: int
    format: str
    degraded: bool
    notes: tuple[str, ...]
    sha256: str
