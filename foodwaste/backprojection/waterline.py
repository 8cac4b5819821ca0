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
_SHIFTS_PX = range(-8, 9, 2)

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Waterline:
    """A fitted liquid level.

    Attributes:
        level: height of the surface above the floor as a share of the well's depth, 0..1.
        volume_ml: volume of the well below that level.
        fill: that volume as a share of the well's whole volume, 0..1.
        level_error: one standard deviation of ``level`` from the curvature of the fit.
    """

    level: float
    volume_ml: float
    fill: float
    level_error: float


def fit_waterline(frame: Frame, compartment_id: str, probability: Map, unknown: Mask) -> Waterline:
    """Fits the level to ``probability`` of food, ``(H, W) float32``; ``unknown`` is left out."""
    well = frame.rim_masks[compartment_id]
    limited = np.clip(probability, 0.02, 0.98)
    odds = np.clip(np.log(limited / (1 - limited)), -_MOST_LOG_ODDS, _MOST_LOG_ODDS)
    odds = np.where(unknown, 0.0, odds)[well]
    rows, columns = np.nonzero(well)
    height, width = well.shape
    # Share of the well's depth that lies below each pixel of its wall: 0 floor .. 1 rim.
    wall = 1.0 - frame.depth_mm / frame.layout.compartments[compartment_id].depth_mm
    best_gain, best_curve = -np.inf, np.zeros(_LEVELS + 1)
    for dy in _SHIFTS_PX:
        row = np.clip(rows - dy, 0, height - 1)
        for dx in _SHIFTS_PX:
            column = np.clip(columns - dx, 0, width - 1)
            step = (wall[row, column] * _LEVELS).astype(np.intp)
            curve = np.cumsum(np.bincount(step, odds, minlength=_LEVELS + 1))
            if curve.max() > best_gain:
                best_gain, best_curve = float(curve.max()), curve
    if best_gain <= 0:
        return Waterline(0.0, 0.0, 0.0, 1.0 / _LEVELS)
    level = float(best_curve.argmax()) / _LEVELS
    # Levels whose fit is within 2 % of the best are all plausible; at least one step.
    plausible = np.nonzero(best_curve > 0.98 * best_gain)[0]
    spread = max(1.0, (plausible[-1] - plausible[0]) / 2.0) / _LEVELS
    volume, whole = _volume_ml(frame, compartment_id, level)
    return Waterline(level, volume, volume / whole, float(spread))


def _volume_ml(frame: Frame, compartment_id: str, level: float) -> tuple[float, float]:
    """Volume below ``level`` and of the whole well, ml."""
    depth = frame.depth_mm[frame.rim_masks[compartment_id]].astype(np.float64)
    well_depth = frame.layout.compartments[compartment_id].depth_mm
    per_mm = frame.mm_per_px**2 / 1000.0
    below = np.maximum(depth - well_depth * (1.0 - level), 0.0).sum() * per_mm
    return float(below), float(depth.sum() * per_mm)
