"""Moves a tray in the picture until its contours lie on edges.

Edge-based registration as in model-based tracking (Harris & Stennett 1990, RAPID): along each
contour point's normal the nearest good edge is sought, and the eight parameters of the
homography follow by robust least squares. Two more equations hold the homography near what a
usual camera sees, so that a few wrong edges cannot bend it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.geometry import Camera, camera_axes
from foodwaste.tray.template import Template, place

#: Offsets along the normals to the best edge, and how good it is (0 = none):
#: ``(points (B, N, 2), normals (B, N, 2), reach_px) -> (offset (B, N), weight (B, N))``.
EdgeSearch = Callable[
    [NDArray[np.float64], NDArray[np.float64], float],
    tuple[NDArray[np.float64], NDArray[np.float64]],
]
#: Standard deviations: of an edge from the contour, px, and of stretch and skew of a true view
#: (geometry.py: 99 % are within 0.04).
_EDGE_SIGMA_PX, _CAMERA_SIGMA = 1.5, 0.02
#: Neighbouring contour points err together: this many of them are worth one observation.
_POINTS_PER_OBSERVATION = 4.0


def refine(
    homographies: NDArray[np.float64],
    template: Template,
    search: EdgeSearch,
    *,
    reaches_px: tuple[float, ...],
    weight: NDArray[np.float64],
    camera: Camera,
) -> NDArray[np.float64]:
    """Refines ``(B, 3, 3)`` homographies, one step for each search reach in turn.

    Args:
        homographies: from the template's mm to pixels.
        template: contour points, N of them.
        search: where edges are.
        reaches_px: how far along the normals edges are sought, for each step.
        weight: ``(N,)`` weights of the points, about 1.
        camera: the camera that most likely took the picture, in its pixels.
    """
    scale = float(np.abs(template.corners_mm[2]).max()) / 2
    centre = template.corners_mm[2] / 2
    to_mm = np.array([[scale, 0.0, centre[0]], [0.0, scale, centre[1]], [0.0, 0.0, 1.0]])
    from_mm = np.linalg.inv(to_mm)
    unit = np.concatenate(
        [(template.points_mm - centre) / scale, np.ones((len(template.points_mm), 1))], axis=1
    )
    current = homographies
    for reach in reaches_px:
        points, normals = place(current, template)
        offset, quality = search(points, normals, reach)
        weights = quality * weight * _tukey(offset, reach)
        placed = current @ to_mm
        normal, right = _edge_equations(placed, unit, points, normals, offset, weights)
        camera_normal, camera_right = _camera_equations(placed, camera)
        step = _solve(normal + camera_normal, right + camera_right)
        moved = placed @ (np.eye(3) + step) @ from_mm
        current = moved / moved[:, 2:, 2:]
    return current


def _tukey(offset: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.maximum(0.0, 1.0 - (offset / (1.25 * reach)) ** 2) ** 2
    return result


def _edge_equations(
    placed: NDArray[np.float64],
    unit: NDArray[np.float64],
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    offset: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Normal equations ``(B, 8, 8)``, ``(B, 8)`` of a change that moves points by ``offset``.

    The change is ``placed @ (1 + D)``, D's first eight elements the unknowns, row by row.
    """
    count = len(placed)
    depth = placed[:, 2] @ unit.T
    # Derivative of the distance along the normal by the homogeneous point.
    away = -(normals * points).sum(axis=2, keepdims=True)
    slope = np.concatenate([normals, away], axis=2) / depth[..., None]
    slope = slope @ placed
    jacobian = (slope[..., :, None] * unit[None, :, None, :]).reshape(count, -1, 9)[..., :8]
    weights = weights / (_EDGE_SIGMA_PX**2 * _POINTS_PER_OBSERVATION)
    weighted = np.swapaxes(jacobian * weights[..., None], 1, 2)
    return weighted @ jacobian, (weighted @ offset[..., None])[..., 0]


def _camera_equations(
    placed: NDArray[np.float64], camera: Camera
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Normal equations that pull stretch and skew (geometry.py) to zero."""
    axes = camera_axes(placed, camera)
    lengths = np.sqrt((axes[..., :2] ** 2).sum(axis=1))
    # How far the two axes' directions go along each other and along what D changes them by:
    # the first axis by axes @ D[:, 0], the second by axes @ D[:, 1].
    along = np.swapaxes(axes[..., :2] / lengths[:, None], 1, 2) @ axes
    first, second = along[:, 0], along[:, 1]
    length1, length2 = lengths[:, :1], lengths[:, 1:]
    jacobian = np.zeros((len(placed), 2, 3, 3))
    jacobian[:, 0, :, 0], jacobian[:, 0, :, 1] = first / length1, -second / length2
    jacobian[:, 1, :, 0], jacobian[:, 1, :, 1] = second / length1, first / length2
    flat = jacobian.reshape(len(placed), 2, 9)[..., :8]
    residual = np.concatenate([np.log(length2 / length1), -first[:, 1:2] / length2], axis=1)
    weighted = np.swapaxes(flat, 1, 2) / _CAMERA_SIGMA**2
    return weighted @ flat, (weighted @ residual[..., None])[..., 0]


def _solve(normal: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(B, 3, 3)`` changes; without evidence the tray stays where it is."""
    count = len(normal)
    damping = 1e-4 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 8 + 1e-6
    solution = np.linalg.solve(normal + damping * np.eye(8), right[..., None])[..., 0]
    return np.concatenate([solution, np.zeros((count, 1))], axis=1).reshape(count, 3, 3)
