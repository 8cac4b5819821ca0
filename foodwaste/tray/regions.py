"""Quadrilaterals around what does not have the table's colours.

The table is learnt from the border of the picture as a histogram, as in back-projection (Swain &
Ballard 1991): checks, grain and stone are as good as an even table, where lines drown in texture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Width of the border that is taken for table, share of the picture's shorter side.
_BORDER = 0.07
#: Lab bins: lightness changes over a table by shading, so it is binned coarsely.
_BINS = (12, 32, 32)
#: A colour counts as table when it is at least this much as frequent on the border as overall.
_TABLE_SHARES = (0.25, 0.6)
#: Openings that cut off chopsticks and cups leaning on the tray, share of the shorter side.
_OPENINGS = (0.02, 0.10)
#: A tray covers at least this share of the picture.
_SMALLEST_AREA = 0.06


def quads_from_regions(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """``(Q, 4, 2)`` corners around regions that stand out from the table, clockwise.

    Args:
        rgb: ``(H, W, 3) uint8``, the search picture.
    """
    half = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    height, width = half.shape[:2]
    if min(height, width) < 32:
        return np.zeros((0, 4, 2))
    table = _table_likeness(half)
    short = min(height, width)
    quads = []
    for share in _TABLE_SHARES:
        mask = (table < share).astype(np.uint8)
        for opening in _OPENINGS:
            size = 2 * round(opening * short / 2) + 1
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
            closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
            opened = cv2.morphologyEx(_filled(closed), cv2.MORPH_OPEN, kernel)
            quads += _quads_of_mask(opened)
    if not quads:
        return np.zeros((0, 4, 2))
    # Pixel x of the half picture is centred on 2 x + 0.5.
    return 2.0 * np.stack(quads) + 0.5


def _table_likeness(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How frequent each pixel's colour is on the border, relative to the whole picture."""
    lab = cv2.cvtColor(cv2.GaussianBlur(rgb, (3, 3), 0), cv2.COLOR_RGB2Lab)
    height, width = rgb.shape[:2]
    margin = max(2, round(_BORDER * min(height, width)))
    border = np.full((height, width), 255, np.uint8)
    border[margin:-margin, margin:-margin] = 0
    index = np.zeros((height, width), np.intp)
    for channel, bins in enumerate(_BINS):
        index = index * bins + lab[..., channel].astype(np.intp) * bins // 256
    count = int(np.prod(_BINS))
    overall = np.bincount(index.ravel(), minlength=count).astype(np.float32)
    outside = np.bincount(index[border > 0], minlength=count).astype(np.float32)
    overall, outside = (_smooth(table.reshape(_BINS)) for table in (overall, outside))
    ratio = (outside / outside.sum()) / np.maximum(overall / overall.sum(), 1e-9)
    likeness = ratio.reshape(-1)[index].astype(np.float32)
    return np.asarray(cv2.GaussianBlur(np.minimum(likeness, 1.5), (0, 0), 1.5), np.float32)


def _smooth(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Spreads a 3-D histogram to the neighbouring bins."""
    for axis in range(3):
        size = table.shape[axis]
        flat = np.moveaxis(table, axis, 0).reshape(size, -1)
        flat = cv2.filter2D(flat, -1, np.array([[1], [2], [1]]) / 4, borderType=cv2.BORDER_CONSTANT)
        shape = np.moveaxis(table, axis, 0).shape
        table = np.moveaxis(flat.reshape(shape), 0, axis)
    return table


def _filled(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    return filled


def _quads_of_mask(mask: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    quads = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
        if cv2.contourArea(contour) < _SMALLEST_AREA * mask.size:
            break
        quad = _fitted_quad(contour[:, 0].astype(np.float64))
        if quad is not None:
            quads.append(quad)
    return quads


def _fitted_quad(contour: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The four lines that run along a contour's sides, crossed."""
    hull = cv2.convexHull(contour.astype(np.float32))
    box = cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float64)
    x, y = box.T
    if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() < 0:
        box = box[::-1]
    lines = []
    for start, end in zip(box, np.roll(box, -1, axis=0), strict=True):
        along = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
        inwards = np.array([-along[1], along[0]])
        t = (contour - start) @ along / max(1e-6, float(np.linalg.norm(end - start)))
        depth = (contour - start) @ inwards
        reach = 0.2 * min(np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[2] - box[1]))
        near = (t > 0.15) & (t < 0.85) & (depth < reach)
        if near.sum() < 8:
            return None
        dx, dy, px, py = cv2.fitLine(
            contour[near].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01
        ).ravel()
        lines.append(np.array([-dy, dx, dy * px - dx * py], np.float64))
    corners = []
    for index in range(4):
        crossing = np.cross(lines[index - 1], lines[index])
        if abs(crossing[2]) < 1e-6:
            return None
        corners.append(crossing[:2] / crossing[2])
    quad = np.stack(corners)
    if np.abs(quad - box).max() > 0.35 * np.linalg.norm(box[2] - box[0]):
        return None
    return quad
