"""A tray's size as people write it, in millimetres; and a layout scaled to it."""

from __future__ import annotations

import re

from foodwaste.errors import UsageError
from foodwaste.profile import Compartment, Layout

#: Trays are 200 to 500 mm long; beyond these limits a unit was mixed up.
_SMALLEST_MM, _LARGEST_MM = 100.0, 1000.0
#: A layout stretched by more than this in one direction is another tray.
_MOST_STRETCH = 1.2

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_UNIT = r"(mm|cm|m)?"
_SIZE = re.compile(rf"\s*{_NUMBER}\s*{_UNIT}\s*[x×X*]\s*{_NUMBER}\s*{_UNIT}\s*", re.ASCII)
_MM_PER = {"mm": 1.0, "cm": 10.0, "m": 1000.0}

SizeMm = tuple[float, float]


def parse_size(text: str) -> SizeMm:
    """``375x290``, ``375 × 290 mm`` or ``37.5x29cm`` as two lengths in mm.

    Raises:
        UsageError: no size, or none that a tray can have.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UsageError(f"--size is two lengths like 375x290 (mm) or 37.5x29cm, not {text!r}")
    first, first_unit, second, second_unit = match.groups()
    unit = second_unit or first_unit or "mm"
    size = (
        float(first.replace(",", ".")) * _MM_PER[first_unit or unit],
        float(second.replace(",", ".")) * _MM_PER[unit],
    )
    if not all(_SMALLEST_MM <= length <= _LARGEST_MM for length in size):
        raise UsageError(
            f"--size {text.strip()} is {size[0]:g} x {size[1]:g} mm, which no tray is: "
            "give millimetres, or write the unit (37.5x29cm)"
        )
    return size


def scaled_layout(layout: Layout, size_mm: SizeMm | None, rim_height_mm: float | None) -> Layout:
    """The layout at another outer size; wells grow with it, depths with the rim's height.

    The order of the two lengths does not matter: the longer one is the layout's longer side.

    Raises:
        UsageError: the proportions are another tray's.
    """
    width, height = size_mm or (layout.width_mm, layout.height_mm)
    if (width > height) != (layout.width_mm > layout.height_mm):
        width, height = height, width
    across, down = width / layout.width_mm, height / layout.height_mm
    if not 1 / _MOST_STRETCH <= across / down <= _MOST_STRETCH:
        raise UsageError(
            f"a tray of {width:g} x {height:g} mm has other proportions than the layout "
            f"({layout.width_mm:g} x {layout.height_mm:g} mm): measure again, or name another "
            "--layout ('foodwaste profiles' lists them)"
        )
    deep = 1.0 if rim_height_mm is None else rim_height_mm / layout.rim_height_mm
    if across == down == deep == 1.0:
        return layout
    mean = (across * down) ** 0.5
    data = layout.model_dump()
    data["width_mm"], data["height_mm"] = width, height
    data["rim_height_mm"] = round(layout.rim_height_mm * deep, 2)
    data["corner_radius_mm"] = round(layout.corner_radius_mm * mean, 1)
    data["compartments"] = {
        name: _scaled_well(well, across, down, deep) for name, well in layout.compartments.items()
    }
    return Layout.model_validate(data)


def _scaled_well(well: Compartment, across: float, down: float, deep: float) -> dict[str, object]:
    mean = (across * down) ** 0.5
    data: dict[str, object] = well.model_dump()
    for part, points in (("rim", well.rim_polygon_mm), ("floor", well.floor_polygon_mm)):
        data[f"{part}_polygon_mm"] = [(round(x * across, 1), round(y * down, 1)) for x, y in points]
    data["rim_radius_mm"] = round(well.rim_radius_mm * mean, 1)
    data["floor_radius_mm"] = round(well.floor_radius_mm * mean, 1)
    data["depth_mm"] = round(well.depth_mm * deep, 1)
    data["capacity_ml"] = round(well.capacity_ml * across * down * deep, 1)
    return data
