"""Tells a file's format by its first bytes; names what is no picture."""

from __future__ import annotations

from foodwaste.errors import ImageError
from foodwaste.imaging.formats import bmp, gif, heic, jpeg, png, tiff, webp
from foodwaste.imaging.formats.decoded import Format

#: Bytes that are enough to tell.
HEAD_BYTES = 512

READABLE = "JPEG, PNG, WebP, BMP, TIFF, GIF and HEIC can be read"

_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})

#: Beginnings of files that people mistake for pictures, and pictures that are not read.
_KNOWN_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"8BPS", "a Photoshop document"),
    (b"\xff\x0a", "a JPEG XL picture, which is not supported"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture, which is not supported"),
    (b"\0\0\0\x0cjP", "a JPEG 2000 picture, which is not supported"),
    (b"II\x2b\0", "a BigTIFF picture, which is not supported"),
    (b"MM\0\x2b", "a BigTIFF picture, which is not supported"),
    (b"SQLite format 3", "a database"),
)


def recognise(head: bytes) -> Format:
    """The format of the file that begins with ``head``.

    Raises:
        ImageError: none that can be read; the message says what the file seems to be.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return jpeg.FORMAT
    if head.startswith(png.SIGNATURE):
        return png.FORMAT
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return webp.FORMAT
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return gif.FORMAT
    if head[:4] in (b"II\x2a\0", b"MM\0\x2a") and head[8:10] != b"CR":
        return tiff.FORMAT
    if head[:2] == b"BM" and head[14:18] in _BMP_HEADERS:
        return bmp.FORMAT
    if head[4:8] == b"ftyp" and _brands(head) & _HEIC_BRANDS and not _is_avif(head):
        return heic.FORMAT
    raise ImageError(f"not a picture but {describe(head)}; {READABLE}")


_BMP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def describe(head: bytes) -> str:
    """What a file that is no readable picture seems to be, in a few words."""
    for beginning, description in _KNOWN_OTHERS:
        if head.startswith(beginning):
            return description
    if head[:4] in (b"II\x2a\0", b"MM\0\x2a"):
        return "a camera's raw file: export it as JPEG"
    if head[4:8] == b"ftyp":
        return "an AVIF picture, which is not supported" if _is_avif(head) else "a video"
    if head[:4] == b"RIFF":
        return "a sound or video"
    if not head.strip(b"\0"):
        return "zeros"
    text = _as_text(head)
    if text is None:
        return "unknown data"
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html")):
        return "a web page"
    return "an SVG drawing" if "<svg" in start else "text"


def _brands(head: bytes) -> set[bytes]:
    length = int.from_bytes(head[:4], "big")
    box = head[8 : min(length, len(head))]
    return {box[start : start + 4] for start in range(0, len(box) - 3, 4) if start != 4}


def _is_avif(head: bytes) -> bool:
    return head[8:12] in _AVIF_BRANDS or (
        head[8:12] in (b"mif1", b"msf1") and bool(_brands(head) & _AVIF_BRANDS)
    )


def _as_text(head: bytes) -> str | None:
    for cut in range(4):  # the last character may have been cut
        try:
            text = head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return (
            text if all(char.isprintable() or char in "\t\r\n\f\ufeff" for char in text) else None
        )
    return None
