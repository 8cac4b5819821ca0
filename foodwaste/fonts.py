"""Finds a font that shows Korean, for the audit sheet.

Nothing is shipped: a Korean font is 2 to 20 MB. Every desktop system has one, a bare server
often none; then Pillow's own Latin font serves, and ``doctor`` says how to get one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from foodwaste.errors import UsageError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

#: Environment variables that name a font file, before anything is searched.
OVERRIDES = {False: "FOODWASTE_FONT", True: "FOODWASTE_FONT_BOLD"}

# File name, face within a collection: regular and bold of one family, best first. The faces of
# Noto's collections are JP, KR, SC, TC, HK; all show Hangul, KR with Korean punctuation.
_FAMILIES: tuple[tuple[tuple[str, int], tuple[str, int]], ...] = (
    (("Pretendard-Regular.otf", 0), ("Pretendard-Bold.otf", 0)),
    (("NotoSansKR-Regular.otf", 0), ("NotoSansKR-Bold.otf", 0)),
    (("NotoSansKR-Regular.ttf", 0), ("NotoSansKR-Bold.ttf", 0)),
    (("NotoSansCJKkr-Regular.otf", 0), ("NotoSansCJKkr-Bold.otf", 0)),
    (("NotoSansCJK-Regular.ttc", 1), ("NotoSansCJK-Bold.ttc", 1)),
    (("SourceHanSansKR-Regular.otf", 0), ("SourceHanSansKR-Bold.otf", 0)),
    (("NanumGothic.ttf", 0), ("NanumGothicBold.ttf", 0)),
    (("NanumBarunGothic.ttf", 0), ("NanumBarunGothicBold.ttf", 0)),
    (("malgun.ttf", 0), ("malgunbd.ttf", 0)),
    (("AppleSDGothicNeo.ttc", 0), ("AppleSDGothicNeo.ttc", 6)),
    (("AppleGothic.ttf", 0), ("AppleGothic.ttf", 0)),
    (("gulim.ttc", 0), ("gulim.ttc", 0)),
    (("UnDotum.ttf", 0), ("UnDotumBold.ttf", 0)),
    (("dotum.ttf", 0), ("dotum.ttf", 0)),
    (("Arial Unicode.ttf", 0), ("Arial Unicode.ttf", 0)),
    (("DroidSansFallbackFull.ttf", 0), ("DroidSansFallbackFull.ttf", 0)),
    (("unifont.ttf", 0), ("unifont.ttf", 0)),
    (("unifont.otf", 0), ("unifont.otf", 0)),
)

#: One syllable with and one without a final consonant.
_SAMPLE = "밥국"
#: A code point that is no character: what a font draws for it is its mark for a missing one.
_NO_CHARACTER = "\U0010fffe"
_TEST_SIZE_PX = 16
_MAX_FILES = 50_000


@dataclass(frozen=True)
class FontFile:
    """A font on disk: the file, and the face in it where it is a collection."""

    path: Path
    index: int = 0


def open_font(size_px: float, *, bold: bool = False) -> FreeTypeFont:
    """A Pillow font of ``size_px``: one that shows Korean, else Pillow's own (Latin only).

    Raises:
        UsageError: ``FOODWASTE_FONT`` names a file that is no font.
    """
    from PIL import ImageFont

    found = korean_font(bold=bold)
    if found is not None:
        return _open(found, size_px)
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType: install Pillow from its wheel")
    return font


@lru_cache(maxsize=2)
def korean_font(*, bold: bool = False) -> FontFile | None:
    """The best installed font that shows Hangul, or ``None``; searched once per process.

    Raises:
        UsageError: ``FOODWASTE_FONT`` names a file that is no font.
    """
    chosen = os.environ.get(OVERRIDES[bold]) or os.environ.get(OVERRIDES[False])
    if chosen:
        return _overridden(Path(chosen))
    return find_korean_font(font_folders(), bold=bold)


def find_korean_font(folders: list[Path], *, bold: bool = False) -> FontFile | None:
    """The best of the known Korean fonts under ``folders`` that proves to show Hangul."""
    files = dict(_font_files(folders))
    for regular_face, bold_face in _FAMILIES:
        # A family without its bold file still beats one of another look.
        for name, index in (bold_face, regular_face) if bold else (regular_face,):
            path = files.get(name.lower())
            if path is None:
                continue
            candidate = FontFile(path, index)
            if shows(candidate, _SAMPLE):
                return candidate
    return None


def shows(font_file: FontFile, text: str) -> bool:
    """Whether the font has a glyph of its own for every character of ``text``."""
    try:
        font = _open(font_file, _TEST_SIZE_PX)
    except OSError:
        return False
    missing = font.getmask(_NO_CHARACTER)
    for char in text:
        glyph = font.getmask(char)
        if glyph.size == missing.size and bytes(glyph) == bytes(missing):
            return False
    return True


def font_folders() -> list[Path]:
    """Where this system keeps fonts, the user's own last."""
    home = Path.home()
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows"))
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
        return [windows / "Fonts", local / "Microsoft" / "Windows" / "Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"]
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        Path("/mnt/c/Windows/Fonts"),  # Windows' fonts, seen from its Linux subsystem
        data / "fonts",
        home / ".fonts",
    ]


def _open(font_file: FontFile, size_px: float) -> FreeTypeFont:
    from PIL import ImageFont

    # Composed Korean needs no shaping: the basic layout is there in every build of Pillow.
    basic = ImageFont.Layout.BASIC
    return ImageFont.truetype(font_file.path, size_px, font_file.index, layout_engine=basic)


def _overridden(path: Path) -> FontFile:
    try:
        _open(FontFile(path), _TEST_SIZE_PX)
    except OSError as error:
        raise UsageError(f"{OVERRIDES[False]}: {path} is no font that can be read") from error
    return FontFile(path)


def _font_files(folders: list[Path]) -> Iterator[tuple[str, Path]]:
    """Lower-case name and path of every file, in a few milliseconds for a full desktop."""
    left = _MAX_FILES
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                yield name.lower(), Path(parent, name)
            left -= len(names)
            if left < 0:
                return
