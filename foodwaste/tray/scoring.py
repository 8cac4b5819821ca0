"""How well a tray placed in the picture agrees with the picture's edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import DIRECTION_BINS, EdgeMap
from foodwaste.tray.template import Template, place

#: An edge this far from where it should be counts as missing, px of the search picture.
REACH_PX = 4.0
#: A contour must agree better than the same contour moved this far to both sides.
_ASIDE_PX = 7.0


def agreement(
    edges: EdgeMap, homographies: NDArray[np.float64], template: Template
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Agreement of every contour group with the picture, against its surroundings.

    Returns:
        ``(B, G)`` agreement, 1 for edges all along and none beside, about 0 by chance; and
        ``(B, G)`` the share of the group that lies in the picture.
    """
    points, normals = place(homographies, template)
    on, inside = _closeness(edges, points, normals)
    outer, _ = _closeness(edges, points + _ASIDE_PX * normals, normals)
    inner, _ = _closeness(edges, points - _ASIDE_PX * normals, normals)
    gain = on - 0.5 * (outer + inner)
    member = np.eye(template.groups)[template.group]
    seen = inside @ member
    total = (gain * inside) @ member
    return total / np.maximum(seen, 1.0), seen / member.sum(axis=0)


def _closeness(
    edges: EdgeMap, points: NDArray[np.float64], normals: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """1 on an edge of the right direction, falling to 0 at ``REACH_PX``; and what is in view."""
    height, width = edges.shape
    x = np.rint(points[..., 0])
    y = np.rint(points[..., 1])
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    column = np.where(inside, x, 0).astype(np.intp)
    row = np.where(inside, y, 0).astype(np.intp)
    angle = np.arctan2(normals[..., 1], normals[..., 0])
    layer = np.rint(angle * (DIRECTION_BINS / np.pi)).astype(np.intp) % DIRECTION_BINS
    distance = edges.distance[layer, row, column]
    close = np.maximum(0.0, 1.0 - distance / REACH_PX)
    return np.where(inside, close, 0.0), inside
