"""Reads the fields of a TIFF directory, which is also how EXIF is stored.

Source: TIFF 6.0 (Adobe, 1992), section 2; Exif 2.32, section 4.5.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

ORIENTATION = 274

#: struct letters of the integer field types; others (text, fractions) are of no use here.
_INTEGER_TYPES = {1: "B", 3: "H", 4: "I"}
_MAX_VALUES = 1 << 16
_MAX_PAGES = 10_000


@dataclass(frozen=True)
class Field:
    """One directory entry: its integer values, and the offset of the first of them."""

    values: tuple[int, ...]
    offset: int
    letter: str


@dataclass(frozen=True)
class Directory:
    """The first directory (IFD0) of a TIFF block.

    Attributes:
        byte_order: ``<`` or ``>``, as ``struct`` writes it.
        fields: integer fields by tag.
        pages: how many directories the file chains together.
    """

    byte_order: str
    fields: dict[int, Field]
    pages: int

    def first(self, tag: int, default: int | None = None) -> int | None:
        """The first value of ``tag``, or ``default`` when the file does not have it."""
        field = self.fields.get(tag)
        return field.values[0] if field is not None and field.values else default

    def orientation(self) -> int:
        """EXIF orientation 1..8; anything else that a file may say counts as 1."""
        value = self.first(ORIENTATION, 1)
        return value if value is not None and 1 <= value <= 8 else 1


def read_directory(block: bytes) -> Directory | None:
    """Reads IFD0 of a TIFF block, or ``None`` when it is none or lies past the end.

    Fields that point outside the block are left out: EXIF is often cut or edited badly, and a
    bad comment must not cost the picture.
    """
    byte_order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]))
    if byte_order is None or len(block) < 8:
        return None
    magic, start = struct.unpack_from(f"{byte_order}HI", block, 2)
    if magic != 42 or start + 2 > len(block):
        return None
    (count,) = struct.unpack_from(f"{byte_order}H", block, start)
    fields: dict[int, Field] = {}
    for index in range(count):
        entry = start + 2 + 12 * index
        if entry + 12 > len(block):
            break
        tag, kind, length = struct.unpack_from(f"{byte_order}HHI", block, entry)
        letter = _INTEGER_TYPES.get(kind)
        if letter is None or not 0 < length <= _MAX_VALUES:
            continue
        size = struct.calcsize(f"{byte_order}{length}{letter}")
        offset = entry + 8
        if size > 4:
            (offset,) = struct.unpack_from(f"{byte_order}I", block, entry + 8)
        if offset + size <= len(block):
            values = struct.unpack_from(f"{byte_order}{length}{letter}", block, offset)
            fields[tag] = Field(values, offset, letter)
    return Directory(byte_order, fields, _count_directories(block, byte_order, start))


def exif_orientation(block: bytes) -> int:
    """EXIF orientation 1..8 of an EXIF block, with or without its ``Exif`` prefix."""
    directory = read_directory(block.removeprefix(b"Exif\0\0"))
    return 1 if directory is None else directory.orientation()


def _count_directories(block: bytes, byte_order: str, start: int) -> int:
    seen: set[int] = set()
    while start and start not in seen and start + 2 <= len(block) and len(seen) < _MAX_PAGES:
        seen.add(start)
        (count,) = struct.unpack_from(f"{byte_order}H", block, start)
        link = start + 2 + 12 * count
        if link + 4 > len(block):
            break
        (start,) = struct.unpack_from(f"{byte_order}I", block, link)
    return len(seen)
