"""HEIC / HEIF, as phones write it: by pillow-heif, which turns the picture itself.

A HEIF file's own rotation property decides, and libheif applies it; the EXIF orientation in
the file is only a copy of it (ISO/IEC 23008-12, annex A.2). It must not be applied again.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from foodwaste.errors import ImageError, ModelMissing
from foodwaste.imaging.formats.decoded import Decoded, Format, Header, Opened
from foodwaste.imaging.formats.opencv import on_white
from foodwaste.imaging.formats.tiff_fields import exif_orientation

#: More threads than this do not help: a phone's picture is 48 tiles and memory-bound.
_MAX_THREADS = 4


def _open(data: bytes) -> Opened:
    """Reads the size, which is the one after rotation, and the number of pictures."""
    container = _container(data)
    if len(container) == 0:
        raise ImageError("the HEIC file holds no picture that can be read: it is damaged")
    width, height = container.size
    count = len(container)
    notes = (f"the main one of {count} pictures",) if count > 1 else ()
    return Opened(Header(width, height, notes=notes), lambda _: _decode(data, container))


def _decode(data: bytes, container: Any) -> Decoded:  # noqa: ANN401 - pillow-heif has no types
    """Decodes the main picture whole, already upright."""
    try:
        pixels = np.asarray(container)
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        raise ImageError(f"the HEIC data is damaged or cut short ({_one_line(error)})") from error
    if pixels.ndim == 2:
        rgb = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
    elif pixels.shape[2] == 4:
        colour, alpha = np.ascontiguousarray(pixels[:, :, :3]), pixels[:, :, 3]
        rgb = on_white(colour, alpha, premultiplied=container.premultiplied_alpha)
    else:
        rgb = np.array(pixels)
    return Decoded(rgb, applied_orientation=_applied_orientation(data, container.info))


def _applied_orientation(data: bytes, info: dict[str, Any]) -> int:
    """The EXIF orientation, where the container has a property that makes it come true."""
    if b"irot" not in _meta_box(data) and b"imir" not in _meta_box(data):
        return 1
    return exif_orientation(info.get("exif") or b"")


def _meta_box(data: bytes) -> bytes:
    position = 0
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] == b"meta":
            return data[position : position + length]
        if length < 8:  # 64-bit lengths and boxes up to the end: picture data, which comes last
            break
        position += length
    return b""


def _container(data: bytes) -> Any:  # noqa: ANN401 - pillow-heif has no types
    try:
        import pillow_heif
    except ImportError as error:
        raise ModelMissing(
            "HEIC needs pillow-heif: pip install pillow-heif (or save the picture as JPEG)"
        ) from error
    # As many threads as the process has agreed on: workers of a batch have one.
    pillow_heif.options.DECODE_THREADS = max(1, min(_MAX_THREADS, cv2.getNumThreads()))
    try:
        return pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
    except (OSError, ValueError, RuntimeError, EOFError, SyntaxError) as error:
        raise ImageError(f"the HEIC file is damaged or cut short ({_one_line(error)})") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


FORMAT = Format("HEIC", _open)
