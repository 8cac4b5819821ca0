"""The level of a liquid in a known well, from where its edge lies on the sloping walls.

The area that soup covers hardly changes while its level falls, but the wells' walls slope, so
the waterline walks inwards. The level is the one that best separates food from tray: for every
pixel the log-odds of being food count for the levels that would cover it and against the rest.
A sum over the whole well is robust to glare and floating pieces, which are few and have no
common waterline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Frame, Mask

_LEVELS = 50
#: No single pixel may say more than this (log-odds): glare and sauce films would outvote.
_MOST_LOG_ODDS = 1.5
#: A liquid lies below the rim plane and so appears moved towards the camera's foot point, by
#: up to depth * offset / camera height: 26 mm * 130 mm / 450 mm = 8 mm.
_COARSE_SHIFTS_PX = range(-8, 9, 4)
_FINE = (-2, 0, 2)
_KEPT = 3

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Waterline:
    """A fitted liquid level.

    Attributes:
        level: height of the surface above the floor as a share of the well's depth, 0..1.
        volume_ml: volume of the well below that level.
        fill: that volume as a share of the well's whole volume, 0..1.
        level_error: one standard deviation of ``level`` from the curvature of the fit.
        covered: ``(H, W) bool``, the surface as the photograph shows it.
    """

    level: float
    volume_ml: float
    fill: float
    level_error: float
    covered: Mask


def fit_waterline(frame: Frame, compartment_id: str, probability: Map, unknown: Mask) -> Waterline:
    """Fits the level to ``probability`` of food, ``(H, W) float32``; ``unknown`` is left out."""
    well = frame.rim_masks[compartment_id]
    limited = np.clip(probability, 0.02, 0.98)
    odds = np.clip(np.log(limited / (1 - limited)), -_MOST_LOG_ODDS, _MOST_LOG_ODDS)
    odds[unknown] = 0.0
    # Share of the well's depth that lies below each pixel of its wall: 0 floor .. 1 rim.
    depth_mm = frame.layout.compartments[compartment_id].depth_mm
    steps = ((1.0 - frame.depth_mm / np.float32(depth_mm)) * _LEVELS).astype(np.intp)
    # Every second pixel finds the likely shifts to 4 px, all pixels then the best to 2 px.
    coarse = _Well.sampled(well, odds, stride=2)
    likely = sorted(coarse.gain(steps, x, y) for y in _COARSE_SHIFTS_PX for x in _COARSE_SHIFTS_PX)
    near = {(dx + x, dy + y) for _, _, dx, dy in likely[-_KEPT:] for y in _FINE for x in _FINE}
    fine = _Well.sampled(well, odds, stride=1)
    best_gain, _, dx, dy = max(fine.gain(steps, x, y) for x, y in near)
    best_curve = fine.curve(steps, dx, dy)
    if best_gain <= 0:
        return Waterline(0.0, 0.0, 0.0, 1.0 / _LEVELS, np.zeros_like(well))
    level = float(best_curve.argmax()) / _LEVELS
    # Levels whose fit is within 2 % of the best are all plausible; at least one step.
    plausible = np.nonzero(best_curve > 0.98 * best_gain)[0]
    spread = max(1.0, (plausible[-1] - plausible[0]) / 2.0) / _LEVELS
    volume, whole = _volume_ml(frame, compartment_id, level)
    covered = np.zeros_like(well)
    covered[well] = fine.steps_at(steps, dx, dy) <= level * _LEVELS
    return Waterline(level, volume, volume / whole, float(spread), covered)


@dataclass(frozen=True)
class _Well:
    """A well's pixels and their log-odds, in one order."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    odds: NDArray[np.float32]

    @classmethod
    def sampled(cls, well: Mask, odds: Map, *, stride: int) -> _Well:
        rows, columns = np.nonzero(well[::stride, ::stride])
        return cls(rows * stride, columns * stride, odds[rows * stride, columns * stride])

    def curve(self, steps: NDArray[np.intp], dx: int, dy: int) -> NDArray[np.float64]:
        """Summed log-odds of all pixels that a liquid of each level covers."""
        at = self.steps_at(steps, dx, dy)
        return np.cumsum(np.bincount(at, self.odds, minlength=_LEVELS + 1))

    def steps_at(self, steps: NDArray[np.intp], dx: int, dy: int) -> NDArray[np.intp]:
        """The level at which a liquid seen with this shift would reach each pixel."""
        height, width = steps.shape
        row = np.clip(self.rows - dy, 0, height - 1)
        column = np.clip(self.columns - dx, 0, width - 1)
        return np.asarray(steps[row, column])

    def gain(self, steps: NDArray[np.intp], dx: int, dy: int) -> tuple[float, int, int, int]:
        """Best summed log-odds at this shift; ties go to the smaller shift."""
        return float(self.curve(steps, dx, dy).max()), -abs(dx) - abs(dy), dx, dy


def _volume_ml(frame: Frame, compartment_id: str, level: float) -> tuple[float, float]:
    """Volume below ``level`` and of the whole well, ml."""
    depth = frame.depth_mm[frame.rim_masks[compartment_id]].astype(np.float64)
    well_depth = frame.layout.compartments[compartment_id].depth_mm
    per_mm = frame.mm_per_px**2 / 1000.0
    below = np.maximum(depth - well_depth * (1.0 - level), 0.0).sum() * per_mm
    return float(below), float(depth.sum() * per_mm)
