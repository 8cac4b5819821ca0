"""Thickness of one piece of food over its footprint, in its own millimetres.

Each function takes ``u`` (along) and ``v`` (across) in mm from the piece's centre and returns
the height of its upper surface over its resting plane, negative outside the footprint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foodwaste.render.food_kind import Shape
from foodwaste.render.grid import Array


@dataclass(frozen=True)
class Piece:
    """One piece where it was dropped. Angles in radians, lengths in mm, colour linear sRGB.

    ``phase`` is two angles that vary a shape's bumps; ``stay`` orders the eating: the lowest is
    eaten first.
    """

    x_mm: float
    y_mm: float
    angle: float
    shape: Shape
    pattern: str
    length_mm: float
    width_mm: float
    thick_mm: float
    bend_mm: float
    tilt_u: float
    tilt_v: float
    colour: tuple[float, float, float]
    phase: tuple[float, float]
    stay: float

    @property
    def reach_mm(self) -> float:
        """Radius of a circle around the whole footprint."""
        across = self.width_mm / 2 + abs(self.bend_mm)
        return float(np.hypot(self.length_mm / 2, across)) * 1.15

    @property
    def solid_mm3(self) -> float:
        """Rough volume, for ordering and stopping only."""
        return 0.6 * self.length_mm * self.width_mm * self.thick_mm


def bumps(u: Array, v: Array, wave_mm: float, phase: tuple[float, float]) -> Array:
    """Cheap smooth bumps of about unit size: four sine waves at fixed odd angles."""
    k = 2 * np.pi / wave_mm
    p, q = phase
    # Bent by a slower wave first: straight sines would show as a waffle.
    u, v = (
        u + 0.22 * wave_mm * np.sin(0.43 * k * v + 1.7 * q),
        v + 0.22 * wave_mm * np.sin(0.37 * k * u - 1.3 * p),
    )
    total = (
        np.sin(k * (0.96 * u + 0.28 * v) + p)
        + np.sin(k * 1.27 * (0.17 * u - 0.98 * v) + q)
        + np.sin(k * 1.61 * (0.62 * u + 0.78 * v) + p + 2 * q)
        + np.sin(k * 2.05 * (-0.81 * u + 0.59 * v) - q)
    )
    return np.asarray(total * np.float32(0.5), np.float32)


def _dome(squared: Array) -> Array:
    return np.where(squared < 1, np.sqrt(np.clip(1 - squared, 0, 1)), -1.0).astype(np.float32)


def ellipsoid(u: Array, v: Array, p: Piece) -> Array:
    """The upper half of an ellipsoid, raised so that it looks like a whole one."""
    r = (2 * u / p.length_mm) ** 2 + (2 * v / p.width_mm) ** 2
    return _dome(r) * np.float32(p.thick_mm)


def lump(u: Array, v: Array, p: Piece) -> Array:
    """An ellipsoid with an irregular outline and bumps: fried chicken, meat, egg curds."""
    warp = 1 + 0.22 * bumps(u, v, 0.9 * p.length_mm, p.phase)
    r = ((2 * u / p.length_mm) ** 2 + (2 * v / p.width_mm) ** 2) * warp
    dome = _dome(r)
    relief = 1 + 0.16 * bumps(u, v, 0.33 * p.length_mm, p.phase)
    return np.where(dome > 0, dome * relief, -1) * np.float32(p.thick_mm)


def box(u: Array, v: Array, p: Piece) -> Array:
    """A cut cube with slightly rounded edges: tofu, radish, potato."""
    q = np.maximum(np.abs(2 * u / p.length_mm), np.abs(2 * v / p.width_mm))
    q = q + 0.03 * bumps(u, v, p.length_mm, p.phase)
    return np.where(q < 1, np.clip((1 - q) * 6, 0, 1) ** 0.6, -1) * np.float32(p.thick_mm)


def slab(u: Array, v: Array, p: Piece) -> Array:
    """A flat piece with rounded corners and a slight dome: cutlet, fish, egg roll, tofu slice."""
    a, b = p.length_mm / 2, p.width_mm / 2
    a_bent = a * (1 + 0.06 * bumps(u, v, 1.3 * p.width_mm, p.phase))
    q = (np.abs(u) / a_bent) ** 4 + (np.abs(v) / b) ** 4
    top = np.clip((1 - q) * 2.2, 0, 1) ** 0.5 * (1 - 0.12 * ((u / a) ** 2 + (v / b) ** 2))
    return np.where(q < 1, top, -1) * np.float32(p.thick_mm)


def strand(u: Array, v: Array, p: Piece) -> Array:
    """A bent round strand: sprout, noodle, shredded vegetable, stem."""
    s = 2 * u / p.length_mm
    swing = 0.5 * np.sin(p.phase[0])
    centre = p.bend_mm * (s * s - 0.5 + swing * s * (1 - s * s))
    slope = p.bend_mm * (2 * s + swing * (1 - 3 * s * s)) * 2 / p.length_mm
    r = ((v - centre) * 2 / p.width_mm) ** 2 / (1 + slope * slope) + s**8
    return _dome(r) * np.float32(p.thick_mm)


def leaf(u: Array, v: Array, p: Piece) -> Array:
    """A thin arched sheet with a ruffled outline: cabbage, greens, sliced meat."""
    s, t = 2 * u / p.length_mm, 2 * v / p.width_mm
    ruffle = 0.30 * bumps(u, v, 0.55 * p.length_mm, p.phase)
    r = s * s + t * t + ruffle * (s * s + t * t)
    arch = p.bend_mm * (1 - s * s) + 0.28 * p.thick_mm * bumps(u, v, 0.6 * p.width_mm, p.phase)
    edge = np.clip((1 - r) * 5, 0, 1) ** 0.5
    return np.where(r < 1, np.maximum(edge * p.thick_mm + arch * edge, 0.15), -1).astype(np.float32)


def disc(u: Array, v: Array, p: Piece) -> Array:
    """A flat round slice with a dip in its middle: scallion ring, courgette."""
    r = np.sqrt((2 * u / p.length_mm) ** 2 + (2 * v / p.width_mm) ** 2)
    top = np.clip((1 - r) * 8, 0, 1) * (0.75 + 0.25 * np.clip(r * 2 - 0.4, 0, 1))
    return np.where(r < 1, top, -1).astype(np.float32) * np.float32(p.thick_mm)


def wedge(u: Array, v: Array, p: Piece) -> Array:
    """A segment with a ridge: fruit, potato."""
    s, t = 2 * u / p.length_mm, 2 * v / p.width_mm
    top = (1 - np.abs(t)) * (1 - s**4)
    return np.where((np.abs(t) < 1) & (np.abs(s) < 1), np.clip(top, 0, None) ** 0.8, -1).astype(
        np.float32
    ) * np.float32(p.thick_mm)


def floret(u: Array, v: Array, p: Piece) -> Array:
    """A dome of buds: broccoli."""
    r = ((2 * u / p.length_mm) ** 2 + (2 * v / p.width_mm) ** 2) * (
        1 + 0.25 * bumps(u, v, 0.5 * p.length_mm, p.phase)
    )
    buds = 1 + 0.16 * bumps(u, v, 7.0, p.phase) + 0.08 * bumps(u, v, 2.8, p.phase)
    dome = _dome(r)
    return np.where(dome > 0, dome * buds, -1).astype(np.float32) * np.float32(p.thick_mm)


SHAPES: dict[Shape, Callable[[Array, Array, Piece], Array]] = {
    "ellipsoid": ellipsoid,
    "lump": lump,
    "box": box,
    "slab": slab,
    "strand": strand,
    "leaf": leaf,
    "disc": disc,
    "wedge": wedge,
    "floret": floret,
}
