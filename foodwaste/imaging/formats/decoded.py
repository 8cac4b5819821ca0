"""What every format module answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from foodwaste.imaging.picture import RgbImage


@dataclass(frozen=True)
class Header:
    """What a file says about itself before anything is decoded.

    Attributes:
        width_px: stored width, before the orientation is applied.
        height_px: stored height.
        orientation: EXIF orientation 1..8, still to be applied.
        notes: what will be left out ("first of 12 frames").
    """

    width_px: int
    height_px: int
    orientation: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decoded:
    """Pixels as stored: not yet turned upright.

    Attributes:
        rgb: ``(H, W, 3)`` uint8, RGB.
        factor: how many stored pixels one pixel stands for along a side (1 = whole).
        missing_rows: rows of ``rgb`` for which the file had no data, at its end.
        missing_on_top: those rows are the first ones (a BMP is stored bottom up).
        damage: why ``rgb`` is less than the picture that was taken, or ``None``.
        applied_orientation: orientation that the decoder has applied already (HEIC).
    """

    rgb: RgbImage
    factor: int = 1
    missing_rows: int = 0
    missing_on_top: bool = False
    damage: str | None = None
    applied_orientation: int | None = None


@dataclass(frozen=True)
class Opened:
    """A file whose header has been read, ready to be decoded.

    ``decode(factor)`` decodes, reduced by ``factor`` (1, 2, 4, 8) where the format's own decoder
    can, else whole. It raises ``ImageError`` with a message that does not name the file.
    """

    header: Header
    decode: Callable[[int], Decoded]


@dataclass(frozen=True)
class Format:
    """One file format: its name, and how to open a file of it.

    ``open(data)`` reads the header, allocates no pixels, and raises ``ImageError`` with a
    message that does not name the file.
    """

    name: str
    open: Callable[[bytes], Opened]
