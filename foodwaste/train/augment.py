"""What a phone, a room and a rectification do to a picture, at random.

All take and return ``(H, W, 3) uint8`` RGB and draw from the generator they are given.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.train.config import Strict

Rgb = NDArray[np.uint8]
Matrix = NDArray[np.float64]

_GREY = np.array([0.299, 0.587, 0.114])


class AugmentConfig(Strict):
    """How much of what. Shares are probabilities; spreads are standard deviations.

    Attributes:
        white_balance: spread of the log gain of red and blue against green.
        exposure: spread of the log exposure.
        gamma: spread of the log gamma.
        contrast: spread of the log gain about middle grey: phones show more than renderers.
        saturation: spread of the log saturation.
        blur_share: pictures blurred, by a Gaussian of up to ``blur_px``.
        coarse_share: pictures taken from farther away: sampled down by up to 2.2 and up.
        noise_share: pictures with sensor noise of up to ``noise_levels`` grey levels.
        jpeg_share: pictures compressed once more, at a quality of 30 to 90.
        glare_share: pictures with up to three soft reflections of windows and lamps.
        warp_share: pictures whose rectification is off by ``warp_px`` (spread, each corner).
    """

    white_balance: float = 0.10
    exposure: float = 0.20
    gamma: float = 0.12
    contrast: float = 0.12
    saturation: float = 0.18
    blur_share: float = 0.35
    blur_px: float = 1.4
    coarse_share: float = 0.15
    noise_share: float = 0.5
    noise_levels: float = 8.0
    jpeg_share: float = 0.25
    glare_share: float = 0.25
    warp_share: float = 0.6
    warp_px: float = 1.2


def photograph(rgb: Rgb, config: AugmentConfig, rng: np.random.Generator) -> Rgb:
    """The same scene with another camera setting, glare and compression."""
    out = np.ascontiguousarray(rgb)
    if rng.random() < config.glare_share:
        out = add_glare(out, rng)
    out = change_tone(out, config, rng)
    if rng.random() < config.coarse_share:
        out = _coarse(out, rng.uniform(1.2, 2.2))
    if rng.random() < config.blur_share:
        sigma = rng.uniform(0.3, config.blur_px)
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), sigma), np.uint8)
    if rng.random() < config.noise_share:
        out = _noisy(out, rng.uniform(0.5, config.noise_levels), rng)
    if rng.random() < config.jpeg_share:
        out = _compressed(out, int(rng.integers(30, 91)))
    return out


def change_tone(rgb: Rgb, config: AugmentConfig, rng: np.random.Generator) -> Rgb:
    """White balance, saturation and exposure in one matrix, gamma and contrast in one table."""
    red, blue = np.exp(config.white_balance * rng.normal(size=2))
    saturation = np.exp(config.saturation * rng.normal())
    gain = np.exp(config.exposure * rng.normal())
    mix = saturation * np.eye(3) + (1.0 - saturation) * np.tile(_GREY, (3, 1))
    matrix = gain * np.diag([red, 1.0, blue]) @ mix
    changed = cv2.transform(rgb, matrix)
    gamma = np.exp(config.gamma * rng.normal())
    contrast = np.exp(config.contrast * rng.normal())
    curve = ((np.arange(256) / 255.0) ** gamma - 0.5) * contrast + 0.5
    table = np.rint(255.0 * np.clip(curve, 0.0, 1.0)).astype(np.uint8)
    return np.asarray(cv2.LUT(changed, table), np.uint8)


def add_glare(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Adds soft-edged bright ellipses and four-sided windows."""
    height, width = rgb.shape[:2]
    light = np.zeros((height // 2, width // 2), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        level = float(rng.uniform(0.2, 1.0))
        x, y = rng.uniform(0, width / 2), rng.uniform(0, height / 2)
        a, b = rng.uniform(3, 28), rng.uniform(3, 14)
        turn = rng.uniform(0, 180)
        if rng.random() < 0.5:
            cv2.ellipse(light, ((x, y), (2 * a, 2 * b), turn), level, -1)
        else:
            corners = cv2.boxPoints(((x, y), (2 * a, 2 * b), turn))
            corners += rng.normal(0, 2, corners.shape).astype(np.float32)
            cv2.fillConvexPoly(light, np.rint(corners).astype(np.int32), level)
    light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.6, 5.0)))
    light = cv2.resize(light, (width, height))[..., None]
    tint = np.array([255, rng.uniform(235, 255), rng.uniform(215, 255)], np.float32)
    mixed = rgb + light * (tint - rgb) * np.float32(rng.uniform(0.5, 1.0))
    return np.asarray(mixed, np.uint8)


def shaky_corners(
    config: AugmentConfig, shape: tuple[int, int], rng: np.random.Generator
) -> Matrix:
    """``(3, 3)`` homography of a rectification whose corners were found a little beside."""
    if rng.random() >= config.warp_share:
        return np.eye(3)
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.normal(0, config.warp_px, corners.shape).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, moved), np.float64)


def warp(array: NDArray[np.generic], homography: Matrix, *, smooth: bool) -> NDArray[np.generic]:
    """Moves a picture or a map; ``smooth`` interpolates, else the nearest pixel is taken."""
    if np.array_equal(homography, np.eye(3)):
        return array
    height, width = array.shape[:2]
    return np.asarray(
        cv2.warpPerspective(
            array,
            homography,
            (width, height),
            flags=cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _coarse(rgb: Rgb, factor: float) -> Rgb:
    height, width = rgb.shape[:2]
    size = (round(width / factor), round(height / factor))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _noisy(rgb: Rgb, levels: float, rng: np.random.Generator) -> Rgb:
    bank = _noise_bank()
    start = int(rng.integers(0, bank.size - rgb.size))
    noise = bank[start : start + rgb.size].reshape(rgb.shape)
    if rng.random() < 0.5:  # demosaicing and compression leave noise that is not pixel by pixel
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.8), np.float32) * np.float32(2.0)
    return np.clip(rgb + noise * np.float32(levels), 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _noise_bank() -> NDArray[np.float32]:
    bank = np.random.default_rng(0).normal(size=1_200_000).astype(np.float32)
    bank.setflags(write=False)
    return bank


def _compressed(rgb: Rgb, quality: int) -> Rgb:
    # Red and blue are swapped on the way in and out alike.
    done, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"no JPEG of {rgb.shape}")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
