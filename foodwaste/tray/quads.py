"""Quadrilaterals that could be a tray's outline, from crossing lines.

Four lines give a quad. Three are enough where a side hides behind chopsticks, a shadow or
another tray: the known proportions and a usual camera give the fourth side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.geometry import Camera, camera_fit, homographies_from_quads, signed_areas
from foodwaste.tray.line_pairs import (
    CROSSING,
    SMALLEST,
    Pairs,
    intersections,
    opposite_pairs,
    support,
    turn_between,
)
from foodwaste.tray.lines import Lines

Floats = NDArray[np.float64]

#: Largest departure from a camera's view: 99 % of true corners stay under 0.06 and 26 degrees
#: (166 synthetic views), the lines of a Hough transform are good to about twice that.
_MOST_MISFIT, _MOST_TILT_DEG = 0.13, 38.0
#: How much of a quad's rank the largest misfit costs.
_MISFIT_COST = 0.25
#: Focal length over the longer side by which a missing side is placed; at usual tilts one that
#: is half as long again moves that side by under 2 %.
_FOCAL = 0.9


def quads_from_lines(
    lines: Lines,
    shape: tuple[int, int],
    camera: Camera,
    *,
    sides_mm: tuple[float, float],
    most: int,
) -> Floats:
    """The best supported quads that a camera could see a tray as.

    Args:
        lines: the picture's lines.
        shape: ``(height, width)`` of the picture.
        camera: the camera that most likely took it.
        sides_mm: the tray's width and height.
        most: how many quads to return of each kind at most.

    Returns:
        ``(Q, 4, 2)`` corners, clockwise on the screen; the first side of each is one of the
        tray's widths.
    """
    pairs = opposite_pairs(lines, shape)
    four, four_rank = _from_four(lines, pairs, shape)
    three, three_rank = _from_three(lines, pairs, shape, camera, sides_mm)
    quads, ranks = [], []
    for start in (0, 1):
        rolled = np.roll(four, -start, axis=1)
        misfit = _misfit(rolled, sides_mm, camera)
        possible = misfit < 1.0
        quads.append(rolled[possible])
        ranks.append((four_rank - _MISFIT_COST * misfit)[possible])
    best_four = _distinct(np.concatenate(quads), np.concatenate(ranks), most)
    return np.concatenate([best_four, _distinct(three, three_rank, most)])


def _from_four(lines: Lines, pairs: Pairs, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Quads of two pairs of opposite lines, clockwise, and how well edges support them."""
    first, second, mean = pairs
    a, b = np.nonzero(np.triu(np.abs(turn_between(mean[:, None], mean[None])) > CROSSING))
    left, right, top, bottom = first[a], second[a], first[b], second[b]
    cross = intersections(lines)
    quads = np.stack(
        [cross[left, top], cross[right, top], cross[right, bottom], cross[left, bottom]], axis=1
    )
    mirrored = signed_areas(quads) < 0
    quads[mirrored] = quads[mirrored][:, [1, 0, 3, 2]]
    left, right = np.where(mirrored, right, left), np.where(mirrored, left, right)
    sides = np.stack([top, right, bottom, left], axis=1)
    keep = _inside(quads, shape) & _large(quads, shape)
    quads, sides = quads[keep], sides[keep]
    starts, ends = np.swapaxes(quads, 0, 1), np.swapaxes(np.roll(quads, -1, axis=1), 0, 1)
    share = support(lines, sides.T.ravel(), starts.reshape(-1, 2), ends.reshape(-1, 2))
    share = share.reshape(4, len(quads))
    return quads, share.mean(axis=0) + 0.5 * share.min(axis=0) + _size(quads, shape)


def _from_three(
    lines: Lines,
    pairs: Pairs,
    shape: tuple[int, int],
    camera: Camera,
    sides_mm: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Quads of two opposite lines and one across, the fourth side placed by proportion.

    In space the pair's common direction ``d`` is the ray of their vanishing point, and the
    line across runs along ``n x d``, n the normal of its own plane through the camera.
    """
    a, across = np.nonzero(np.abs(turn_between(pairs.mean[:, None], lines.theta[None])) > CROSSING)
    cross = intersections(lines)
    # Two corners are known already, and most are out of view.
    known = np.stack([cross[pairs.first[a], across], cross[pairs.second[a], across]], axis=1)
    keep = np.flatnonzero(_inside(known, shape))
    a, across, known = a[keep], across[keep], known[keep]
    focal = _FOCAL * camera.long_side_px
    normal = np.cos(lines.theta), np.sin(lines.theta)
    planes = np.stack(
        [
            normal[0] * focal,
            normal[1] * focal,
            normal[0] * camera.x_px + normal[1] * camera.y_px - lines.rho,
        ],
        axis=1,
    )
    along = _unit(np.cross(planes[pairs.first], planes[pairs.second]))[a]
    beside = _unit(np.cross(planes[across], along))
    ground = np.cross(along, beside)
    keep = np.flatnonzero(np.abs(ground[:, 2]) > np.cos(np.radians(_MOST_TILT_DEG)))
    a, across, along, ground = a[keep], across[keep], along[keep], ground[keep]
    one, two = pairs.first[a], pairs.second[a]
    middle = np.array([camera.x_px, camera.y_px])
    rays = [
        np.concatenate([(corner - middle) / focal, np.ones((len(keep), 1))], axis=1)
        for corner in (known[keep, 0], known[keep, 1])
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        near = [ray / (ray * ground).sum(axis=1, keepdims=True) for ray in rays]
        length = np.linalg.norm(near[1] - near[0], axis=1)
        # To either side of the line across, which is the tray's width (the first two) or its
        # height. All at once: arrays are small, and it is calls that cost.
        proportion = sides_mm[1] / sides_mm[0]
        by = np.array([-proportion, proportion, -1.0 / proportion, 1.0 / proportion])
        step = by[:, None, None] * (along * length[:, None])
        first, second = (np.broadcast_to(each, step.shape) for each in near)
        space = np.stack([first, second, second + step, first + step], axis=2)
        seen = (space[..., :2] / space[..., 2:] * focal + middle).reshape(-1, 4, 2)
    inside = np.flatnonzero(_inside(seen, shape) & _large(seen, shape))
    quads = seen[inside]
    case, line = np.divmod(inside, max(1, len(a)))
    sides = np.concatenate([across[line], two[line], one[line]])
    ends = (np.concatenate([quads[:, k] for k in corners]) for corners in ((0, 1, 3), (1, 2, 0)))
    share = support(lines, sides, *ends).reshape(3, len(quads))
    ranks = share.mean(axis=0) + 0.5 * share.min(axis=0) + _size(quads, shape)
    turned = case >= 2
    quads[turned] = np.roll(quads[turned], -1, axis=1)
    return _clockwise(quads), ranks


def _clockwise(quads: Floats) -> Floats:
    """Reverses the quads that run the other way, keeping the first side a first side."""
    mirrored = signed_areas(quads) < 0
    quads = quads.copy()
    quads[mirrored] = quads[mirrored][:, [1, 0, 3, 2]]
    return quads


def _unit(vectors: Floats) -> Floats:
    result: Floats = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12)
    return result


def _size(quads: Floats, shape: tuple[int, int]) -> Floats:
    """Large quads are preferred: a tray is photographed to fill the picture."""
    result: Floats = 0.6 * np.sqrt(np.abs(signed_areas(quads))) / np.hypot(*shape)
    return result


def _inside(points: Floats, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """``(B,)``: whether all of ``(B, N, 2)`` points are in view, or nearly."""
    result = np.ones(len(points), np.bool_)
    for axis, size in enumerate((shape[1], shape[0])):
        along = points[..., axis]
        result &= ((along > -0.06 * size) & (along < 1.06 * size)).all(axis=1)
    return result


def _large(quads: Floats, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """``(B,)``: whether quads are as large as a tray, whichever way they run."""
    return np.asarray(np.abs(signed_areas(quads)) > (SMALLEST * min(shape)) ** 2, np.bool_)


def _misfit(quads: Floats, sides_mm: tuple[float, float], camera: Camera) -> Floats:
    """0 for a quad that a usual camera sees the tray as, 1 and more for one it cannot."""
    fit = camera_fit(homographies_from_quads(*sides_mm, quads), camera)
    misfit = np.hypot(fit.stretch, fit.skew) / _MOST_MISFIT
    return np.where((fit.tilt_deg < _MOST_TILT_DEG) & np.isfinite(misfit), misfit, np.inf)


def _distinct(quads: Floats, ranks: Floats, most: int) -> Floats:
    """The ``most`` best quads, the first of each group of nearly equal ones."""
    best = quads[np.argsort(-ranks, kind="stable")[: 3 * most]]
    first: dict[tuple[float, ...], int] = {}
    for index, cell in enumerate(np.rint(best / 3.0).reshape(len(best), 8).tolist()):
        first.setdefault(tuple(cell), index)
    return best[list(first.values())[:most]]
