"""Text made to fit: measured, shortened, wrapped, and always showable."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from foodwaste.fonts import open_font

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

#: No font has a glyph here: what it draws instead is its mark for a missing one.
_NOT_A_CHARACTER = "\U0010fffe"
#: Plain forms for fonts of few characters, such as Pillow's own.
_PLAIN = {"–": "-", "≈": "~", "…": "...", "·": "|", "×": "x"}


class Lettering:
    """One typeface in all the sizes a sheet needs; opens each size once."""

    def __init__(self) -> None:
        self._fonts: dict[tuple[float, bool], FreeTypeFont] = {}
        self._glyphs: dict[str, bool] = {}

    def font(self, size: float, *, bold: bool = False) -> FreeTypeFont:
        """The Pillow font of a size in pixels."""
        key = (size, bold)
        if key not in self._fonts:
            self._fonts[key] = open_font(size, bold=bold)
        return self._fonts[key]

    def can_show(self, text: str) -> bool:
        """Whether every character has a glyph, or a plain form that has."""
        return all(
            char in _PLAIN or self._has_glyph(char) or not char.isprintable()
            for char in unicodedata.normalize("NFC", text)
        )

    def showable(self, text: str) -> str:
        """The text in one line and composed form, with ``?`` for what the font cannot show."""
        composed = unicodedata.normalize("NFC", text)
        return "".join(self._shown(char) for char in composed)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Length of one line in pixels."""
        return float(self.font(size, bold=bold).getlength(text))

    def shortened(
        self, text: str, size: float, most: float, *, bold: bool = False, middle: bool = False
    ) -> str:
        """The text, cut with an ellipsis at its end (or its middle) to be ``most`` px long."""
        text = self.showable(text)
        if self.width(text, size, bold=bold) <= most:
            return text
        low, high = 0, len(text)
        while low < high:
            kept = (low + high + 1) // 2
            if self.width(self._cut(text, kept, middle), size, bold=bold) <= most:
                low = kept
            else:
                high = kept - 1
        return self._cut(text, low, middle)

    def wrapped(
        self, text: str, size: float, most: float, *, lines: int = 3, bold: bool = False
    ) -> list[str]:
        """The text in at most ``lines`` lines of at most ``most`` px; the last may be cut."""
        found: list[str] = []
        rest = self.showable(text).split()
        while rest and len(found) < lines - 1:
            count = 1
            while count < len(rest):
                if self.width(" ".join(rest[: count + 1]), size, bold=bold) > most:
                    break
                count += 1
            line = " ".join(rest[:count])
            rest = rest[count:]
            if self.width(line, size, bold=bold) > most:  # one word too long: broken anywhere
                kept = self._fitting(line, size, most, bold=bold)
                rest.insert(0, line[kept:])
                line = line[:kept]
            found.append(line)
        if rest:
            found.append(self.shortened(" ".join(rest), size, most, bold=bold))
        return found

    def _fitting(self, text: str, size: float, most: float, *, bold: bool) -> int:
        """How many characters fit, at least one."""
        count = 1
        while count < len(text) and self.width(text[: count + 1], size, bold=bold) <= most:
            count += 1
        return count

    def _shown(self, char: str) -> str:
        if not char.isprintable():
            return " "
        return char if self._has_glyph(char) else _PLAIN.get(char, "?")

    def _has_glyph(self, char: str) -> bool:
        if char.isascii():
            return True
        if char not in self._glyphs:
            font = self.font(16)
            mask, missing = font.getmask(char), font.getmask(_NOT_A_CHARACTER)
            same = mask.size == missing.size and bytes(mask) == bytes(missing)
            self._glyphs[char] = not same
        return self._glyphs[char]

    def _cut(self, text: str, kept: int, middle: bool) -> str:
        ellipsis = self._shown("…")
        if kept >= len(text):
            return text
        if not middle:
            return text[:kept].rstrip() + ellipsis
        tail = kept // 2
        return text[: kept - tail] + ellipsis + (text[-tail:] if tail else "")


@lru_cache(maxsize=1)
def system_lettering() -> Lettering:
    """The lettering of this system's fonts, opened once."""
    return Lettering()
