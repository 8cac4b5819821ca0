"""The tray as seen from straight above, in one anti-aliased warp."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Frame
from foodwaste.tray.geometry import homographies_from_quads, project
from foodwaste.tray.types import RectifiedTray, TrayLocation
from foodwaste.tray.view import region_view


def rectify(rgb: NDArray[np.uint8], location: TrayLocation, frame: Frame) -> RectifiedTray:
    """Warps a located tray to its frame.

    A photograph finer than the frame is averaged down first to about the frame's resolution,
    so that the bilinear warp cannot alias.

    Args:
        rgb: ``(H, W, 3) uint8``, the photograph the location was found in, or the same
            photograph at another scale.
        location: the tray's corners.
        frame: the frame of the same layout.
    """
    rescale = rgb.shape[1] / location.image_size_px[0]
    corners = (location.corners_px + 0.5) * rescale - 0.5
    width, height = frame.layout.width_mm, frame.layout.height_mm
    mm_to_photo = homographies_from_quads(width, height, corners[None])[0]
    frame_to_photo = mm_to_photo @ np.linalg.inv(frame.mm_to_px)

    factor, border = _sampling(frame_to_photo, frame.shape)
    view = region_view(rgb, border, factor)
    warped = cv2.warpPerspective(
        view.rgb,
        view.from_photo @ frame_to_photo,
        (frame.shape[1], frame.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    found_in = homographies_from_quads(width, height, location.corners_px[None])[0]
    return RectifiedTray(
        rgb=warped.astype(np.uint8, copy=False),
        valid=_in_view(frame_to_photo, rgb.shape[:2], frame.shape),
        frame=frame,
        homography=found_in,
        location=location,
    )


def _sampling(
    frame_to_photo: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[int, NDArray[np.float64]]:
    """The factor by which the photograph may be reduced, and points around what is needed.

    The factor is the largest that leaves every spot at least about as fine as the frame.
    """
    rows, columns = shape
    spots = np.array(
        [[x, y] for y in (0.0, rows / 2, rows - 1.0) for x in (0.0, columns / 2, columns - 1.0)]
    )
    around = np.concatenate([spots, spots + np.array([1.0, 0.0]), spots + np.array([0.0, 1.0])])
    here, right, down = project(frame_to_photo[None], around)[0].reshape(3, -1, 2)
    right, down = right - here, down - here
    finest = np.sqrt(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]).min())
    factor = max(1, int(finest + 0.15))
    margin = 2.0 * factor
    return factor, np.concatenate([here - margin, here + margin + 1])


def _in_view(
    frame_to_photo: NDArray[np.float64], photo: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Where the frame's pixels fall inside the photograph."""
    height, width = photo
    ends = np.array([[0, 0], [shape[1] - 1, 0], [shape[1] - 1, shape[0] - 1], [0, shape[0] - 1]])
    near = frame_to_photo @ np.concatenate([ends, np.ones((4, 1))], axis=1).T
    corner_x, corner_y = near[:2] / near[2]
    if (
        (near[2] > 0).all()
        and (corner_x.min() >= -0.5 and corner_x.max() <= width - 0.5)
        and (corner_y.min() >= -0.5 and corner_y.max() <= height - 0.5)
    ):
        # Straight lines stay straight: with its four corners all of it is in view.
        return np.ones(shape, np.bool_)
    x, y = np.arange(shape[1]), np.arange(shape[0])[:, None]
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in frame_to_photo)
    right, down = (width - 0.5) * w, (height - 0.5) * w
    across = (w > 0) & (u >= -0.5 * w) & (u <= right)
    return np.asarray(across & (v >= -0.5 * w) & (v <= down), np.bool_)
