"""Homographies of rectangles in batches, and whether a camera could have made them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

#: Focal lengths over the picture's longer side. Phones' main cameras have 0.70-0.80 (26-28 mm
#: equivalent; the development photographs fit 0.75-0.85), webcams 0.7-1.1; a picture cropped to
#: the tray, or taken with a longer lens from farther away, has up to twice that.
LEAST_FOCAL, MOST_FOCAL = 0.6, 1.9


class Camera(NamedTuple):
    """A pinhole camera with square pixels, its focal length known roughly.

    Attributes:
        long_side_px: the whole picture's longer side.
        x_px: principal point.
        y_px: principal point.
    """

    long_side_px: float
    x_px: float
    y_px: float

    @staticmethod
    def usual(shape: tuple[int, int]) -> Camera:
        """The camera that took a whole picture of ``(height, width)``."""
        height, width = shape
        return Camera(float(max(height, width)), (width - 1) / 2, (height - 1) / 2)

    def seen_in(self, origin_px: tuple[int, int], factor: int) -> Camera:
        """The same camera in pixels of a region, ``factor`` times smaller."""
        middle = (factor - 1) / 2
        return Camera(
            self.long_side_px / factor,
            (self.x_px - origin_px[0] - middle) / factor,
            (self.y_px - origin_px[1] - middle) / factor,
        )


def homographies_from_quads(width: float, height: float, quads_px: Array) -> NDArray[np.float64]:
    """Homographies from the rectangle ``(0, 0) .. (width, height)`` to quads.

    Closed form of Heckbert (1989), Fundamentals of Texture Mapping, section 2.2.3.

    Args:
        width: the rectangle's width.
        height: its height.
        quads_px: ``(B, 4, 2)``: where its top left, top right, bottom right and bottom left
            corners are seen.

    Returns:
        ``(B, 3, 3) float64``, the last element 1. Degenerate quads give NaN or infinities.
    """
    quads = np.asarray(quads_px, np.float64)
    first, second, third, fourth = (quads[:, i] for i in range(4))
    edge1, edge2, skew = second - third, fourth - third, first - second + third - fourth
    with np.errstate(divide="ignore", invalid="ignore"):
        area = edge1[:, 0] * edge2[:, 1] - edge2[:, 0] * edge1[:, 1]
        g = (skew[:, 0] * edge2[:, 1] - edge2[:, 0] * skew[:, 1]) / area
        h = (edge1[:, 0] * skew[:, 1] - skew[:, 0] * edge1[:, 1]) / area
        result = np.empty((len(quads), 3, 3))
        result[:, :2, 0] = (second - first + g[:, None] * second) / width
        result[:, :2, 1] = (fourth - first + h[:, None] * fourth) / height
        result[:, :2, 2] = first
        result[:, 2, 0], result[:, 2, 1], result[:, 2, 2] = g / width, h / height, 1.0
    return result


def project(homographies: Array, points: Array) -> NDArray[np.float64]:
    """``(B, N, 2)``: ``(N, 2)`` points seen through each of ``(B, 3, 3)`` homographies."""
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    seen = homogeneous @ np.swapaxes(homographies, 1, 2)
    result: NDArray[np.float64] = seen[..., :2] / seen[..., 2:]
    return result


class CameraFit(NamedTuple):
    """How far homographies are from what a camera of the usual focal length sees.

    Attributes:
        stretch: ``(B,)`` logarithm of the ratio of the two axes' lengths, 0 for a true view.
        skew: ``(B,)`` cosine of the angle between the two axes, 0 for a true view.
        tilt_deg: ``(B,)`` angle between the camera's axis and the plane's normal.
    """

    stretch: NDArray[np.float64]
    skew: NDArray[np.float64]
    tilt_deg: NDArray[np.float64]


def camera_fit(homographies: Array, camera: Camera) -> CameraFit:
    """Decomposes homographies ``K [r1 r2 t]`` (Zhang 2000) with a camera's ``K``.

    ``r1`` and ``r2`` are of equal length and at right angles for a true view.

    Args:
        homographies: ``(B, 3, 3)`` from a plane in any unit to pixels.
        camera: in the same pixels.
    """
    # Number by number, each for all homographies at once: five times as fast as vectors.
    x1, y1, z1, x2, y2, z2, inverse_focal = _axes_and_focal(homographies, camera)
    x1, y1, x2, y2 = (inverse_focal * part for part in (x1, y1, x2, y2))
    with np.errstate(divide="ignore", invalid="ignore"):
        length1 = np.sqrt(x1 * x1 + y1 * y1 + z1 * z1)
        length2 = np.sqrt(x2 * x2 + y2 * y2 + z2 * z2)
        skew = (x1 * x2 + y1 * y2 + z1 * z2) / (length1 * length2)
        normal_x, normal_y, normal_z = y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2
        lean = np.abs(normal_z) / np.sqrt(normal_x**2 + normal_y**2 + normal_z**2)
        stretch = np.log(length1 / length2)
    return CameraFit(stretch, skew, np.degrees(np.arccos(np.clip(lean, 0.0, 1.0))))


def camera_axes(homographies: Array, camera: Camera) -> NDArray[np.float64]:
    """``(B, 3, 3)``: homographies with the camera's ``K`` taken off.

    Of the focal lengths a camera may have, each homography gets the one under which its axes
    are most nearly of equal length and at right angles (least squares in ``1 / f**2``, in
    which both conditions are linear).
    """
    *_, inverse_focal = _axes_and_focal(homographies, camera)
    axes = np.array(homographies, np.float64)
    axes[:, 0] -= camera.x_px * homographies[:, 2]
    axes[:, 1] -= camera.y_px * homographies[:, 2]
    axes[:, :2] *= inverse_focal[:, None, None]
    return axes


def _axes_and_focal(homographies: Array, camera: Camera) -> tuple[NDArray[np.float64], ...]:
    """x, y, z of the first axis and of the second, and one over the focal length: each ``(B,)``."""
    flat = np.ascontiguousarray(homographies.reshape(-1, 9).T, np.float64)
    z1, z2 = flat[6], flat[7]
    x1, x2 = flat[0] - camera.x_px * z1, flat[1] - camera.x_px * z2
    y1, y2 = flat[3] - camera.y_px * z1, flat[4] - camera.y_px * z2
    skew = x1 * x2 + y1 * y2, z1 * z2
    stretch = (x1 * x1 + y1 * y1 - x2 * x2 - y2 * y2) / 2, (z1 * z1 - z2 * z2) / 2
    least = (MOST_FOCAL * camera.long_side_px) ** -2
    most = (LEAST_FOCAL * camera.long_side_px) ** -2
    with np.errstate(divide="ignore", invalid="ignore"):
        best = -(skew[0] * skew[1] + stretch[0] * stretch[1]) / (skew[0] ** 2 + stretch[0] ** 2)
    # Where nothing tells the focal length (NaN), the longest.
    return x1, y1, z1, x2, y2, z2, np.sqrt(np.fmin(np.fmax(best, least), most))


def signed_areas(quads_px: Array) -> NDArray[np.float64]:
    """``(B,)`` areas, positive for quads that run clockwise on the screen."""
    x, y = quads_px[..., 0], quads_px[..., 1]
    # Half the cross product of the diagonals.
    across, down = x[..., 2] - x[..., 0], y[..., 3] - y[..., 1]
    area = across * down - (x[..., 3] - x[..., 1]) * (y[..., 2] - y[..., 0])
    return np.asarray(area / 2, np.float64)
