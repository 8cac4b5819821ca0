"""The tray as seen from straight above, in one anti-aliased warp."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Frame
from foodwaste.tray.geometry import homographies_from_quads, project
from foodwaste.tray.types import RectifiedTray, TrayLocation


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
    width, height = frame.layout.width_mm, frame.layout.height_mm
    corners_mm = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    rescale = rgb.shape[1] / location.image_size_px[0]
    corners = (location.corners_px + 0.5) * rescale - 0.5
    mm_to_photo = homographies_from_quads(corners_mm, corners[None])[0]
    px_to_photo = mm_to_photo @ np.linalg.inv(frame.mm_to_px)

    region, origin, factor = _reduced_region(rgb, px_to_photo, frame)
    # Pixel x of the region is centred on factor * (x + 0.5) - 0.5 + origin of the photograph.
    to_region = np.array(
        [
            [1 / factor, 0.0, (0.5 - origin[0]) / factor - 0.5],
            [0.0, 1 / factor, (0.5 - origin[1]) / factor - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )
    size = (frame.shape[1], frame.shape[0])
    warped = cv2.warpPerspective(
        region,
        to_region @ px_to_photo,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    to_location = np.array(
        [
            [1 / rescale, 0.0, 0.5 / rescale - 0.5],
            [0.0, 1 / rescale, 0.5 / rescale - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )
    homography = to_location @ mm_to_photo
    return RectifiedTray(
        rgb=warped.astype(np.uint8, copy=False),
        valid=_in_view(px_to_photo, rgb.shape[:2], frame.shape),
        frame=frame,
        homography=homography / homography[2, 2],
        location=location,
    )


def _reduced_region(
    rgb: NDArray[np.uint8], px_to_photo: NDArray[np.float64], frame: Frame
) -> tuple[NDArray[np.uint8], tuple[int, int], int]:
    """The part of the photograph that the frame sees, averaged by a whole factor.

    The factor is the largest that leaves every spot at least as fine as the frame.
    """
    rows, columns = frame.shape
    spots = np.array(
        [[x, y] for y in (0, rows / 2, rows - 1) for x in (0, columns / 2, columns - 1)]
    )
    here = project(px_to_photo[None], spots)[0]
    right = project(px_to_photo[None], spots + np.array([1.0, 0.0]))[0] - here
    down = project(px_to_photo[None], spots + np.array([0.0, 1.0]))[0] - here
    finest = np.sqrt(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]).min())
    factor = max(1, int(finest + 0.15))
    height, width = rgb.shape[:2]
    low = np.floor(here.min(axis=0) - 2 * factor).astype(int)
    high = np.ceil(here.max(axis=0) + 2 * factor).astype(int) + 1
    x0, y0 = (int(v) for v in np.clip(low, 0, [max(0, width - factor), max(0, height - factor)]))
    x1, y1 = (int(v) for v in np.clip(high, [x0 + 1, y0 + 1], [width, height]))
    region = rgb[y0:y1, x0:x1]
    if factor == 1:
        return region, (x0, y0), 1
    small = (max(1, (x1 - x0) // factor), max(1, (y1 - y0) // factor))
    whole = region[: small[1] * factor, : small[0] * factor]
    reduced = cv2.resize(whole, small, interpolation=cv2.INTER_AREA)
    return reduced.astype(np.uint8, copy=False), (x0, y0), factor


def _in_view(
    px_to_photo: NDArray[np.float64], photo: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Where the frame's pixels fall inside the photograph."""
    height, width = photo
    x, y = np.arange(shape[1]), np.arange(shape[0])[:, None]
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in px_to_photo)
    inside = (
        (u >= -0.5 * w) & (u <= (width - 0.5) * w) & (v >= -0.5 * w) & (v <= (height - 0.5) * w)
    )
    result: NDArray[np.bool_] = inside & (w > 0)
    return result
