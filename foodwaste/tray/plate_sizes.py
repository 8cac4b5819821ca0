"""Plates keep their sizes: a rim found much too small is the edge of the plate's own well.

A white plate on a white table may show the edge between its brim and its well better than its rim.
By itself it looks like a smaller plate; beside the same plates in another picture it does not,
because all of them are larger or smaller there by about the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.plate_rim import gradients_of
from foodwaste.tray.plates import Plate, plate_of_size, shrunk

#: A plate nearer to the camera is larger: two plates of one tray, by up to 1.3 between the
#: development pictures. A plate's well is two thirds of it.
_MUCH_SMALLER = 0.75

Rgb = NDArray[np.uint8]
Pairs = list[tuple[Plate, Plate | None]]


@dataclass(frozen=True)
class _Trust:
    """What follows when one plate is taken to be found rightly in both pictures.

    ``disagree`` plates have another size by it; ``rims`` is how much was seen of theirs.
    """

    pairs: Pairs
    disagree: int
    rims: float


def agree_on_sizes(
    before_rgb: Rgb, before: Sequence[Plate], after_rgb: Rgb, after: Sequence[Plate | None]
) -> tuple[tuple[Plate, ...], tuple[Plate | None, ...]]:
    """The same plates, with rims in the place of wells' edges.

    Args:
        before_rgb: photograph before the meal, ``(H, W, 3) uint8``.
        before: its plates.
        after_rgb: photograph after the meal.
        after: the same plates in it, of :func:`foodwaste.tray.plate_matching.match_plates`.
    """
    pairs: Pairs = list(zip(before, after, strict=True))
    scales = [other.radius_px / plate.radius_px for plate, other in pairs if other is not None]
    if len(scales) > 1 and min(scales) < _MUCH_SMALLER * max(scales):
        search = (_Search(before_rgb), _Search(after_rgb))
        ways = [_trusting(scale, pairs, search) for scale in scales]
        pairs = min(ways, key=lambda way: (way.disagree, -way.rims)).pairs
    return tuple(plate for plate, _ in pairs), tuple(other for _, other in pairs)


class _Search:
    """A picture in which rims are looked for."""

    def __init__(self, rgb: Rgb) -> None:
        small, self._scale = shrunk(rgb)
        self._gradients = gradients_of(small)

    def rim(self, plate: Plate, size: float) -> Plate | None:
        """The rim around a plate that should be ``size`` times as large, if it is seen."""
        found = plate.in_picture(self._scale)
        x, y = found.centre_px
        whole = plate_of_size(self._gradients, x, y, size * found.radius_px)
        return None if whole is None else whole.in_picture(1.0 / self._scale)


def _trusting(scale: float, pairs: Pairs, search: tuple[_Search, _Search]) -> _Trust:
    """The pairs when plates are ``scale`` times as large in the second picture."""
    mended: Pairs = []
    disagree, rims = 0, 0.0
    for plate, other in pairs:
        size = 1.0 if other is None else other.radius_px / plate.radius_px / scale
        if other is None or _MUCH_SMALLER <= size <= 1.0 / _MUCH_SMALLER:
            mended.append((plate, other))
            continue
        disagree += 1
        if size < 1.0:
            rim = search[1].rim(other, 1.0 / size)
            mended.append((plate, rim or other))
        else:
            rim = search[0].rim(plate, size)
            mended.append((rim or plate, other))
        rims += 0.0 if rim is None else rim.rim
    return _Trust(mended, disagree, rims)
