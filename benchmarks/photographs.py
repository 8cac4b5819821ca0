"""Photographs for the benchmarks: the shipped samples at the size of a phone's picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from foodwaste.imaging import encode_jpeg, load
from foodwaste.resources import resource_dir

#: Megapixels, cycled through: what kitchens send is between 2 and 5.
SIZES_MPIXELS = (2.0, 3.0, 4.0, 5.0)
_VARIANTS = ("steel/after.jpg", "steel/before.jpg", "steel/empty.jpg")


def make_photographs(folder: Path, count: int, *, sizes: tuple[float, ...] = SIZES_MPIXELS) -> None:
    """Writes ``count`` different JPEG pictures of trays, 2 to 5 megapixels each.

    Each is a rendered sample, enlarged, shifted a little in brightness, with a sensor's noise,
    so that no two files are equal and a JPEG is as large as a camera's. Existing ones stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    enlarged: dict[tuple[str, float], np.ndarray] = {}
    for index in range(count):
        path = folder / f"tray-{index:05}.jpg"
        if path.exists():
            continue
        name = _VARIANTS[index % len(_VARIANTS)]
        size = sizes[index % len(sizes)]
        if (name, size) not in enlarged:
            enlarged[name, size] = _enlarge(resource_dir("samples") / name, size)
        generator = np.random.default_rng(index)
        rgb = enlarged[name, size].astype(np.int16) + int(generator.integers(-12, 13))
        tile = generator.normal(0, 4, (256, 256, 1)).astype(np.int16)
        height, width = rgb.shape[:2]
        repeats = (-(-height // 256), -(-width // 256), 1)
        rgb += np.tile(tile, repeats)[:height, :width]
        path.write_bytes(encode_jpeg(np.clip(rgb, 0, 255).astype(np.uint8), quality=88))


def _enlarge(path: Path, mpixels: float) -> np.ndarray:
    rgb = load(path).rgb
    scale = (mpixels * 1e6 / (rgb.shape[0] * rgb.shape[1])) ** 0.5
    return cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
