"""What the empty tray looks like in this photograph's light.

Three sources, mixed: what the material can look like at all, the bare ridges between the wells
of the same photograph (the tray is its own grey card), and the profile's empty picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.histogram import ColourSpace, Density, Hsv, bare_steel, to_hsv
from foodwaste.backprojection.view import ColourView
from foodwaste.tray.frame import Mask

_PICTURE_SHARE = 0.4


@dataclass(frozen=True)
class BareSurface:
    """The empty tray as one photograph shows it.

    Attributes:
        ridge: ``(N, 3) uint8`` RGB of bare rim and ridge, a few thousand pixels at most.
        anywhere: density of the tray's colours wherever nothing more is known.
        empty_hsv: the profile's empty picture, ``(H, W, 3) uint8`` HSV, when it has one.
    """

    ridge: NDArray[np.uint8]
    anywhere: Density
    empty_hsv: Hsv | None

    def in_well(self, space: ColourSpace, well: Mask) -> Density:
        """Density of the bare tray's colours in one well."""
        if self.empty_hsv is None:
            return self.anywhere
        seen = space.density(self.empty_hsv[well])
        mixed = (1 - _PICTURE_SHARE) * self.anywhere + _PICTURE_SHARE * seen
        return np.asarray(mixed, np.float32)


def bare_surface(
    space: ColourSpace,
    view: ColourView,
    empty_rgb: NDArray[np.uint8] | None,
    ridge_share: float,
) -> BareSurface:
    """Learns what bare tray looks like under this photograph's light."""
    material = view.tray.frame.layout.material
    anywhere = _ridge_density(space, view)
    if material == "steel":
        known = (1 - ridge_share) * bare_steel(space)
        anywhere = np.asarray(known + ridge_share * anywhere, np.float32)
    return BareSurface(view.ridge, anywhere, None if empty_rgb is None else to_hsv(empty_rgb))


def _ridge_density(space: ColourSpace, view: ColourView) -> Density:
    if len(view.ridge) == 0:
        return bare_steel(space)
    return space.density(view.ridge_hsv)
