"""``foodwaste calibrate --layout auto``: what it needs, and in what words."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from foodwaste.errors import UsageError

if TYPE_CHECKING:
    from foodwaste.calibrate import AutoTarget
    from foodwaste.calibrate.measure import Corners
    from foodwaste.calibrate.size import SizeMm

#: What ``--layout`` is called that takes the wells from the empty tray's picture.
AUTO = "auto"


class Material(str, Enum):
    """Materials of a profile (profile/schema.py), as choices of an option."""

    STEEL = "steel"
    WHITE = "white"
    CANTEEN = "canteen"


def measured_target(
    out: Path | None,
    update: Path | None,
    empty: str | None,
    size_mm: SizeMm | None,
    rim_height: float | None,
    material: Material | None,
    corners_px: Corners | None,
    max_mpixels: float,
) -> AutoTarget:
    """The profile to make, its wells measured on the empty tray's photograph.

    Raises:
        UsageError: an option is missing, or cannot be met.
    """
    from foodwaste.calibrate import auto_target

    if update is not None:
        raise UsageError("--update keeps the profile's layout: leave --layout out")
    if out is None:
        raise UsageError("give --out, the profile that --layout auto makes")
    if empty is None or size_mm is None:
        raise UsageError(
            "--layout auto measures the wells on --empty, a photograph of the clean, empty tray, "
            "and needs the tray's outer --size: give both"
        )
    if empty == "-":
        raise UsageError("--layout auto reads --empty twice: give a file")
    return auto_target(
        out,
        empty,
        size_mm=size_mm,
        rim_height_mm=rim_height,
        material=(material or Material.STEEL).value,
        corners_px=corners_px,
        max_mpixels=max_mpixels,
    )
