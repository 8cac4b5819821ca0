"""A layout as a set of short contour pieces: what a tray's edges look like in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.profile.content_key import content_key

Real = TypeVar("Real", np.float32, np.float64)


@dataclass(frozen=True)
class Template:
    """Points on the outline and on the rims of the wells.

    Attributes:
        points_mm: ``(N, 2)``.
        normals_mm: ``(N, 2)`` unit vectors, outwards.
        group: ``(N,)`` 0..3 for the outline's top, right, bottom, left; 4.. one per well.
        corners_mm: ``(4, 2)`` the outline's corners, not rounded.
        member: ``(N, groups)``, 1 where a point belongs to a group.
    """

    points_mm: NDArray[np.float64]
    normals_mm: NDArray[np.float64]
    group: NDArray[np.intp]
    corners_mm: NDArray[np.float64]
    member: NDArray[np.float64]
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def homogeneous(self, dtype: np.dtype[Real]) -> tuple[NDArray[Real], NDArray[Real]]:
        """``(3, N)`` homogeneous points and ``(2, N)`` unit tangents, kept for each precision."""
        if dtype not in self._kept:
            points = np.concatenate([self.points_mm.T, np.ones((1, len(self.points_mm)))])
            tangents = np.stack([-self.normals_mm[:, 1], self.normals_mm[:, 0]])
            self._kept[dtype] = (points.astype(dtype), tangents.astype(dtype))
        points_now, tangents_now = self._kept[dtype]
        return points_now, tangents_now

    @property
    def on_outline(self) -> NDArray[np.bool_]:
        """``(N,)``: whether a point lies on the tray's outline."""
        return self.group < 4


def place(homographies: NDArray[Real], template: Template) -> tuple[NDArray[Real], NDArray[Real]]:
    """``(B, N, 2)`` points and ``(B, N, 2)`` unit normals of the template in the picture.

    In the homographies' precision: single is twice as fast and good to 0.01 px.
    """
    # One matrix product for all: (B * 3, 3) @ (3, N). Coordinates stay apart, so that what
    # follows runs along contiguous memory.
    count = len(homographies)
    stacked = homographies.reshape(-1, 3)
    homogeneous, tangent = template.homogeneous(stacked.dtype)
    seen = (stacked @ homogeneous).reshape(count, 3, -1)
    points = seen[:, :2] / seen[:, 2:]
    # A contour's tangent maps by the homography's derivative; its normal stays at right angles.
    moved = (stacked[:, :2] @ tangent).reshape(count, 3, -1)
    direction = moved[:, :2] - points * moved[:, 2:]
    length = np.sqrt(direction[:, 0] ** 2 + direction[:, 1] ** 2) + stacked.dtype.type(1e-12)
    normals = np.empty_like(direction)
    np.divide(direction[:, 1], length, out=normals[:, 0])
    np.divide(-direction[:, 0], length, out=normals[:, 1])
    return np.moveaxis(points, 1, 2), np.moveaxis(normals, 1, 2)


def points_of(
    homographies: NDArray[Real], template: Template
) -> tuple[NDArray[Real], NDArray[Real]]:
    """``(B, N)`` twice: x and y of the template's points in the picture."""
    stacked = homographies.reshape(-1, 3)
    homogeneous, _ = template.homogeneous(stacked.dtype)
    seen = (stacked @ homogeneous).reshape(len(homographies), 3, -1)
    return seen[:, 0] / seen[:, 2], seen[:, 1] / seen[:, 2]


@lru_cache(maxsize=32)
def _cached_template(key: str, spacing_mm: float) -> Template:
    layout = Layout.model_validate_json(key)
    width, height = layout.width_mm, layout.height_mm
    points, normals = sample_outline(layout.outline_mm(), spacing_mm)
    away = np.stack([points[:, 1], width - points[:, 0], height - points[:, 1], points[:, 0]])
    parts = [(points, normals, away.argmin(axis=0))]
    for index, well in enumerate(layout.compartments.values()):
        points, normals = sample_outline(well.rim_outline_mm(), spacing_mm)
        parts.append((points, normals, np.full(len(points), 4 + index)))
    group = np.concatenate([part[2] for part in parts]).astype(np.intp)
    return Template(
        points_mm=np.concatenate([part[0] for part in parts]),
        normals_mm=np.concatenate([part[1] for part in parts]),
        group=group,
        corners_mm=np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]]),
        member=np.eye(4 + len(layout.compartments))[group],
    )


def template_of(layout: Layout, *, spacing_mm: float) -> Template:
    """The layout's contours, sampled about every ``spacing_mm`` (cached)."""
    return _cached_template(content_key(layout), spacing_mm)


def sample_outline(
    outline: Sequence[tuple[float, float]], spacing_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Evenly spaced points on a closed polygon and its outward normals there."""
    corners = np.asarray(outline, np.float64)
    steps = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(steps, axis=1)
    ends = np.cumsum(lengths)
    count = max(8, round(ends[-1] / spacing_mm))
    along = (np.arange(count) + 0.5) * ends[-1] / count
    piece = np.searchsorted(ends, along)
    share = (along - (ends[piece] - lengths[piece])) / np.maximum(lengths[piece], 1e-9)
    points = corners[piece] + steps[piece] * share[:, None]
    tangent = steps[piece] / np.maximum(lengths[piece], 1e-9)[:, None]
    # Layout polygons run clockwise on the screen: outwards is to the left of the walk.
    return points, np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
