"""From a source to a ``Picture``: every check, and every step once."""

from __future__ import annotations

import hashlib

from foodwaste.errors import ImageError
from foodwaste.imaging.formats.decoded import Decoded, Header
from foodwaste.imaging.formats.recognise import HEAD_BYTES, recognise
from foodwaste.imaging.orientation import SWAPS_SIDES, side_of_rows, upright
from foodwaste.imaging.picture import Picture, RgbImage
from foodwaste.imaging.reduction import area_reduced, reduction_factor
from foodwaste.imaging.source import Source, read_source, source_name

#: Default limit. 60 megapixels are 180 MB once decoded; phones have up to 50 (200 on request).
MAX_MPIXELS = 60.0

#: The shortest side of a usable picture. At 64 px one pixel is 4.5 mm of a 290 mm tray: the rims
#: between the wells (10 to 15 mm) are just still there, and below that no layout can be matched.
MIN_SIDE_PX = 64

#: Of a damaged picture at least this share must be there. The tray fills the frame: with less
#: than half of it two corners and half of the wells are gone, and a ratio over the rest would
#: be read as the tray's. With more, finding the tray decides.
MIN_USABLE = 0.5

_BLANK = 128


def load(
    source: Source, *, max_mpixels: float = MAX_MPIXELS, target_pixels: int | None = None
) -> Picture:
    """Decodes one picture, upright, 8-bit RGB, whatever it was saved as.

    Args:
        source: a path, the file's bytes, or ``-`` for standard input.
        max_mpixels: larger pictures are refused by their header, before any decoding.
        target_pixels: how many pixels are enough. The picture is decoded at 1/2, 1/4 or 1/8 of
            its size where at least that many are left.

    Raises:
        ImageError: the picture cannot be used; one line that names it and says why.
    """
    try:
        data = read_source(source)
        return _decode(data, max_mpixels, target_pixels)
    except ImageError as error:
        raise ImageError(f"{source_name(source)}: {error}") from error
    except MemoryError as error:
        raise ImageError(f"{source_name(source)}: not enough memory for this picture") from error


def _decode(data: bytes, max_mpixels: float, target_pixels: int | None) -> Picture:
    format_ = recognise(data[:HEAD_BYTES])
    opened = format_.open(data)
    header = opened.header
    _check_size(header, max_mpixels)
    factor = reduction_factor(header.width_px, header.height_px, target_pixels)
    decoded = opened.decode(factor)
    _check_shape(decoded, header)

    orientation = decoded.applied_orientation or header.orientation
    notes = header.notes
    rgb = decoded.rgb
    if decoded.damage is not None:
        notes = (*notes, _describe_damage(decoded, orientation))
        rgb = _blanked(rgb, decoded)
    rgb = area_reduced(rgb, factor // decoded.factor)
    if decoded.applied_orientation is None:
        rgb = upright(rgb, orientation)
    width, height = header.width_px, header.height_px
    if decoded.applied_orientation is None and orientation in SWAPS_SIDES:
        width, height = height, width
    return Picture(
        rgb=rgb,
        original_size_px=(width, height),
        scale=1.0 / factor,
        orientation=orientation,
        format=format_.name,
        degraded=decoded.damage is not None,
        notes=notes,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _check_size(header: Header, max_mpixels: float) -> None:
    width, height = header.width_px, header.height_px
    mpixels = width * height / 1e6
    if mpixels > max_mpixels:
        raise ImageError(
            f"{width} x {height} px are {mpixels:.1f} megapixels, more than the limit of "
            f"{max_mpixels:g}; raise it with --max-mpixels if the picture is meant"
        )
    if min(width, height) < MIN_SIDE_PX:
        raise ImageError(
            f"{width} x {height} px is too small: the wells of a tray cannot be told apart "
            f"below {MIN_SIDE_PX} px a side"
        )


def _check_shape(decoded: Decoded, header: Header) -> None:
    """The header has been trusted for the limits: the pixels must agree with it."""
    height, width = decoded.rgb.shape[:2]
    expected = -(-header.height_px // decoded.factor), -(-header.width_px // decoded.factor)
    if (height, width) != expected:
        raise ImageError(
            f"the file is damaged: its header says {header.width_px} x {header.height_px} px, "
            f"its data {width * decoded.factor} x {height * decoded.factor}"
        )


def _describe_damage(decoded: Decoded, orientation: int) -> str:
    missing = decoded.missing_rows / len(decoded.rgb)
    if 1.0 - missing < MIN_USABLE:
        raise ImageError(
            f"only {100 * (1 - missing):.0f} % of the picture is there (the file was cut short); "
            f"at least {100 * MIN_USABLE:.0f} % is needed: copy it again"
        )
    if not decoded.missing_rows:
        return str(decoded.damage)
    side = side_of_rows(orientation, first=decoded.missing_on_top)
    return f"truncated: the {side} {max(1, round(100 * missing))} % is missing"


def _blanked(rgb: RgbImage, decoded: Decoded) -> RgbImage:
    """Missing rows in one neutral grey, whatever the decoder left there."""
    rows = decoded.missing_rows
    if rows:
        part = rgb[:rows] if decoded.missing_on_top else rgb[len(rgb) - rows :]
        part[:] = _BLANK
    return rgb
