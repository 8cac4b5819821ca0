"""The font of the audit sheet: Korean where the system has one, Latin otherwise."""

from __future__ import annotations

import shutil
import sys

import pytest
from PIL import ImageFont

from foodwaste import fonts
from foodwaste.errors import UsageError
from foodwaste.fonts import FontFile, find_korean_font, font_folders, korean_font, open_font, shows


def bitmap_font(characters):
    """A BDF font of 16 px in which each of ``characters`` has its own glyph."""
    lines = [
        "STARTFONT 2.1",
        "FONT -test-test-medium-r-normal--16-160-75-75-c-160-iso10646-1",
        "SIZE 16 75 75",
        "FONTBOUNDINGBOX 16 16 0 0",
        "STARTPROPERTIES 7",
        "PIXEL_SIZE 16",
        "RESOLUTION_X 75",
        "RESOLUTION_Y 75",
        "FONT_ASCENT 16",
        "FONT_DESCENT 0",
        'CHARSET_REGISTRY "ISO10646"',
        'CHARSET_ENCODING "1"',
        "ENDPROPERTIES",
        f"CHARS {len(characters) + 1}",
    ]
    for number, code in enumerate([0, *map(ord, characters)]):
        rows = [f"{0x8001 | (number + row) * 74 % 0x7FFF:04X}" for row in range(16)]
        lines += [f"STARTCHAR c{code:04X}", f"ENCODING {code}", "SWIDTH 1000 0", "DWIDTH 16 0"]
        lines += ["BBX 16 16 0 0", "BITMAP", *rows, "ENDCHAR"]
    return "\n".join([*lines, "ENDFONT", ""]).encode()


@pytest.fixture(autouse=True)
def searched_afresh(monkeypatch):
    for variable in fonts.OVERRIDES.values():
        monkeypatch.delenv(variable, raising=False)
    korean_font.cache_clear()
    yield
    korean_font.cache_clear()


@pytest.fixture
def latin_font(tmp_path):
    """A real font file without Hangul: Pillow's own."""
    path = tmp_path / "latin.ttf"
    path.write_bytes(ImageFont.load_default(12).font_bytes)
    return path


def test_a_font_with_hangul_is_found_anywhere_below_the_folders(tmp_path):
    deep = tmp_path / "truetype" / "nanum"
    deep.mkdir(parents=True)
    (deep / "NanumGothic.ttf").write_bytes(bitmap_font("밥국abc"))
    assert find_korean_font([tmp_path]) == FontFile(deep / "NanumGothic.ttf")


def test_a_font_that_only_has_the_name_is_passed_over(tmp_path, latin_font):
    folder = tmp_path / "fonts"
    folder.mkdir()
    shutil.copy(latin_font, folder / "NotoSansKR-Regular.otf")
    assert find_korean_font([folder]) is None
    (folder / "malgun.ttf").write_bytes(b"not a font")
    assert find_korean_font([folder]) is None
    (folder / "UnDotum.ttf").write_bytes(bitmap_font("밥국"))
    assert find_korean_font([folder]) == FontFile(folder / "UnDotum.ttf")


def test_bold_is_the_bold_file_of_the_same_family_or_else_its_regular_one(tmp_path):
    (tmp_path / "NanumGothic.ttf").write_bytes(bitmap_font("밥국"))
    assert find_korean_font([tmp_path], bold=True) == FontFile(tmp_path / "NanumGothic.ttf")
    (tmp_path / "NanumGothicBold.ttf").write_bytes(bitmap_font("밥국"))
    assert find_korean_font([tmp_path], bold=True) == FontFile(tmp_path / "NanumGothicBold.ttf")
    assert find_korean_font([tmp_path]) == FontFile(tmp_path / "NanumGothic.ttf")


def test_what_a_font_shows_is_asked_glyph_by_glyph(tmp_path, latin_font):
    partial = tmp_path / "partial.bdf"
    partial.write_bytes(bitmap_font("밥a"))
    assert shows(FontFile(partial), "밥a")
    assert not shows(FontFile(partial), "밥국")
    assert shows(FontFile(latin_font), "90 % left")
    assert not shows(FontFile(latin_font), "밥")


def test_a_font_named_in_the_environment_comes_first(monkeypatch, latin_font, tmp_path):
    monkeypatch.setenv("FOODWASTE_FONT", str(latin_font))
    assert korean_font() == FontFile(latin_font)
    assert korean_font(bold=True) == FontFile(latin_font)
    assert open_font(20).getname()[0].startswith("Aileron")
    korean_font.cache_clear()
    monkeypatch.setenv("FOODWASTE_FONT", str(tmp_path / "absent.ttf"))
    with pytest.raises(UsageError, match=r"FOODWASTE_FONT: .*absent\.ttf"):
        korean_font()


def test_without_any_font_pillows_own_serves_at_any_size(monkeypatch):
    monkeypatch.setattr(fonts, "font_folders", list)
    assert korean_font() is None
    small, large = open_font(10), open_font(40)
    assert 3 < large.getlength("leftover") / small.getlength("leftover") < 5


def test_the_folders_of_each_system_are_known(monkeypatch):
    for platform, expected in (("linux", "/usr/share/fonts"), ("darwin", "/System/Library/Fonts")):
        monkeypatch.setattr(sys, "platform", platform)
        assert expected in [folder.as_posix() for folder in font_folders()]
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("WINDIR", "C:/Windows")
    assert font_folders()[0].as_posix() == "C:/Windows/Fonts"


def test_this_systems_font_shows_korean_if_there_is_one():
    found = korean_font()
    if found is None:
        pytest.skip("no Korean font is installed here")
    assert shows(found, "쌀밥 미역국 배추김치".replace(" ", ""))
    assert open_font(24).getlength("밥") > 10
