"""Quadrilaterals that could be a tray's outline, from pairs of crossing lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.geometry import quad_shapes
from foodwaste.tray.lines import Lines

#: Two opposite sides of a tray seen at 25 degrees from 35 cm converge by up to 40 degrees.
_PARALLEL = np.radians(40)
_CROSSING = np.radians(50)
#: A tray's shorter side fills at least this share of the picture's shorter side.
_SMALLEST = 0.25
#: Opposite sides differ in length by up to 1.6 at that tilt.
_MOST_RATIO = 1.75
_MOST_SKEW_DEG = 38.0


def quads_from_lines(
    lines: Lines, shape: tuple[int, int], *, aspect: float, most: int
) -> NDArray[np.float64]:
    """The best supported quads with about the tray's aspect.

    Args:
        lines: the picture's lines.
        shape: ``(height, width)`` of the picture.
        aspect: longer side of the tray over its shorter side.
        most: how many quads to return at most.

    Returns:
        ``(Q, 4, 2)`` corners, clockwise on the screen, best first.
    """
    first, second, mean = _opposite_pairs(lines, shape)
    a, b = np.nonzero(np.triu(np.abs(_turn(mean[:, None], mean[None])) > _CROSSING))
    if len(a) == 0:
        return np.zeros((0, 4, 2))
    left, right, top, bottom = first[a], second[a], first[b], second[b]
    points = _intersections(lines)
    quads = np.stack(
        [points[left, top], points[right, top], points[right, bottom], points[left, bottom]], axis=1
    )
    # Clockwise on the screen: swap the first pair where it is not.
    mirrored = _signed_area(quads) < 0
    quads[mirrored] = quads[mirrored][:, [1, 0, 3, 2]]
    left, right = np.where(mirrored, right, left), np.where(mirrored, left, right)
    keep = _plausible(quads, shape, aspect)
    quads = quads[keep]
    left, right, top, bottom = left[keep], right[keep], top[keep], bottom[keep]
    if len(quads) == 0:
        return quads
    support = np.stack(
        [
            _support(lines, top, quads[:, 0], quads[:, 1]),
            _support(lines, right, quads[:, 1], quads[:, 2]),
            _support(lines, bottom, quads[:, 2], quads[:, 3]),
            _support(lines, left, quads[:, 3], quads[:, 0]),
        ]
    )
    width, height, _, _ = quad_shapes(quads)
    size = np.sqrt(width * height) / np.hypot(*shape)
    rank = support.mean(axis=0) + 0.5 * support.min(axis=0) + 0.6 * size
    best = np.argsort(-rank, kind="stable")[: most * 4]
    return quads[best][_distinct(quads[best], most)]


def _opposite_pairs(
    lines: Lines, shape: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of lines that could be opposite sides: their indices and their mean direction."""
    i, j = np.triu_indices(len(lines.theta), 1)
    turn = _turn(lines.theta[i], lines.theta[j])
    close = np.abs(np.asarray(turn)) < _PARALLEL
    i, j, turn = i[close], j[close], turn[close]
    mean = lines.theta[j] + turn / 2
    middle = np.array([shape[1], shape[0]]) / 2
    offset = lines.rho - np.cos(lines.theta) * middle[0] - np.sin(lines.theta) * middle[1]
    # Signed distances from the picture's middle, both along the mean direction.
    apart = _along(lines.theta[j], mean) * offset[j] - _along(lines.theta[i], mean) * offset[i]
    keep = np.asarray(np.abs(apart) > _SMALLEST * min(shape))
    i, j, apart = i[keep], j[keep], apart[keep]
    return np.where(apart > 0, i, j), np.where(apart > 0, j, i), mean[keep]


def _along(theta: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.sign(np.cos(theta - mean))
    return result


def _signed_area(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = quads[..., 0], quads[..., 1]
    result: NDArray[np.float64] = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(1)
    return result


def _turn(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle between two undirected directions, -pi/2..pi/2."""
    result: NDArray[np.float64] = (a - b + np.pi / 2) % np.pi - np.pi / 2
    return result


def _intersections(lines: Lines) -> NDArray[np.float64]:
    normal = np.stack([np.cos(lines.theta), np.sin(lines.theta), -lines.rho], axis=1)
    cross = np.cross(normal[:, None], normal[None])
    with np.errstate(divide="ignore", invalid="ignore"):
        result: NDArray[np.float64] = cross[..., :2] / cross[..., 2:]
    return np.nan_to_num(result, nan=1e6, posinf=1e6, neginf=-1e6)


def _plausible(
    quads: NDArray[np.float64], shape: tuple[int, int], aspect: float
) -> NDArray[np.bool_]:
    height, width = shape
    margin = 0.06 * np.array([width, height])
    most = np.array([width, height]) + margin
    inside = np.asarray(((quads > -margin) & (quads < most)).all(axis=(1, 2)))
    wide, high, ratio, skew = quad_shapes(np.where(inside[:, None, None], quads, 0.0))
    seen = np.maximum(wide, high) / np.minimum(wide, high)
    fits = np.abs(np.log(seen / aspect)) < np.log(1.28)
    large = np.minimum(wide, high) > _SMALLEST * min(shape)
    result: NDArray[np.bool_] = (
        inside & fits & large & (ratio < _MOST_RATIO) & (skew < _MOST_SKEW_DEG)
    )
    return result


def _support(
    lines: Lines, line: NDArray[np.intp], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of a quad's side, without its rounded corners, that lies on edges."""
    begin, finish = start + 0.1 * (end - start), end + 0.1 * (start - end)
    sine, cosine = np.sin(lines.theta[line]), np.cos(lines.theta[line])
    t0 = -begin[:, 0] * sine + begin[:, 1] * cosine
    t1 = -finish[:, 0] * sine + finish[:, 1] * cosine
    low, high = np.minimum(t0, t1), np.maximum(t0, t1)
    last = lines.covered.shape[1] - 1
    low_index = np.clip(np.rint(low).astype(np.intp) + lines.origin, 0, last)
    high_index = np.clip(np.rint(high).astype(np.intp) + lines.origin, 0, last)
    counted = lines.covered[line, high_index] - lines.covered[line, low_index]
    result: NDArray[np.float64] = counted / np.maximum(high - low, 1.0)
    return result


def _distinct(quads: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Indices of the first of each group of nearly equal quads, in order."""
    cells = np.rint(quads / 3.0).reshape(len(quads), -1)
    _, first = np.unique(cells, axis=0, return_index=True)
    return np.sort(first)[:most]
