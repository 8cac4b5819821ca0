"""TIFF: by OpenCV (which keeps 16 bits), grey with transparency by Pillow.

OpenCV turns a TIFF upright whatever its flags say, and so does Pillow. The orientation is
therefore set to 1 in a copy of the bytes before either sees them, and applied here like
everywhere else.

Source: TIFF 6.0 (Adobe, 1992), sections 2, 3 and 8.
"""

from __future__ import annotations

import struct

import cv2

from foodwaste.errors import ImageError
from foodwaste.imaging.formats import opencv, pillow
from foodwaste.imaging.formats.decoded import Decoded, Format, Header, Opened
from foodwaste.imaging.formats.tiff_fields import ORIENTATION, Directory, read_directory

_SUBFILE_KIND, _WIDTH, _HEIGHT, _BITS = 254, 256, 257, 258
_COMPRESSION, _PHOTOMETRIC, _STRIP_OFFSETS = 259, 262, 273
_SAMPLES, _STRIP_BYTES, _PLANAR = 277, 279, 284
_EXTRA_SAMPLES, _SAMPLE_FORMAT, _DNG_VERSION = 338, 339, 50706

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_REDUCED_COPY = 1
_ASSOCIATED_ALPHA, _SEPARATE_PLANES, _UNSIGNED = 1, 2, 1


def _open(data: bytes) -> Opened:
    """Reads the directory; refuses kinds of pixels that would be misread."""
    directory = _directory(data)
    width, height = directory.first(_WIDTH), directory.first(_HEIGHT)
    if not width or not height:
        raise ImageError("the TIFF header is damaged")
    # A camera's raw file is a TIFF whose first picture is a thumbnail.
    if _DNG_VERSION in directory.fields or directory.first(_SUBFILE_KIND, 0) == _REDUCED_COPY:
        raise ImageError("a camera's raw file is not supported: export it as JPEG")
    bits = directory.first(_BITS, 1)
    if bits not in (1, 2, 4, 8, 16) or directory.first(_SAMPLE_FORMAT, _UNSIGNED) != _UNSIGNED:
        raise ImageError(
            f"TIFF with {bits}-bit or fractional samples is not supported: use 8 or 16"
        )
    plain = (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)
    if bits == 16 and (
        directory.first(_PHOTOMETRIC) not in plain or directory.first(_PLANAR) == _SEPARATE_PLANES
    ):
        raise ImageError("TIFF of 16 bits is supported in grey and interleaved RGB only")
    notes = (f"first of {directory.pages} pages",) if directory.pages > 1 else ()
    header = Header(width, height, directory.orientation(), notes)
    return Opened(header, lambda _: _decode(data, directory))


def _decode(data: bytes, directory: Directory) -> Decoded:
    """Decodes the first page whole; of a cut uncompressed file, the rows that are there."""
    data = _without_orientation(data, directory)
    data, missing_rows = _filled_up(data, directory)
    damage = "truncated: the file's end is missing" if missing_rows else None
    if directory.first(_SAMPLES) == 2 and directory.first(_BITS) == 8:
        rgb = pillow.decode(data, "TIFF")  # OpenCV drops the transparency
        return Decoded(rgb, missing_rows=missing_rows, damage=damage)
    pixels = opencv.decode(data, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ImageError("the TIFF data is damaged, cut short or of a rare kind")
    sixteen = directory.first(_BITS) == 16
    # libtiff's 8-bit reader multiplies by alpha; 16-bit samples come as they are stored.
    premultiplied = not sixteen or directory.first(_EXTRA_SAMPLES) == _ASSOCIATED_ALPHA
    if sixteen and directory.first(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        pixels = cv2.bitwise_not(pixels)
    rgb = opencv.to_rgb8(pixels, premultiplied=premultiplied)
    return Decoded(rgb, missing_rows=missing_rows, damage=damage)


def _directory(data: bytes) -> Directory:
    directory = read_directory(data)
    if directory is None:
        raise ImageError("the TIFF's directory is missing: the file is damaged or cut short")
    return directory


def _without_orientation(data: bytes, directory: Directory) -> bytes:
    field = directory.fields.get(ORIENTATION)
    if field is None or field.values[0] == 1:
        return data
    upright = bytearray(data)
    struct.pack_into(f"{directory.byte_order}{field.letter}", upright, field.offset, 1)
    return bytes(upright)


def _filled_up(data: bytes, directory: Directory) -> tuple[bytes, int]:
    """Fills up a cut file whose rows are stored one after the other, uncompressed.

    Returns the bytes and how many rows are blank. Other files are returned as they are, and
    the decoder refuses what it cannot read.
    """
    offsets = directory.fields.get(_STRIP_OFFSETS)
    counts = directory.fields.get(_STRIP_BYTES)
    if directory.first(_COMPRESSION, 1) != 1 or offsets is None or counts is None:
        return data, 0
    strips = list(zip(offsets.values, counts.values, strict=False))
    end = max(offset + count for offset, count in strips)
    total = sum(count for _, count in strips)
    lacking = sum(min(count, max(0, offset + count - len(data))) for offset, count in strips)
    height = directory.first(_HEIGHT) or 1
    if lacking == 0 or total == 0:
        return data, 0
    if end - len(data) > total:
        raise ImageError("the TIFF's strips lie outside the file")
    return data + bytes(end - len(data)), -(-lacking * height // total)


FORMAT = Format("TIFF", _open)
