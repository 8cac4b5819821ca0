"""Drawn trays: pictures for parity and calibration where no photographs are at hand.

Not a renderer: shaded height fields with the frequencies and colours of trays, in
milliseconds, the same on every machine.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import load_profile
from foodwaste.tray.frame import Frame, frame_of


def drawn_trays(count: int, *, profile: str = "steel-5", seed: int = 0) -> NDArray[np.uint8]:
    """Draws ``count`` trays with random food.

    Returns:
        ``(count, 288, 384, 3) uint8``, RGB.
    """
    frame = frame_of(load_profile(profile).profile.layout)
    generator = np.random.default_rng(seed)
    return np.stack([_draw(frame, generator) for _ in range(count)])


def _draw(frame: Frame, generator: np.random.Generator) -> NDArray[np.uint8]:
    height_mm = -frame.depth_mm.copy()
    grey = generator.uniform(120, 190)
    colour = np.full((*frame.shape, 3), grey, np.float32)
    colour[~frame.tray_mask] = generator.uniform(40, 220, 3)
    for name, rim in frame.rim_masks.items():
        well = frame.layout.compartments[name]
        fill = generator.uniform(0.0, 1.2)
        top = -well.depth_mm * (1.0 - fill) + _texture(frame.shape, generator) * 3.0
        food = rim & (top > height_mm)
        height_mm[food] = top[food]
        tint = generator.uniform(30, 240, 3).astype(np.float32)
        grain = 1.0 + 0.2 * _texture(frame.shape, generator)
        colour[food] = (tint * grain[..., None])[food]
    slope_y, slope_x = np.gradient(cv2.GaussianBlur(height_mm, (0, 0), 1.0), frame.mm_per_px)
    angle = generator.uniform(0, 2 * np.pi)
    shade = 1.0 - 0.5 * (slope_x * np.cos(angle) + slope_y * np.sin(angle))
    picture = colour * np.clip(shade, 0.3, 1.8)[..., None]
    picture += generator.normal(0.0, 3.0, picture.shape)
    drawn: NDArray[np.uint8] = np.clip(picture, 0, 255).astype(np.uint8)
    return drawn


def _texture(shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise of two scales, about -1..1."""
    layers = [
        cv2.resize(
            generator.standard_normal((shape[0] // step, shape[1] // step)).astype(np.float32),
            (shape[1], shape[0]),
            interpolation=cv2.INTER_CUBIC,
        )
        for step in (32, 6)
    ]
    texture: NDArray[np.float32] = (0.4 * layers[0] + 0.3 * layers[1]).astype(np.float32)
    return texture
