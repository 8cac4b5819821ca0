"""Edges of an empty tray from straight above, faint ones too: the rims and floors of its wells.

The locator's edges (edges.py) are on or off, which suits a known layout. Here a well's side is
long and straight while the noise on it is not: derivatives are averaged along each direction
first, so that the faint rim of a white tray stands out of the grain, and they keep their strength.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import DIRECTION_BINS, gradients

Strengths = NDArray[np.float32]

#: Scale at which wells are searched, px per mm: ridges between wells are 6 mm wide and more.
#: Sizes in pixels below belong to it.
PX_PER_MM = 1.6
#: Averaging along an edge and across it, px, one standard deviation: rims are straight or bent
#: by radii of 6 mm and more.
_ALONG_PX, _ACROSS_PX, _KERNEL_PX = 5.0, 0.7, 19
#: Bilateral smoothing first: spatial and grey-level standard deviation. Takes grain, leaves rims.
_SMOOTH_PX, _SMOOTH_GREY = 5.0, 25.0
#: Strength is judged against the mean over this many pixels (26 mm) and this floor, in grey
#: levels of the Sobel derivative.
_NEIGHBOURHOOD_PX, _NOISE_FLOOR = 41, 6.0
#: Relative strengths that count as nothing and as all.
_NOTHING, _ALL = 0.25, 1.5
#: An edge belongs to a direction when that one answers with this share of the strongest.
_OWN_SHARE = 0.7
#: Share of the neighbourhood's mean that is taken off: texture gets no credit.
_CHANCE = 0.7


def wall_edges(rgb: NDArray[np.uint8]) -> Strengths:
    """``(DIRECTION_BINS, H, W) float32``: strength 0..1 of one-pixel-wide edges.

    Args:
        rgb: ``(H, W, 3) uint8``, the tray from above at :data:`PX_PER_MM`.
    """
    smooth = cv2.bilateralFilter(rgb, 7, _SMOOTH_GREY, _SMOOTH_PX)
    dx, dy = (part.astype(np.float32) for part in gradients(np.asarray(smooth, np.uint8)))
    angles = np.arange(DIRECTION_BINS) * np.pi / DIRECTION_BINS
    answers = np.stack(
        [
            np.abs(cv2.filter2D(dx * np.cos(angle) + dy * np.sin(angle), -1, _kernel(angle)))
            for angle in angles
        ]
    )
    strongest = answers.max(axis=0)
    relative = answers / (cv2.blur(strongest, (_NEIGHBOURHOOD_PX,) * 2) + _NOISE_FLOOR)
    own = answers >= _OWN_SHARE * strongest
    strength = np.clip((relative - _NOTHING) / (_ALL - _NOTHING), 0.0, 1.0)
    peaks = np.stack([_is_peak(layer, angle) for layer, angle in zip(answers, angles, strict=True)])
    return np.asarray(strength * own * peaks, np.float32)


def spread(edges: Strengths, reach_px: int, *, less_chance: bool = True) -> Strengths:
    """Edges widened, falling to 0 beyond ``reach_px``, less what their neighbourhood has."""
    square = np.ones((3, 3), np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    wide = []
    for layer in edges:
        best, grown = layer.copy(), layer
        for step in range(1, reach_px + 1):
            # Squares and crosses in turn grow an octagon, nearly a disc.
            grown = np.asarray(cv2.dilate(grown, square if step % 2 else cross), np.float32)
            best = np.maximum(best, grown * np.float32(1 - step / (reach_px + 1)))
        if less_chance:
            best -= _CHANCE * cv2.blur(best, (_NEIGHBOURHOOD_PX,) * 2)
        wide.append(best)
    return np.stack(wide)


def _kernel(angle: float) -> NDArray[np.float32]:
    """Gaussian that is long at right angles to the normal's direction."""
    half = _KERNEL_PX // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    across, along = (
        x * np.cos(angle) + y * np.sin(angle),
        y * np.cos(angle) - x * np.sin(angle),
    )
    kernel = np.exp(-0.5 * (along / _ALONG_PX) ** 2 - 0.5 * (across / _ACROSS_PX) ** 2)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _is_peak(layer: Strengths, angle: float) -> NDArray[np.bool_]:
    """Where no pixel within two along the normal answers more."""
    height, width = layer.shape
    peak = np.ones(layer.shape, bool)
    for step in (-2, -1, 1, 2):
        move = np.array([[1, 0, step * np.cos(angle)], [0, 1, step * np.sin(angle)]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        beside = cv2.warpAffine(
            layer, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        peak &= layer >= beside
    return peak
