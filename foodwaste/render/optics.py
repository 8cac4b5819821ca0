"""From radiance to the picture a phone or webcam would have stored."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.render.grid import Array

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class OpticsSpec:
    """How one photograph was taken. Blurs are lengths on the tray.

    Attributes:
        level: where exposure puts the picture's bright parts (90th percentile), 0..1 linear.
        balance: gain of red, green, blue left over after white balance.
        contrast: strength of the tone curve's S, 0..1.
        saturation: 1 is as seen.
        defocus_mm: sigma of defocus.
        motion_mm: length of the motion streak, and its direction.
        shot_noise: standard deviation at full scale, share of full scale.
        read_noise: standard deviation in the dark.
        vignette: loss in the corners, 0..1.
        sharpen: unsharp amount, as phones do.
        jpeg_quality: 1..100.
    """

    seed: int
    level: float
    balance: tuple[float, float, float]
    contrast: float
    saturation: float
    defocus_mm: float
    motion_mm: float
    motion_rad: float
    shot_noise: float
    read_noise: float
    vignette: float
    sharpen: float
    jpeg_quality: int

    @staticmethod
    def draw(rng: np.random.Generator) -> OpticsSpec:
        """Draws a phone or webcam: mostly good pictures, a tail of bad ones."""
        warm = rng.normal(0, 0.05)
        return OpticsSpec(
            seed=int(rng.integers(2**31)),
            level=float(rng.uniform(0.45, 0.98)),
            balance=(float(1 + warm), 1.0, float(1 - 1.2 * warm)),
            contrast=float(rng.uniform(0.0, 0.9)),
            saturation=float(rng.normal(1.15, 0.13)),
            defocus_mm=float(
                abs(rng.normal(0, 0.25)) if rng.random() < 0.85 else rng.uniform(0.4, 1.2)
            ),
            motion_mm=float(0 if rng.random() < 0.8 else rng.uniform(0.3, 2.5)),
            motion_rad=float(rng.uniform(0, np.pi)),
            shot_noise=float(rng.uniform(0.002, 0.018)),
            read_noise=float(rng.uniform(0.001, 0.006)),
            vignette=float(rng.uniform(0, 0.3)),
            sharpen=float(rng.uniform(0, 0.8)),
            jpeg_quality=int(rng.integers(72, 97)),
        )

    @staticmethod
    def clean(level: float = 0.62) -> OpticsSpec:
        """A good camera on a stand: for samples."""
        return OpticsSpec(
            1, level, (1.0, 1.0, 1.0), 0.3, 1.05, 0.05, 0.0, 0.0, 0.003, 0.001, 0.05, 0.3, 92
        )


def develop(radiance: Array, spec: OpticsSpec, mm_per_px: float) -> Rgb:
    """``(H, W, 3) uint8`` picture before JPEG, from linear radiance."""
    rng = np.random.default_rng(spec.seed)
    x = np.maximum(np.asarray(radiance, np.float32), 0)
    bright = float(np.quantile(x[::4, ::4].mean(-1), 0.9))
    x = x * np.float32(spec.level / max(bright, 1e-6)) * np.asarray(spec.balance, np.float32)
    # Blur acts on light, before the sensor clips it: highlights bloom as they do in a lens.
    x = _blur(np.minimum(x, 6.0), spec, mm_per_px)
    if spec.vignette > 0:
        x = x * _vignette(x.shape[:2], spec.vignette)[..., None]
    noise = rng.standard_normal(x.shape).astype(np.float32)
    x = x + noise * np.sqrt(spec.shot_noise**2 * np.clip(x, 0, 1) + spec.read_noise**2)
    grey = x.mean(-1, keepdims=True)
    x = grey + (x - grey) * np.float32(spec.saturation)
    # A soft shoulder keeps highlights from clipping hard, as phones' tone curves do.
    x = np.clip(x, 0, None)
    x = np.where(x < 0.6, x, 0.6 + 0.4 * (1 - np.exp(-(x - 0.6) / 0.4)))
    y = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(np.maximum(x, 1e-8), 1 / 2.4) - 0.055)
    y = y + spec.contrast * 0.5 * (y * y * (3 - 2 * y) - y)
    if spec.sharpen > 0:
        y = y + spec.sharpen * (y - cv2.GaussianBlur(y, (0, 0), 1.0))
    return np.asarray(np.rint(np.clip(y, 0, 1) * 255), np.uint8)


def _blur(x: Array, spec: OpticsSpec, mm_per_px: float) -> Array:
    sigma = spec.defocus_mm / mm_per_px
    if sigma > 0.2:
        x = cv2.GaussianBlur(x, (0, 0), sigma)
    length = spec.motion_mm / mm_per_px
    if length > 1.0:
        size = int(np.ceil(length)) | 1
        kernel = np.zeros((size, size), np.float32)
        c = size // 2
        dx, dy = np.cos(spec.motion_rad) * length / 2, np.sin(spec.motion_rad) * length / 2
        for t in np.linspace(-1, 1, 8 * size):
            kernel[round(c + t * dy), round(c + t * dx)] += 1
        x = cv2.filter2D(x, -1, kernel / kernel.sum())
    return x


def _vignette(shape: tuple[int, int], loss: float) -> Array:
    rows, columns = shape
    y = (np.arange(rows) - rows / 2) / (rows / 2)
    x = (np.arange(columns) - columns / 2) / (columns / 2)
    return np.asarray(1 - loss * (x[None, :] ** 2 + y[:, None] ** 2) / 2, np.float32)
