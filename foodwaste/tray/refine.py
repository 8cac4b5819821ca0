"""Moves a tray in the picture until its contours lie on edges.

Edge-based registration as in model-based tracking (Harris & Stennett 1990, RAPID): along each
contour point's normal the nearest good edge is sought, and the eight parameters of the
homography follow by robust least squares.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.template import Template, place

#: Offsets along the normals to the best edge, and how good it is (0 = none):
#: ``(points (B, N, 2), normals (B, N, 2), reach_px) -> (offset (B, N), weight (B, N))``.
EdgeSearch = Callable[
    [NDArray[np.float64], NDArray[np.float64], float],
    tuple[NDArray[np.float64], NDArray[np.float64]],
]


def refine(
    homographies: NDArray[np.float64],
    template: Template,
    search: EdgeSearch,
    *,
    reaches_px: tuple[float, ...],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Refines ``(B, 3, 3)`` homographies, one step for each search reach in turn."""
    scale = float(np.abs(template.corners_mm[2]).max()) / 2
    centre = template.corners_mm[2] / 2
    to_mm = np.array([[scale, 0.0, centre[0]], [0.0, scale, centre[1]], [0.0, 0.0, 1.0]])
    unit = np.concatenate(
        [(template.points_mm - centre) / scale, np.ones((len(template.points_mm), 1))], axis=1
    )
    current = homographies
    for reach in reaches_px:
        points, normals = place(current, template)
        offset, quality = search(points, normals, reach)
        weights = quality * weight * _tukey(offset, reach)
        step = _solve(current @ to_mm, unit, points, normals, offset, weights)
        moved = current @ to_mm @ (np.eye(3) + step) @ np.linalg.inv(to_mm)
        current = moved / moved[:, 2:, 2:]
    return current


def _tukey(offset: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.maximum(0.0, 1.0 - (offset / (1.25 * reach)) ** 2) ** 2
    return result


def _solve(
    homographies: NDArray[np.float64],
    unit: NDArray[np.float64],
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    offset: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """``(B, 3, 3)`` change, in the template's own frame, that moves the points by ``offset``."""
    count = len(homographies)
    depth = np.einsum("bj,nj->bn", homographies[:, 2], unit)
    # Derivative of the distance along the normal by the homogeneous point.
    slope = (
        np.concatenate([normals, -np.einsum("bni,bni->bn", normals, points)[..., None]], axis=2)
        / depth[..., None]
    )
    slope = np.einsum("bni,bij->bnj", slope, homographies)
    jacobian = (slope[..., :, None] * unit[None, :, None, :]).reshape(count, -1, 9)[..., :8]
    weighted = jacobian * weights[..., None]
    normal = np.einsum("bni,bnj->bij", weighted, jacobian)
    right = np.einsum("bni,bn->bi", weighted, offset)
    # Without edges the tray stays where it is.
    damping = 1e-3 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 8 + 1e-6
    solution = np.linalg.solve(normal + damping * np.eye(8), right[..., None])[..., 0]
    return np.concatenate([solution, np.zeros((count, 1))], axis=1).reshape(count, 3, 3)
