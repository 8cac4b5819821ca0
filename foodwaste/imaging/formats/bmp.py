"""BMP: by OpenCV; a cut file is filled up in memory and its blank rows are counted.

The fourth byte of a 32-bit pixel is reserved, not transparency: it is ignored.
Source: Windows GDI documentation, BITMAPFILEHEADER and BITMAPINFOHEADER.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import cv2

from foodwaste.errors import ImageError
from foodwaste.imaging.formats import opencv
from foodwaste.imaging.formats.decoded import Decoded, Format, Header, Opened

_CORE_HEADER_BYTES = 12
_UNCOMPRESSED = frozenset({0, 3, 6})  # BI_RGB, BI_BITFIELDS, BI_ALPHABITFIELDS


@dataclass(frozen=True)
class _Layout:
    width_px: int
    height_px: int
    top_down: bool
    pixel_offset: int
    row_bytes: int
    compressed: bool


def _open(data: bytes) -> Opened:
    layout = _layout(data)
    return Opened(Header(layout.width_px, layout.height_px), lambda _: _decode(data, layout))


def _decode(data: bytes, layout: _Layout) -> Decoded:
    """Decodes whole; of a cut file, the rows that are there."""
    missing_rows, damage = 0, None
    present = len(data) - layout.pixel_offset
    lacking = layout.row_bytes * layout.height_px - present
    if lacking > 0 and not layout.compressed:
        if present <= 0:
            raise ImageError("the file ends before the picture's data begins")
        missing_rows = -(-lacking // layout.row_bytes)
        damage = "truncated: the file's end is missing"
        data += bytes(lacking)
    pixels = opencv.decode(data, cv2.IMREAD_COLOR)
    if pixels is None:
        raise ImageError("the BMP data is damaged")
    return Decoded(
        opencv.to_rgb8(pixels),
        missing_rows=missing_rows,
        missing_on_top=not layout.top_down,
        damage=damage,
    )


def _layout(data: bytes) -> _Layout:
    if len(data) < 26:
        raise ImageError("the BMP header is damaged")
    pixel_offset, header_bytes = struct.unpack_from("<II", data, 10)
    compression = 0
    if header_bytes == _CORE_HEADER_BYTES:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    elif len(data) >= 34:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    else:
        raise ImageError("the BMP header is damaged")
    if width <= 0 or height == 0 or bits not in (1, 4, 8, 16, 24, 32):
        raise ImageError("the BMP header is damaged")
    row_bytes = (width * bits + 31) // 32 * 4
    compressed = compression not in _UNCOMPRESSED
    return _Layout(width, abs(height), height < 0, pixel_offset, row_bytes, compressed)


FORMAT = Format("BMP", _open)
