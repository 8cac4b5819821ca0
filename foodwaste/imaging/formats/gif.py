"""GIF: the first frame, by Pillow (OpenCV reads GIF only since 4.11).

Source: GIF89a specification (CompuServe, 1990): blocks and their lengths.
"""

from __future__ import annotations

import struct

from foodwaste.errors import ImageError
from foodwaste.imaging.formats import pillow
from foodwaste.imaging.formats.decoded import Decoded, Format, Header, Opened

_EXTENSION, _FRAME = 0x21, 0x2C
_LABEL_BYTES, _FRAME_HEADER_BYTES = 2, 10


def _open(data: bytes) -> Opened:
    if len(data) < 13:
        raise ImageError("the GIF header is damaged")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    frames = _count_frames(data, 13 + _palette_bytes(flags))
    notes = (f"first of {frames} frames",) if frames > 1 else ()
    header = Header(width, height, notes=notes)
    return Opened(header, lambda _: Decoded(pillow.decode(data, "GIF")))


def _count_frames(data: bytes, position: int) -> int:
    frames = 0
    while position < len(data):
        if data[position] == _EXTENSION:
            position = _after_sub_blocks(data, position + _LABEL_BYTES)
        elif data[position] == _FRAME and position + _FRAME_HEADER_BYTES <= len(data):
            frames += 1
            palette = _palette_bytes(data[position + 9])
            position = _after_sub_blocks(data, position + _FRAME_HEADER_BYTES + palette + 1)
        else:
            break
    return frames


def _after_sub_blocks(data: bytes, position: int) -> int:
    while position < len(data) and data[position]:
        position += 1 + data[position]
    return position + 1


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


FORMAT = Format("GIF", _open)
