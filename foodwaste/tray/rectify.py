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
    frame_to_photo = _frame_to_photo(location, frame, rgb.shape[1])
    fewest, around = _sampling(frame_to_photo, frame.shape)
    # The largest factor that leaves every spot at least about as fine as the frame.
    factor = max(1, int(fewest + 0.15))
    margin = 2.0 * factor
    view = region_view(rgb, np.concatenate([around - margin, around + margin + 1]), factor)
    warped = cv2.warpPerspective(
        view.rgb,
        view.from_photo @ frame_to_photo,
        (frame.shape[1], frame.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    width, height = frame.layout.width_mm, frame.layout.height_mm
    found_in = homographies_from_quads(width, height, location.corners_px[None])[0]
    return RectifiedTray(
        rgb=warped.astype(np.uint8, copy=False),
        valid=_in_view(frame_to_photo, rgb.shape[:2], frame.shape),
        frame=frame,
        homography=found_in,
        location=location,
    )


def resolution(location: TrayLocation, frame: Frame) -> float:
    """Pixels of the photograph to one of the frame, along a side, where they are fewest."""
    frame_to_photo = _frame_to_photo(location, frame, location.image_size_px[0])
    return _sampling(frame_to_photo, frame.shape)[0]


def _frame_to_photo(
    location: TrayLocation, frame: Frame, photo_width_px: int
) -> NDArray[np.float64]:
    rescale = photo_width_px / location.image_size_px[0]
    corners = (location.corners_px + 0.5) * rescale - 0.5
    width, height = frame.layout.width_mm, frame.layout.height_mm
    mm_to_photo = homographies_from_quads(width, height, corners[None])[0]
    return np.asarray(mm_to_photo @ np.linalg.inv(frame.mm_to_px), np.float64)


def _sampling(
    frame_to_photo: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[float, NDArray[np.float64]]:
    """Photograph pixels to one of the frame's where they are fewest, and points all round."""
    rows, columns = shape
    spots = np.array(
        [[x, y] for y in (0.0, rows / 2, rows - 1.0) for x in (0.0, columns / 2, columns - 1.0)]
    )
    around = np.concatenate([spots, spots + np.array([1.0, 0.0]), spots + np.array([0.0, 1.0])])
    here, right, down = project(frame_to_photo[None], around)[0].reshape(3, -1, 2)
    right, down = right - here, down - here
    fewest = np.sqrt(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]).min())
    return float(fewest), here


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
