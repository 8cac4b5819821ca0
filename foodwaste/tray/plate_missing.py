"""A plate that is seen in one of two photographs is looked for once more in the other.

Rims are found with care, because a tray is full of round things; a white plate on a white table is
missed now and then. Where the other photograph shows a plate more, that there is one and how
large it is are known, and less of its rim is enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.plate_matching import look_of, match_plates
from foodwaste.tray.plate_rim import Gradients, gradients_of
from foodwaste.tray.plates import (
    KNOWN_SIZE,
    Plate,
    circles_in,
    overlap,
    plate_of_size,
    shrunk,
)

#: How perfect circles are that are tried, and how far contrast is raised for them.
_PERFECTNESS, _CONTRAST, _TILES = 0.3, 3.0, (4, 4)
#: A plate found again overlaps others by at most this, and is no farther from where it should be,
#: as a share of the picture's longer side, unless so much of what lies on it has the same colours.
_MOST_OVERLAP, _MOST_APART, _LEAST_SHARED = 0.2, 0.15, 0.5

Rgb = NDArray[np.uint8]
Points = NDArray[np.float64]
Plates = tuple[Plate, ...]


def with_missing(one_rgb: Rgb, one: Plates, other_rgb: Rgb, other: Plates) -> tuple[Plates, Plates]:
    """Both photographs' plates, and those of one that the other lacks where they are seen there.

    Args:
        one_rgb: a photograph, ``(H, W, 3) uint8``.
        one: its plates.
        other_rgb: the other.
        other: its plates.
    """
    if len(other) < len(one):
        return one, (*other, *_again(one_rgb, one, other_rgb, other))
    if len(one) < len(other):
        return (*one, *_again(other_rgb, other, one_rgb, one)), other
    return one, other


def _again(known_rgb: Rgb, known: Plates, rgb: Rgb, found: Plates) -> Plates:
    """Plates of the known picture that are missing among those found in the other."""
    matched = match_plates(known_rgb, known, rgb, found) if found else (None,) * len(known)
    move = _move(known_rgb, rgb, list(zip(known, matched, strict=True)))
    small, share = shrunk(rgb)
    clear = _clear(small)
    gradients = gradients_of(clear)
    circles = np.asarray(circles_in(clear, (_PERFECTNESS,)), np.float64)
    kept = [plate.in_picture(share) for plate in found]
    again: list[Plate] = []
    for plate, other in zip(known, matched, strict=True):
        if other is None:
            expected = move.of(plate).in_picture(share)
            look = look_of(known_rgb, plate)
            there = [
                rim
                for rim in _rims(gradients, circles, expected)
                if _is_apart(rim, kept, small.shape)
                and (_is_near(rim, expected, small) or _shared(look, small, rim) >= _LEAST_SHARED)
            ]
            if there:
                kept.append(max(there, key=lambda rim: rim.rim))
                again.append(kept[-1].in_picture(1.0 / share))
    return tuple(again)


@dataclass(frozen=True)
class _Move:
    """How one photograph's plates lie in the other: so many times as large, and moved, px."""

    scale: float
    shift_px: Points

    def of(self, plate: Plate) -> Plate:
        x, y = self.scale * np.array(plate.centre_px) + self.shift_px
        return replace(plate.scaled(self.scale), centre_px=(float(x), float(y)))


def _move(known_rgb: Rgb, rgb: Rgb, pairs: Sequence[tuple[Plate, Plate | None]]) -> _Move:
    """By the plates that both show; without one, as if both were taken from the same place."""
    both = [(plate, other) for plate, other in pairs if other is not None]
    if not both:
        return _Move(max(rgb.shape[:2]) / max(known_rgb.shape[:2]), np.zeros(2))
    scale = float(np.median([other.radius_px / plate.radius_px for plate, other in both]))
    shifts = [np.array(o.centre_px) - scale * np.array(plate.centre_px) for plate, o in both]
    return _Move(scale, np.asarray(np.mean(shifts, axis=0), np.float64))


def _is_apart(plate: Plate, others: Sequence[Plate], shape: tuple[int, ...]) -> bool:
    return all(overlap(plate, other, shape) < _MOST_OVERLAP for other in others)


def _is_near(plate: Plate, expected: Plate, rgb: Rgb) -> bool:
    apart = math.dist(plate.centre_px, expected.centre_px)
    return bool(apart <= _MOST_APART * max(rgb.shape[:2]))


def _shared(look: Points, rgb: Rgb, plate: Plate) -> float:
    """How much of what lies on it has the colours of what is looked for, 0..1."""
    return float(np.minimum(look, look_of(rgb, plate)).sum())


def _clear(rgb: Rgb) -> Rgb:
    """The picture with contrast raised where there is little."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    equaliser = cv2.createCLAHE(_CONTRAST, _TILES)
    lab[..., 0] = equaliser.apply(np.ascontiguousarray(lab[..., 0]))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _rims(gradients: Gradients, circles: Points, expected: Plate) -> list[Plate]:
    """Plates about as large of whose rim enough is seen, there or anywhere else."""
    radius = expected.radius_px
    sizes = circles[:, 2] / radius
    of_size = circles[(sizes > KNOWN_SIZE[0]) & (sizes < KNOWN_SIZE[1]), :2]
    found = [
        plate_of_size(gradients, x, y, radius) for x, y in [expected.centre_px, *of_size.tolist()]
    ]
    return [plate for plate in found if plate is not None]
