"""The room's light: one panorama with ceiling, walls, windows, tubes, and the photographer.

Steel and soup show the room, so the room must be there; a panorama is one emitter, quick to
swap. Hard shadows come from small bright sources in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from foodwaste.render.grid import Array, Grid
from foodwaste.render.noise import fractal_noise
from foodwaste.render.seeds import part_rng

PANORAMA_SHAPE = (128, 256)
#: Share of rooms lit by rows of like lamps in the ceiling, how many a row and how many rows.
_ROWS_SHARE, _ROW, _ROWS = 0.5, (2, 5), (1, 3)
#: How far such lamps hang apart, as a multiple of their height above the table.
_APART = (0.35, 0.8)
SourceKind = Literal["window", "tube", "spot", "panel"]


@dataclass(frozen=True)
class Source:
    """A bright thing in the room, by its direction from the tray.

    ``azimuth_rad`` and ``elevation_rad`` (pi/2 is straight up) point at its middle; sizes are
    half widths in radians along and across; ``power`` is its light on the table as a multiple
    of what comes from walls and ceiling.
    """

    kind: SourceKind
    azimuth_rad: float
    elevation_rad: float
    along_rad: float
    across_rad: float
    turn_rad: float
    power: float
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class LightSpec:
    """The room around one picture."""

    seed: int
    ceiling: float
    wall: float
    wall_colour: tuple[float, float, float]
    sources: tuple[Source, ...]
    photographer: float

    @staticmethod
    def draw(rng: np.random.Generator, glare: bool) -> LightSpec:
        """Draws a room; with ``glare``, a window or tube is mirrored in flat steel and soup."""
        sources = []
        count = int(rng.integers(1, 4))
        for index in range(count):
            kind: SourceKind = ("window", "tube", "spot", "panel")[
                int(rng.choice(4, p=[0.3, 0.35, 0.1, 0.25]))
            ]
            overhead = glare and index == 0
            if overhead and kind == "spot":
                kind = "window"
            up = rng.uniform(1.2, 1.52) if overhead else rng.uniform(0.45, 1.2)
            if kind == "window" and not overhead:
                up = rng.uniform(0.25, 0.85)
            sources.append(_source(rng, kind, float(up)))
        warm = rng.uniform(-0.1, 0.18)
        seed = int(rng.integers(2**31))
        sources += _ceiling_lamps(part_rng(seed, "lamps"))
        return LightSpec(
            seed=seed,
            ceiling=float(np.exp(rng.uniform(np.log(0.06), np.log(0.9)))),
            wall=float(rng.uniform(0.01, 0.2)),
            wall_colour=(1.0 + warm, 1.0, 1.0 - warm),
            sources=tuple(sources),
            photographer=float(rng.uniform(0.0, 1.2)),
        )


def _source(rng: np.random.Generator, kind: SourceKind, elevation: float) -> Source:
    sizes = {
        "window": ((0.15, 0.45), (0.2, 0.5)),
        "tube": ((0.25, 0.6), (0.02, 0.05)),
        "spot": ((0.03, 0.07), (0.03, 0.07)),
        "panel": ((0.12, 0.3), (0.1, 0.25)),
    }[kind]
    cool = rng.uniform(-0.15, 0.25) if kind == "window" else rng.uniform(-0.28, 0.08)
    return Source(
        kind=kind,
        azimuth_rad=float(rng.uniform(0, 2 * np.pi)),
        elevation_rad=elevation,
        along_rad=float(rng.uniform(*sizes[0])),
        across_rad=float(rng.uniform(*sizes[1])),
        turn_rad=float(rng.uniform(0, np.pi)),
        # Much light from few sources makes food bright and the mirrored room dark, as on
        # photographs of real steel; little makes steel an even grey.
        power=float(np.exp(rng.uniform(np.log(0.7), np.log(8.0)))),
        colour=(1.0 - 0.5 * cool, 1.0, 1.0 + 0.9 * cool),
    )


def _ceiling_lamps(rng: np.random.Generator) -> list[Source]:
    """Rows of like lamps overhead, as kitchens and canteens have them; in most rooms none."""
    if rng.random() > _ROWS_SHARE:
        return []
    kind: SourceKind = "tube" if rng.random() < 0.6 else "panel"
    along = rng.uniform(0.1, 0.3) if kind == "tube" else rng.uniform(0.06, 0.15)
    across = rng.uniform(0.015, 0.04) if kind == "tube" else along * rng.uniform(0.5, 1.0)
    count, rows = int(rng.integers(_ROW[0], _ROW[1] + 1)), int(rng.integers(_ROWS[0], _ROWS[1] + 1))
    turn, apart = rng.uniform(0, np.pi), rng.uniform(*_APART, 2)
    middle = rng.normal(0, 0.35, 2)
    cool = rng.uniform(-0.28, 0.12)
    power = float(np.exp(rng.uniform(np.log(0.7), np.log(6.0)))) / (count * rows)
    lamps = []
    for row in range(rows):
        for place in range(count):
            u = (place - (count - 1) / 2) * max(apart[0], 2.4 * along)
            v = (row - (rows - 1) / 2) * apart[1]
            x = middle[0] + u * np.cos(turn) - v * np.sin(turn)
            y = middle[1] + u * np.sin(turn) + v * np.cos(turn)
            azimuth, elevation = float(np.arctan2(y, x)), float(np.arctan2(1.0, np.hypot(x, y)))
            # From the table a lamp further off is smaller.
            near = float(np.sin(elevation))
            lamps.append(
                Source(
                    kind=kind, azimuth_rad=azimuth, elevation_rad=elevation,
                    along_rad=float(along) * near, across_rad=float(across) * near,
                    # Overhead a lamp's own direction is counted from its azimuth's.
                    turn_rad=float(turn - azimuth - np.pi / 2), power=power,
                    colour=(1.0 - 0.5 * cool, 1.0, 1.0 + 0.9 * cool),
                )
            )  # fmt: skip
    return lamps


def directions() -> Array:
    """``(H, W, 3)`` world direction of each panorama pixel, z up (row 0 is the zenith)."""
    rows, columns = PANORAMA_SHAPE
    theta = (np.arange(rows) + 0.5) / rows * np.pi
    phi = (np.arange(columns) + 0.5) / columns * 2 * np.pi
    sin = np.sin(theta)[:, None]
    return np.stack(
        [
            sin * np.cos(phi),
            sin * np.sin(phi),
            np.broadcast_to(np.cos(theta)[:, None], (rows, columns)),
        ],
        -1,
    ).astype(np.float32)


def panorama(spec: LightSpec, camera_direction: tuple[float, float, float]) -> Array:
    """``(H, W, 3) float32`` radiance, z up, scaled to give unit irradiance on the table."""
    rng = part_rng(spec.seed, "room")
    d = directions()
    rows, columns = PANORAMA_SHAPE
    up = d[..., 2]
    grid = Grid(0.0, 0.0, 1.0, columns, rows)
    clutter = fractal_noise(rng, grid, 22.0, 4, 0.6)
    wall = spec.wall * np.clip(1 + 0.55 * clutter, 0.05, None)
    ceiling = spec.ceiling * np.clip(1 + 0.25 * clutter, 0.05, None)
    blend = np.clip((up - 0.5) / 0.25, 0, 1)
    grey = np.where(up > 0, wall * (1 - blend) + ceiling * blend, 0.08)
    room = grey[..., None] * np.asarray(spec.wall_colour, np.float32)
    room = room * (1 + 0.15 * fractal_noise(rng, grid, 30.0, 2)[..., None] * np.array([1, 0.2, -1]))
    room = np.clip(room, 0.01, None)
    weight = np.sin((np.arange(rows) + 0.5) / rows * np.pi)[:, None] * np.clip(up, 0, None)
    weight *= (np.pi / rows) * (2 * np.pi / columns)
    ambient = float((room.mean(-1) * weight).sum())
    for source in spec.sources:
        shape = _footprint(source, d)
        flux = float((shape * weight).sum())
        if flux > 1e-6:
            # Its share of the light on the table, whatever its size; radiance capped so that
            # no single pixel of the panorama becomes a firefly.
            radiance = min(source.power * ambient / flux, 80.0)
            room = room + (radiance * shape)[..., None] * np.asarray(source.colour, np.float32)
    room = _photographer(room, d, spec, camera_direction, rng)
    total = float((room.mean(-1) * weight).sum())
    return np.asarray(room / max(total, 1e-6), np.float32)


def _footprint(source: Source, d: Array) -> Array:
    """Soft-edged rectangle of a source on the panorama, with window bars."""
    ce, se = np.cos(source.elevation_rad), np.sin(source.elevation_rad)
    ca, sa = np.cos(source.azimuth_rad), np.sin(source.azimuth_rad)
    forward = np.array([ce * ca, ce * sa, se])
    right = np.array([-sa, ca, 0.0])
    over = np.cross(forward, right)
    depth = np.maximum(d @ forward, 1e-3)
    x, y = (d @ right) / depth, (d @ over) / depth
    ct, st = np.cos(source.turn_rad), np.sin(source.turn_rad)
    u = (x * ct + y * st) / np.tan(source.along_rad)
    v = (y * ct - x * st) / np.tan(source.across_rad)
    soft = 0.02
    edge_u, edge_v = soft / np.tan(source.along_rad), soft / np.tan(source.across_rad)
    inside = np.clip((1 - np.abs(u)) / edge_u, 0, 1) * np.clip((1 - np.abs(v)) / edge_v, 0, 1)
    if source.kind == "window":
        inside = inside * np.where(np.abs(u) < 0.05, 0.15, 1.0)
    return np.asarray(inside * (d @ forward > 0), np.float32)


def _photographer(
    room: Array,
    d: Array,
    spec: LightSpec,
    camera: tuple[float, float, float],
    rng: np.random.Generator,
) -> Array:
    """Darkens the part of the room hidden by the phone, the hands and the head behind them."""
    if spec.photographer < 0.15:
        return room
    toward = np.asarray(camera, np.float32)
    toward = toward / np.linalg.norm(toward)
    side = rng.uniform(0, 2 * np.pi)
    body = toward + 0.55 * np.array([np.cos(side), np.sin(side), -0.25])
    body /= np.linalg.norm(body)
    phone = np.clip((np.cos(0.10) - d @ toward) / -0.004, 0, 1)
    person = np.clip((d @ body - np.cos(rng.uniform(0.35, 0.7))) / 0.05, 0, 1)
    shade = np.clip((0.9 * phone + 0.8 * person) * spec.photographer, 0, 0.95)
    shade = cv2.GaussianBlur(shade.astype(np.float32), (0, 0), 1.5)
    dark = np.array([0.10, 0.09, 0.09], np.float32) * float(room.mean())
    return np.asarray(room * (1 - shade[..., None]) + shade[..., None] * dark, np.float32)
