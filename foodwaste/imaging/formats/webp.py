"""WebP: still pictures by OpenCV, the first frame of animations by Pillow.

Source: WebP container specification (RIFF chunks, VP8X); RFC 6386, section 9.1 (VP8 frame
header); WebP lossless bitstream specification, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2

from foodwaste.errors import ImageError
from foodwaste.imaging.formats import opencv, pillow
from foodwaste.imaging.formats.decoded import Decoded, Format, Header, Opened
from foodwaste.imaging.formats.tiff_fields import exif_orientation

_ANIMATION = 0x02


def _open(data: bytes) -> Opened:
    size: tuple[int, int] | None = None
    orientation, frames = 1, 0
    for kind, payload in _chunks(data):
        if kind == b"VP8X" and len(payload) >= 10:
            size = 1 + _uint24(payload, 4), 1 + _uint24(payload, 7)
        elif kind == b"VP8 " and size is None and len(payload) >= 10:
            size = _uint14(payload, 6), _uint14(payload, 8)
        elif kind == b"VP8L" and size is None and len(payload) >= 5:
            packed = int.from_bytes(payload[1:5], "little")
            size = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        elif kind == b"EXIF":
            orientation = exif_orientation(payload)
        elif kind == b"ANMF":
            frames += 1
    if size is None:
        raise ImageError("the WebP header is damaged")
    notes = (f"first of {frames} frames",) if frames > 1 else ()
    return Opened(Header(*size, orientation, notes), lambda _: _decode(data))


def _decode(data: bytes) -> Decoded:
    if _is_animated(data):
        return Decoded(pillow.decode(data, "WebP"))
    pixels = opencv.decode(data, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ImageError("the WebP data is damaged")
    return Decoded(opencv.to_rgb8(pixels))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):  # no decoder at hand gives part of a WebP
        missing = 100 * (end - len(data)) / end
        raise ImageError(f"the WebP file is cut short ({missing:.0f} % is missing)")
    position = 12
    while position + 8 <= end:
        kind = data[position : position + 4]
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        # Of the picture itself only the first bytes matter here.
        shown = length if kind == b"EXIF" else min(length, 16)
        yield kind, data[position + 8 : position + 8 + shown]
        position += 8 + length + length % 2


def _is_animated(data: bytes) -> bool:
    return data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & _ANIMATION)


def _uint24(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 3], "little")


def _uint14(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 2], "little") & 0x3FFF


FORMAT = Format("WebP", _open)
