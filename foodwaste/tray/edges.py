"""Edges of a small picture: where brightness or colour changes, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.geometry import Camera
from foodwaste.tray.view import View

#: Edge directions are told apart in this many bins over 180 degrees.
DIRECTION_BINS = 8
#: An edge this far from where it should be counts as missing.
REACH_PX = 3.0
#: What evidence loses from a pixel to the one beside it and to the one at its corner: distances
#: 0.955 and 1.3693 (Borgefors 1986, as in OpenCV's 3 x 3 distance transform), of 255 over the
#: reach.
_STEP, _CORNER_STEP = 81, 116
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_SQUARE = np.ones((3, 3), np.uint8)
#: Neighbourhood over which chance agreement with texture is measured.
_DENSITY_PX = 25
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
        camera: the usual camera in the same pixels.
        xy: ``(N, 2) float32`` edge pixels, x and y.
        angle: ``(N,) float32``, direction of the edge's normal, radians in 0..pi.
        evidence: ``(DIRECTION_BINS * H, W) float32``, one layer for each direction of the
            normal, one below the other: 255 on an edge of that direction (or one bin beside),
            falling to 0 at ``REACH_PX``, less the mean of the neighbourhood. A contour among
            food texture gets no credit for the texture.
        thin: ``(DIRECTION_BINS * H, W) uint8``, 255 on the edges of each layer.
    """

    shape: tuple[int, int]
    camera: Camera
    xy: NDArray[np.float32]
    angle: NDArray[np.float32]
    evidence: NDArray[np.float32]
    thin: NDArray[np.uint8]


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


def find_edges(view: View) -> EdgeMap:
    """Finds thin edges that stand out from their neighbourhood.

    Derivatives are divided by their local mean first, so that the faint wells of a white tray
    count as much as the outline of dark food.
    """
    dx, dy = gradients(view.rgb)
    strength = cv2.magnitude(dx.astype(np.float32), dy.astype(np.float32))
    local = cv2.blur(strength, (_NEIGHBOURHOOD_PX, _NEIGHBOURHOOD_PX))
    scale = 256.0 / (local + _NOISE_FLOOR)
    relative_x = cv2.multiply(dx, scale, dtype=cv2.CV_16S)
    relative_y = cv2.multiply(dy, scale, dtype=cv2.CV_16S)
    thin = cv2.Canny(relative_x, relative_y, _WEAK, _STRONG, L2gradient=True)
    rows, columns = np.nonzero(thin)
    angle = np.arctan2(dy[rows, columns], dx[rows, columns]).astype(np.float32) % np.float32(np.pi)
    xy = np.stack([columns, rows], axis=1).astype(np.float32)
    layers = _layers(thin.shape, rows, columns, angle)
    flat = layers.reshape(-1, thin.shape[1])
    return EdgeMap(view.shape, view.camera, xy, angle, _evidence(layers), flat)


def _layers(
    shape: tuple[int, int],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    angle: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """``(DIRECTION_BINS, H, W)``: edges by direction, each in its own bin and its neighbours."""
    bins = np.rint(angle * (DIRECTION_BINS / np.pi)).astype(np.intp) % DIRECTION_BINS
    layers = np.zeros((DIRECTION_BINS, *shape), np.uint8)
    for turn in (-1, 0, 1):
        layers[(bins + turn) % DIRECTION_BINS, rows, columns] = 255
    return layers


def _evidence(layers: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Edges spread by brightest neighbours, in bytes: half the time of a distance transform."""
    box = (_DENSITY_PX, _DENSITY_PX)
    count, height, width = layers.shape
    evidence = np.empty((count, height, width), np.float32)
    beside, corner = np.empty((height, width), np.uint8), np.empty((height, width), np.uint8)
    for own, layer in zip(evidence, layers, strict=True):
        spread = layer.copy()
        for step in range(int(REACH_PX)):
            cv2.dilate(spread, _CROSS, dst=beside)
            cv2.subtract(beside, _STEP, dst=beside)
            # After two steps a third one over a corner would lead beyond the reach.
            if step < 2:
                cv2.dilate(spread, _SQUARE, dst=corner)
                cv2.subtract(corner, _CORNER_STEP, dst=corner)
                cv2.max(beside, corner, dst=beside)
            cv2.max(spread, beside, dst=spread)
        mean = cv2.boxFilter(spread, cv2.CV_32F, box)
        cv2.subtract(spread, mean, dst=own, dtype=cv2.CV_32F)
    return evidence.reshape(-1, width)


def layer_of(normals: NDArray[np.floating]) -> NDArray[np.floating]:
    """``(...)`` index of the evidence layer for unit normals ``(..., 2)``, as a float."""
    # OpenCV's arc tangent is six times as fast as NumPy's and good to 0.3 degrees, of bins of 22.
    x, y = np.ascontiguousarray(normals[..., 0]), np.ascontiguousarray(normals[..., 1])
    turns = np.reshape(cv2.phase(x.reshape(1, -1), y.reshape(1, -1)), x.shape)
    scale = turns.dtype.type(DIRECTION_BINS / np.pi)
    return np.asarray(np.mod(np.rint(turns * scale), turns.dtype.type(DIRECTION_BINS)))
