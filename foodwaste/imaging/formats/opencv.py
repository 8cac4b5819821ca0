"""OpenCV's decoder: the fast one, and the only one that keeps 16 bits per channel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.imaging.picture import RgbImage

Pixels = NDArray[Any]

_SILENT = 0


def decode(data: bytes, flags: int) -> Pixels | None:
    """Decodes from memory, or answers ``None`` where OpenCV cannot.

    ``flags`` are OpenCV's; its own EXIF rotation is always switched off, because which formats
    it covers differs between versions (4.8 turns no WebP, 5.0 does).
    """
    if flags != cv2.IMREAD_UNCHANGED:  # that one is -1: it turns nothing, and takes no more flags
        flags |= cv2.IMREAD_IGNORE_ORIENTATION
    with _silent_log():
        try:
            pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flags)
        except cv2.error:
            return None
    return None if pixels is None else np.asarray(pixels)


def to_rgb8(pixels: Pixels, *, premultiplied: bool = False) -> RgbImage:
    """Grey, BGR or BGRA of 8 or 16 bits to RGB of 8 bits, transparency laid on white.

    White, because that is what every viewer shows behind a cut-out, while the colour stored
    under a transparent pixel is arbitrary (mostly black). With ``premultiplied`` the colours
    have been multiplied by alpha already.

    16 bits are divided by 257 and rounded, so that 65535 becomes 255; dropping the low byte,
    as image libraries do, is darker by half a step.
    """
    if pixels.dtype == np.uint16:
        pixels = cv2.convertScaleAbs(pixels, alpha=1 / 257)
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
    if pixels.shape[2] == 3:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
    rgb = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB))
    return on_white(rgb, pixels[:, :, 3], premultiplied=premultiplied)


def on_white(rgb: RgbImage, alpha: RgbImage, *, premultiplied: bool = False) -> RgbImage:
    """Lays ``rgb`` ``(H, W, 3)`` on white by ``alpha`` ``(H, W)``, both uint8."""
    if int(alpha.min()) == 255:
        return rgb
    alpha3 = cv2.merge([alpha, alpha, alpha])
    if premultiplied:
        return np.asarray(cv2.add(rgb, cv2.bitwise_not(alpha3)))
    ink = cv2.multiply(cv2.bitwise_not(rgb), alpha3, scale=1 / 255)
    return np.asarray(cv2.bitwise_not(ink))


@contextmanager
def _silent_log() -> Iterator[None]:
    """OpenCV reports damaged files on stderr; our errors say the same, in one line."""
    # OpenCV 4 has cv2.setLogLevel, OpenCV 5 cv2.utils.logging.setLogLevel.
    set_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
    previous = set_level(_SILENT)
    try:
        yield
    finally:
        set_level(previous)
