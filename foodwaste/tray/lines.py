"""Straight lines of a picture, by a Hough transform in which every edge knows its direction.

Each edge pixel votes only for lines along its own direction (Ballard 1981): long straight sides
gather sharp peaks, food texture spreads out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import EdgeMap

#: Steps of one degree.
_ANGLES = 180
#: An edge votes this many degrees to both sides of its own direction.
_SPREAD = 3
#: By whole degrees; negative ones count from the end.
_COS = np.cos(np.radians(np.arange(360))).astype(np.float32)
_SIN = np.sin(np.radians(np.arange(360))).astype(np.float32)
_NEAR_PX = 1.6


@dataclass(frozen=True)
class Lines:
    """Lines ``x cos(theta) + y sin(theta) = rho`` and where edges support them.

    Attributes:
        theta: ``(L,)`` radians in 0..pi.
        rho: ``(L,)`` px.
        covered: ``(L, T + 1)`` running count of supported pixels along the line; position
            ``t = -x sin(theta) + y cos(theta)`` is at index ``round(t) + origin``.
        origin: index of ``t = 0``.
    """

    theta: NDArray[np.float64]
    rho: NDArray[np.float64]
    covered: NDArray[np.float64]
    origin: int


class Peaks(NamedTuple):
    """Lines as the Hough transform finds them, the best supported first.

    Attributes:
        theta: ``(L,)`` radians in 0..pi.
        rho: ``(L,)`` px.
    """

    theta: NDArray[np.float64]
    rho: NDArray[np.float64]

    def strongest(self, most: int) -> Peaks:
        """The ``most`` best supported."""
        return Peaks(self.theta[:most], self.rho[:most])


def find_lines(edges: EdgeMap, *, most: int) -> Lines:
    """The ``most`` best supported lines, and the four sides of the picture as doubtful ones."""
    return lines_at(edges, find_peaks(edges, most=most))


def lines_at(edges: EdgeMap, peaks: Peaks) -> Lines:
    """The peaks' exact lines, and the four sides of the picture as doubtful ones.

    A tray that is cut off has no edge where the picture ends: the picture's own sides stand in
    for it, supported to a third all along.
    """
    height, width = edges.shape
    reach = _reach(edges)
    theta, rho = _straighten(edges, peaks.theta, peaks.rho)
    covered = _coverage(edges, theta, rho, reach)
    frame_theta = np.array([0.0, 0.0, np.pi / 2, np.pi / 2])
    frame_rho = np.array([-0.5, width - 0.5, -0.5, height - 0.5])
    ramp = np.broadcast_to(np.arange(2 * reach + 1) / 3.0, (4, 2 * reach + 1))
    return Lines(
        np.concatenate([theta, frame_theta]),
        np.concatenate([rho, frame_rho]),
        np.concatenate([covered, ramp]),
        reach,
    )


def _reach(edges: EdgeMap) -> int:
    return int(np.hypot(*edges.shape)) + 2


def find_peaks(edges: EdgeMap, *, most: int) -> Peaks:
    """The ``most`` highest peaks of the edges' votes."""
    reach = _reach(edges)
    spread = np.arange(-_SPREAD, _SPREAD + 1)
    own = np.rint(np.degrees(edges.angle)).astype(np.intp)
    degrees = spread[:, None] + own
    rho = edges.xy[:, 0] * _COS[degrees] + edges.xy[:, 1] * _SIN[degrees]
    rows = np.rint(rho).astype(np.intp)
    # Past 180 degrees the same line has the opposite sign.
    turned = (degrees < 0) | (degrees >= _ANGLES)
    np.negative(rows, out=rows, where=turned)
    size = 2 * reach + 1
    degrees %= _ANGLES
    degrees *= size
    degrees += rows
    degrees += reach
    votes = np.bincount(degrees.ravel(), minlength=_ANGLES * size)
    table = votes.reshape(_ANGLES, size).astype(np.float32)
    pad = 4
    wrapped = np.concatenate([table[-pad:, ::-1], table, table[:pad, ::-1]])
    wrapped = cv2.GaussianBlur(wrapped, (3, 3), 0.8)
    highest = cv2.dilate(wrapped, np.ones((2 * pad + 1, 5), np.uint8))
    peak = (wrapped >= highest)[pad:-pad] & (wrapped[pad:-pad] > 0)
    where = np.argwhere(peak)
    order = np.argsort(-wrapped[pad:-pad][peak], kind="stable")[:most]
    angle, position = where[order].T
    return Peaks(np.radians(angle.astype(np.float64)), (position - reach).astype(np.float64))


def _straighten(
    edges: EdgeMap, theta: NDArray[np.float64], rho: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least-squares line through the edges beside each peak."""
    near = _membership(edges, theta, rho, 2.5).astype(np.float64)
    count = near.sum(axis=1) + 1e-9
    x, y = edges.xy.T.astype(np.float64)
    mean_x, mean_y = near @ x / count, near @ y / count
    xx = near @ (x * x) / count - mean_x**2
    yy = near @ (y * y) / count - mean_y**2
    xy = near @ (x * y) / count - mean_x * mean_y
    normal = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    rho = mean_x * np.cos(normal) + mean_y * np.sin(normal)
    turns = np.floor(normal / np.pi)
    return normal - turns * np.pi, np.where(turns % 2 == 0, rho, -rho)


def _membership(
    edges: EdgeMap, theta: NDArray[np.float64], rho: NDArray[np.float64], near_px: float
) -> NDArray[np.bool_]:
    normals = np.stack([np.cos(theta), np.sin(theta)]).astype(np.float32)
    away = np.abs((edges.xy @ normals).T - rho[:, None].astype(np.float32)) < near_px
    aligned = np.abs(np.cos(edges.angle[None] - theta[:, None].astype(np.float32))) > 0.966
    result: NDArray[np.bool_] = away & aligned
    return result


def _coverage(
    edges: EdgeMap, theta: NDArray[np.float64], rho: NDArray[np.float64], reach: int
) -> NDArray[np.float64]:
    line, pixel = np.nonzero(_membership(edges, theta, rho, _NEAR_PX))
    x, y = edges.xy[pixel].T
    along = np.rint(-x * np.sin(theta[line]) + y * np.cos(theta[line])).astype(np.intp) + reach
    size = 2 * reach + 1
    seen = np.zeros((len(theta), size), np.uint8)
    seen[line, along] = 1
    if len(theta) == 0:
        return np.zeros((0, size))
    # A gap of a pixel or two is the digital line's, not the edge's.
    closed = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    return np.cumsum(closed, axis=1, dtype=np.float64)
