"""PNG: only the chunks that make up the pixels reach the decoder, after a check of each.

That keeps libpng silent (it comments on stderr on colour profiles and checksums), keeps the
orientation out of its hands, and tells how many rows of a cut file are whole.

Source: PNG specification, third edition (W3C 2025): chunk layout, filters, Adam7, eXIf, acTL.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from foodwaste.errors import ImageError
from foodwaste.imaging.formats import opencv
from foodwaste.imaging.formats.decoded import Decoded, Format, Header, Opened
from foodwaste.imaging.formats.tiff_fields import exif_orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_GREY = 0
#: Adam7 passes: first column, first row, column step, row step.
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    payload: memoryview
    whole: bool

    @property
    def ancillary(self) -> bool:
        """Whether the pixels can do without it (bit 5 of the first letter)."""
        return bool(self.kind[0] & 0x20)


@dataclass(frozen=True)
class _Layout:
    """IHDR, and what follows from it."""

    width_px: int
    height_px: int
    bits: int
    colour: int
    interlaced: bool

    def row_bytes(self, width_px: int) -> int:
        """Bytes of one stored row: the filter's number and the packed samples."""
        return 1 + (width_px * _CHANNELS[self.colour] * self.bits + 7) // 8

    def stream_bytes(self) -> int:
        """Bytes of the whole picture once inflated."""
        if not self.interlaced:
            return self.height_px * self.row_bytes(self.width_px)
        total = 0
        for column, row, column_step, row_step in _ADAM7:
            width = -(-(self.width_px - column) // column_step)
            height = -(-(self.height_px - row) // row_step)
            if width > 0 and height > 0:
                total += height * self.row_bytes(width)
        return total


def _open(data: bytes) -> Opened:
    chunks = _chunks(data)
    layout = _layout(chunks)
    orientation = 1
    notes: tuple[str, ...] = ()
    for chunk in chunks:
        if not chunk.whole:
            continue
        if chunk.kind == b"eXIf":
            orientation = exif_orientation(bytes(chunk.payload))
        elif chunk.kind == b"acTL" and len(chunk.payload) == 8:
            frames = int.from_bytes(chunk.payload[:4], "big")
            notes = (f"first of {frames} frames",) if frames > 1 else ()
    header = Header(layout.width_px, layout.height_px, orientation, notes)
    return Opened(header, lambda _: _decode(chunks, layout))


def _decode(chunks: list[_Chunk], layout: _Layout) -> Decoded:
    """Decodes whole (libpng cannot reduce); of a cut file, the rows that are there."""
    image_data = [chunk.payload for chunk in chunks if chunk.kind == b"IDAT" and chunk.whole]
    complete = chunks[-1].kind == b"IEND" and all(c.whole or c.ancillary for c in chunks)
    missing_rows, damage = 0, None
    if not complete:
        missing_rows, damage, image_data = _salvage(chunks, layout)
    transparent = [c.payload for c in chunks if c.kind == b"tRNS" and c.whole]
    clean = _assemble(chunks, image_data)
    pixels = opencv.decode(clean, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ImageError("the PNG data is damaged")
    if transparent and layout.colour == _GREY and pixels.ndim == 2:
        pixels = _with_transparent_grey(pixels, transparent[0], layout.bits)
    rgb = opencv.to_rgb8(pixels)
    return Decoded(rgb, missing_rows=missing_rows, damage=damage)


def _chunks(data: bytes) -> list[_Chunk]:
    """All chunks up to IEND or the first damaged one, checksums verified."""
    view = memoryview(data)
    chunks: list[_Chunk] = []
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        start, end = position + 8, position + 8 + length
        whole = False
        if end + 4 <= len(data):
            (checksum,) = struct.unpack_from(">I", data, end)
            whole = zlib.crc32(view[position + 4 : end]) == checksum
        elif kind != b"IDAT":
            break
        # A chunk that is there but fails its checksum may be wrong in any byte: nothing of it
        # is used. One that the file's end cuts is right as far as it goes.
        cut = end + 4 > len(data)
        payload = view[start : min(end, len(data))] if whole or cut else view[:0]
        chunks.append(_Chunk(kind, payload, whole))
        if kind == b"IEND" or not (whole or chunks[-1].ancillary):
            break
        position = end + 4
    return chunks


def _layout(chunks: list[_Chunk]) -> _Layout:
    first = chunks[0] if chunks else None
    if first is None or first.kind != b"IHDR" or not first.whole or len(first.payload) != 13:
        raise ImageError("the PNG header is damaged")
    width, height, bits, colour, _, _, interlace = struct.unpack(">IIBBBBB", first.payload)
    if colour not in _CHANNELS or bits not in (1, 2, 4, 8, 16):
        raise ImageError("the PNG header is damaged")
    return _Layout(width, height, bits, colour, interlace == 1)


def _salvage(chunks: list[_Chunk], layout: _Layout) -> tuple[int, str, list[memoryview]]:
    """One lenient try: the rows that can be inflated, the rest blank.

    Returns the number of missing rows, what to say, and new image data for the whole picture.
    """
    expected = layout.stream_bytes()
    raw = _inflate([c.payload for c in chunks if c.kind == b"IDAT"], expected)
    whole = len(raw) >= expected
    if layout.interlaced and not whole:
        # The first passes are a coarse grid of the whole picture; the rest would be black dots.
        raise ImageError("the interlaced PNG is cut short")
    row_bytes = layout.row_bytes(layout.width_px)
    rows = layout.height_px if whole else len(raw) // row_bytes
    if not whole:
        del raw[rows * row_bytes :]
        raw.extend(bytes(expected - len(raw)))
    damage = "truncated: the file's end is missing"
    return layout.height_px - rows, damage, [memoryview(zlib.compress(raw, 1))]


def _inflate(parts: list[memoryview], limit: int) -> bytearray:
    """Inflates as far as it goes, but never more than the picture needs."""
    inflater = zlib.decompressobj()
    raw = bytearray()
    for part in parts:
        for start in range(0, len(part), _BLOCK_BYTES):
            block: bytes | memoryview = part[start : start + _BLOCK_BYTES]
            while block and len(raw) < limit:
                try:
                    raw += inflater.decompress(block, limit - len(raw))
                except zlib.error:
                    return raw
                block = inflater.unconsumed_tail
    return raw


def _assemble(chunks: list[_Chunk], image_data: list[memoryview]) -> bytes:
    parts: list[bytes | memoryview] = [SIGNATURE]
    for chunk in chunks:
        if chunk.whole and chunk.kind in (b"IHDR", b"PLTE", b"tRNS"):
            parts += _chunk_bytes(chunk.kind, chunk.payload)
    for payload in image_data:
        parts += _chunk_bytes(b"IDAT", payload)
    parts += _chunk_bytes(b"IEND", memoryview(b""))
    return b"".join(parts)


def _chunk_bytes(kind: bytes, payload: memoryview) -> list[bytes | memoryview]:
    checksum = zlib.crc32(payload, zlib.crc32(kind))
    return [struct.pack(">I", len(payload)), kind, payload, struct.pack(">I", checksum)]


def _with_transparent_grey(pixels: opencv.Pixels, payload: memoryview, bits: int) -> opencv.Pixels:
    """OpenCV knows transparent colours, but not a transparent grey."""
    if len(payload) != 2:
        return pixels
    value = int.from_bytes(payload, "big") & ((1 << bits) - 1)
    full = 65535 if pixels.dtype == np.uint16 else 255
    shown = value if bits in (8, 16) else value * 255 // ((1 << bits) - 1)
    alpha = np.where(pixels == shown, 0, full).astype(pixels.dtype)
    return np.asarray(cv2.merge([pixels, pixels, pixels, alpha]))


FORMAT = Format("PNG", _open)
