"""Edges of a small picture: where brightness or colour changes, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: Longest side of the picture in which a tray is searched for. At 400 px a tray that fills
#: the picture has about 1 px per mm: its rim and wells are resolved, food texture is not.
SEARCH_SIDE_PX = 400
#: Edge directions are told apart in this many bins over 180 degrees.
DIRECTION_BINS = 8
#: Contrast is judged against the mean over this many pixels (about 2 cm of tray).
_NEIGHBOURHOOD_PX = 21
#: Added to the local mean, in grey levels of the Sobel derivative: keeps the grain of an even
#: table (median 17-50) from being raised to edges.
_NOISE_FLOOR = 24.0
#: Hysteresis thresholds of the relative derivative, 256 = the local mean plus the floor.
_WEAK, _STRONG = 205, 410


@dataclass(frozen=True)
class EdgeMap:
    """Thin edges of a picture.

    Attributes:
        shape: ``(height, width)`` of the picture.
        xy: ``(N, 2) float32`` edge pixels, x and y.
        angle: ``(N,) float32``, direction of the edge's normal, radians in 0..pi.
        distance: ``(DIRECTION_BINS, H, W) float32``: distance in px to the next edge whose
            normal lies in that bin or beside it.
    """

    shape: tuple[int, int]
    xy: NDArray[np.float32]
    angle: NDArray[np.float32]
    distance: NDArray[np.float32]


def shrink(rgb: NDArray[np.uint8], side_px: int) -> tuple[NDArray[np.uint8], int]:
    """Averages blocks of ``factor * factor`` pixels so that no side is over ``side_px``.

    A whole factor costs a twentieth of a fractional one (1600 -> 400 px: 0.5 ms and 11 ms).

    Returns:
        The smaller picture, and the factor; pixel ``x`` of it is centred on
        ``factor * x + (factor - 1) / 2`` of the original.
    """
    height, width = rgb.shape[:2]
    factor = max(1, -(-max(height, width) // side_px))
    if factor == 1:
        return rgb, 1
    small_height, small_width = max(1, height // factor), max(1, width // factor)
    whole = rgb[: small_height * factor, : small_width * factor]
    small = cv2.resize(whole, (small_width, small_height), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False), factor


def gradients(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """``(H, W) int16`` x and y derivatives of whichever colour channel changes most.

    White on light wood differs in blue only, steel in brightness: the strongest channel sees
    both.
    """
    soft = cv2.GaussianBlur(rgb, (3, 3), 0)
    dx, dy = cv2.Sobel(soft, cv2.CV_16S, 1, 0), cv2.Sobel(soft, cv2.CV_16S, 0, 1)
    best_x, best_y = dx[..., 0].copy(), dy[..., 0].copy()
    strength = cv2.absdiff(best_x, 0) + cv2.absdiff(best_y, 0)
    for channel in (1, 2):
        x, y = dx[..., channel], dy[..., channel]
        other = np.abs(x) + np.abs(y)
        stronger = (other > strength).view(np.uint8)
        cv2.copyTo(x, stronger, best_x)
        cv2.copyTo(y, stronger, best_y)
        cv2.copyTo(other, stronger, strength)
    return best_x, best_y


def find_edges(rgb: NDArray[np.uint8]) -> EdgeMap:
    """Finds thin edges that stand out from their neighbourhood.

    Derivatives are divided by their local mean first, so that the faint wells of a white tray
    count as much as the outline of dark food.
    """
    dx, dy = gradients(rgb)
    strength = cv2.magnitude(dx.astype(np.float32), dy.astype(np.float32))
    local = cv2.blur(strength, (_NEIGHBOURHOOD_PX, _NEIGHBOURHOOD_PX))
    scale = 256.0 / (local + _NOISE_FLOOR)
    relative_x = cv2.multiply(dx, scale, dtype=cv2.CV_16S)
    relative_y = cv2.multiply(dy, scale, dtype=cv2.CV_16S)
    thin = cv2.Canny(relative_x, relative_y, _WEAK, _STRONG, L2gradient=True)
    rows, columns = np.nonzero(thin)
    angle = np.arctan2(dy[rows, columns], dx[rows, columns]).astype(np.float32) % np.float32(np.pi)
    xy = np.stack([columns, rows], axis=1).astype(np.float32)
    return EdgeMap(thin.shape, xy, angle, _distances(thin.shape, rows, columns, angle))


def _distances(
    shape: tuple[int, int],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    angle: NDArray[np.float32],
) -> NDArray[np.float32]:
    bins = np.rint(angle * (DIRECTION_BINS / np.pi)).astype(np.intp) % DIRECTION_BINS
    blank = np.full((DIRECTION_BINS, *shape), 255, np.uint8)
    for turn in (-1, 0, 1):
        blank[(bins + turn) % DIRECTION_BINS, rows, columns] = 0
    return np.stack([cv2.distanceTransform(layer, cv2.DIST_L2, 3) for layer in blank])
