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
    axes = camera_axes(homographies, camera)
    first, second = axes[..., 0], axes[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        length1, length2 = np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)
        skew = (first * second).sum(axis=1) / (length1 * length2)
        normal = np.cross(first, second)
        lean = np.abs(normal[:, 2]) / np.linalg.norm(normal, axis=1)
        stretch = np.log(length1 / length2)
    return CameraFit(stretch, skew, np.degrees(np.arccos(np.clip(lean, 0.0, 1.0))))


def camera_axes(homographies: Array, camera: Camera) -> NDArray[np.float64]:
    """``(B, 3, 3)``: homographies with the camera's ``K`` taken off.

    Of the focal lengths a camera may have, each homography gets the one under which its axes
    are most nearly of equal length and at right angles (least squares in ``1 / f**2``, in
    which both conditions are linear).
    """
    centre = np.array([[1.0, 0.0, -camera.x_px], [0.0, 1.0, -camera.y_px], [0.0, 0.0, 1.0]])
    axes: NDArray[np.float64] = centre @ homographies
    first, second = axes[:, :, 0], axes[:, :, 1]
    skew = (first[:, :2] * second[:, :2]).sum(axis=1), first[:, 2] * second[:, 2]
    stretch = (
        (first[:, :2] ** 2 - second[:, :2] ** 2).sum(axis=1) / 2,
        (first[:, 2] ** 2 - second[:, 2] ** 2) / 2,
    )
    least = (MOST_FOCAL * camera.long_side_px) ** -2
    most = (LEAST_FOCAL * camera.long_side_px) ** -2
    with np.errstate(divide="ignore", invalid="ignore"):
        best = -(skew[0] * skew[1] + stretch[0] * stretch[1]) / (skew[0] ** 2 + stretch[0] ** 2)
    inverse_focal = np.sqrt(np.clip(np.nan_to_num(best, nan=least), least, most))
    axes[:, :2] *= inverse_focal[:, None, None]
    return axes


def signed_areas(quads_px: Array) -> NDArray[np.float64]:
    """``(B,)`` areas, positive for quads that run clockwise on the screen."""
    x, y = quads_px[..., 0], quads_px[..., 1]
    following_x, following_y = np.roll(x, -1, axis=-1), np.roll(y, -1, axis=-1)
    result: NDArray[np.float64] = (x * following_y - following_x * y).sum(axis=-1) / 2
    return result
