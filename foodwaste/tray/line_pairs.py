"""Pairs of lines that could be opposite sides of a tray, and where lines cross and end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.lines import Lines

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Two opposite sides of a tray seen at 25 degrees from 35 cm converge by up to 40 degrees.
_PARALLEL = np.radians(40)
#: Adjacent sides of such a view meet at 50 degrees and more.
CROSSING = np.radians(50)
#: A tray's shorter side fills at least this share of the picture's shorter side: 290 mm seen
#: from 70 cm with a wide lens (focal length 0.68) fill 0.38.
SMALLEST = 0.30


class Pairs(NamedTuple):
    """Indices of two lines each, and the mean direction of their normals, radians."""

    first: Indices
    second: Indices
    mean: Floats


def opposite_pairs(lines: Lines, shape: tuple[int, int]) -> Pairs:
    """Pairs of lines that could be opposite sides, at least a small tray's height apart."""
    i, j = np.triu_indices(len(lines.theta), 1)
    turn = turn_between(lines.theta[i], lines.theta[j])
    close = np.abs(turn) < _PARALLEL
    i, j, turn = i[close], j[close], turn[close]
    mean = lines.theta[j] + turn / 2
    middle = np.array([shape[1], shape[0]]) / 2
    offset = lines.rho - np.cos(lines.theta) * middle[0] - np.sin(lines.theta) * middle[1]
    # Signed distances from the picture's middle, both along the mean direction.
    second = np.sign(np.cos(lines.theta[j] - mean)) * offset[j]
    first = np.sign(np.cos(lines.theta[i] - mean)) * offset[i]
    apart = np.asarray(np.abs(second - first) > SMALLEST * min(shape))
    return Pairs(i[apart], j[apart], mean[apart])


def turn_between(a: Floats, b: Floats) -> Floats:
    """Angle between two undirected directions, -pi/2..pi/2."""
    result: Floats = (a - b + np.pi / 2) % np.pi - np.pi / 2
    return np.asarray(result)


def intersections(lines: Lines) -> Floats:
    """``(L, L, 2)`` points where lines cross, far away for parallel ones."""
    cosine, sine, rho = np.cos(lines.theta), np.sin(lines.theta), lines.rho
    across = cosine[:, None] * sine - sine[:, None] * cosine
    across = np.where(np.abs(across) < 1e-6, 1e-6, across)
    x = (rho[:, None] * sine - sine[:, None] * rho) / across
    y = (cosine[:, None] * rho - rho[:, None] * cosine) / across
    return np.stack([x, y], axis=-1)


def support(lines: Lines, line: Indices, start: Floats, end: Floats) -> Floats:
    """``(B,)``: share of a side, without its rounded corners, that lies on edges.

    Args:
        lines: the picture's lines.
        line: ``(B,)`` which line the side runs along.
        start: ``(B, 2)`` one end of the side.
        end: ``(B, 2)`` the other.
    """
    begin, finish = start + 0.1 * (end - start), end + 0.1 * (start - end)
    sine, cosine = np.sin(lines.theta[line]), np.cos(lines.theta[line])
    t0 = -begin[:, 0] * sine + begin[:, 1] * cosine
    t1 = -finish[:, 0] * sine + finish[:, 1] * cosine
    low, high = np.minimum(t0, t1), np.maximum(t0, t1)
    last = lines.covered.shape[1] - 1
    low_index = np.clip(np.rint(low).astype(np.intp) + lines.origin, 0, last)
    high_index = np.clip(np.rint(high).astype(np.intp) + lines.origin, 0, last)
    counted = lines.covered[line, high_index] - lines.covered[line, low_index]
    result: Floats = counted / np.maximum(high - low, 1.0)
    return result
