"""What a food in a box looks like, in numbers made by hand: colour, texture, outline and size.

Nothing here was learned, so nothing can have seen the photographs that it describes.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.evaluate.weighed_food import Shot
from foodwaste.imaging import load
from foodwaste.quantity.outline import outline

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: The plate or its glint is the picture's brightest twentieth; a night picture has no white.
_WHITE_PERCENTILE = 95.0
_LEAST_WHITE = 60.0
_WHITE = 245.0
_COLOUR_PERCENTILES = (10.0, 25.0, 50.0, 75.0, 90.0)
#: Blur of the two region covariances and shrinking of the three local binary patterns, pixels.
_BLURS_PX = (0.7, 3.0)
_SHRINKS = (1, 2, 4)
#: Grey levels by which a neighbour must be brighter: less is noise of the sensor.
_LBP_STEP = 2.0
_HARMONICS = 8


def looks(shots: Sequence[Shot]) -> Values:
    """Colour, texture, outline and size of each marked food, ``(N, 156)``.

    Sizes are logs of millimetres and square millimetres. A photograph without a coin is taken
    to be as far away as the median one.

    Raises:
        ValueError: no photograph has a coin, or one has no box of its food.
    """
    scales = [
        shot.box_mm[0] / (shot.box_px[2] - shot.box_px[0])
        for shot in shots
        if shot.box_mm is not None and shot.box_px is not None
    ]
    if not scales:
        raise ValueError("no photograph has a coin to measure by")
    usual = float(np.median(scales))
    rows = []
    for shot in shots:
        if shot.box_px is None:
            raise ValueError(f"{shot.image.name}: no box of its food")
        width_px = shot.box_px[2] - shot.box_px[0]
        mm_per_px = usual if shot.box_mm is None else shot.box_mm[0] / width_px
        rows.append(look(load(shot.image).rgb, shot.box_px, mm_per_px))
    return np.stack(rows)


def look(
    rgb: NDArray[np.uint8], box_px: tuple[float, float, float, float], mm_per_px: float
) -> Values:
    """Describes the food in a box of ``(H, W, 3) uint8`` RGB, ``(156,)``.

    Args:
        rgb: the whole picture: its brightest parts tell the light.
        box_px: left, top, right, bottom.
        mm_per_px: at the food.
    """
    outlined = outline(rgb, box_px)
    crop, food, scale = outlined.rgb, outlined.food, outlined.scale
    white = np.percentile(rgb.reshape(-1, 3), _WHITE_PERCENTILE, axis=0)
    gains = _WHITE / np.maximum(white, _LEAST_WHITE)
    balanced = np.clip(crop * gains, 0.0, 255.0).astype(np.uint8)
    parts = [_colour(crop, food), _colour(balanced, food)]
    parts += [_covariance(balanced, food, blur) for blur in _BLURS_PX]
    parts += [_binary_patterns(crop, food), _shape(food, mm_per_px / scale)]
    width, height = box_px[2] - box_px[0], box_px[3] - box_px[1]
    parts.append(np.log([width * mm_per_px, height * mm_per_px, width / height]))
    return np.concatenate(parts)


def _lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _colour(rgb: NDArray[np.uint8], food: Mask) -> Values:
    """Percentiles of L, a, b; their spreads, chroma, hue and how L goes with a, a with b."""
    lab = _lab(rgb)[food].astype(np.float64)
    spreads = lab.std(axis=0)
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.arctan2(lab[:, 2], lab[:, 1])
    centred = (lab - lab.mean(axis=0)) / (spreads + 1e-3)
    together = [(centred[:, 0] * centred[:, 1]).mean(), (centred[:, 1] * centred[:, 2]).mean()]
    rest = [chroma.mean(), chroma.std(), np.cos(hue).mean(), np.sin(hue).mean()]
    return np.concatenate(
        [np.percentile(lab, _COLOUR_PERCENTILES, axis=0).ravel(), spreads, rest, together]
    )


def _covariance(rgb: NDArray[np.uint8], food: Mask, blur_px: float) -> Values:
    """Covariance over the food of colour, slopes, curvature and distance to the middle.

    The region covariance of Tuzel, Porikli & Meer (2006), made a vector by its logarithm
    (Arsigny et al. 2007).
    """
    # Scaled so that no channel is lost in the floor that keeps the logarithm finite.
    lab = cv2.GaussianBlur(_lab(rgb), (0, 0), blur_px) / 20.0
    slopes = [
        np.hypot(cv2.Sobel(each, cv2.CV_32F, 1, 0), cv2.Sobel(each, cv2.CV_32F, 0, 1))
        for each in cv2.split(lab)
    ]
    curvature = 4.0 * np.abs(cv2.Laplacian(np.ascontiguousarray(lab[..., 0]), cv2.CV_32F))
    rows, columns = np.nonzero(food)
    radius = np.hypot(rows - rows.mean(), columns - columns.mean()) / np.sqrt(len(rows) / np.pi)
    seen = [*lab[food].T, slopes[0][food], (slopes[1] + slopes[2])[food], curvature[food], radius]
    values, vectors = np.linalg.eigh(np.cov(np.stack(seen)) + 1e-3 * np.eye(len(seen)))
    logarithm = (vectors * np.log(values)) @ vectors.T
    upper = np.triu_indices(len(seen))
    # Off the diagonal each value stands for two: so scaled, distances are those of the matrices.
    result: Values = logarithm[upper] * np.where(upper[0] == upper[1], 1.0, np.sqrt(2.0))
    return result


def _binary_patterns(rgb: NDArray[np.uint8], food: Mask) -> Values:
    """Rotation-invariant uniform patterns (Ojala et al. 2002) at three scales, as root shares."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    core = cv2.erode(food.astype(np.uint8), np.ones((5, 5), np.uint8))
    core = core if core.sum() >= 50 else food.astype(np.uint8)
    found = []
    for shrink in _SHRINKS:
        size = (max(3, grey.shape[1] // shrink), max(3, grey.shape[0] // shrink))
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        within = cv2.resize(core, size, interpolation=cv2.INTER_NEAREST)[1:-1, 1:-1] > 0
        high, wide = small.shape
        around = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
        ring = np.stack([small[a : high - 2 + a, b : wide - 2 + b] for a, b in around])
        brighter = ring >= small[1:-1, 1:-1] + _LBP_STEP
        changes = (brighter != np.roll(brighter, 1, axis=0)).sum(axis=0)
        pattern = np.where(changes <= 2, brighter.sum(axis=0), 9)[within]
        counts = np.bincount(pattern, minlength=10)
        found.append(np.sqrt(counts / max(1, counts.sum())))
    return np.concatenate(found)


def _shape(food: Mask, mm_per_px: float) -> Values:
    """Area, sides, fullness and roundness of the outline; Hu's moments; Fourier's harmonics."""
    picture = food.astype(np.uint8)
    pieces, _ = cv2.findContours(picture, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(pieces, key=cv2.contourArea)
    hull = cv2.convexHull(contour)
    area, hull_area = (max(1.0, cv2.contourArea(each)) for each in (contour, hull))
    around, hull_around = (max(1.0, cv2.arcLength(each, True)) for each in (contour, hull))
    sides = cv2.minAreaRect(contour)[1]
    long, short = max(sides) + 1.0, min(sides) + 1.0
    sizes = np.log([area * mm_per_px**2, long * mm_per_px, short * mm_per_px, long / short])
    fullness = [
        area / hull_area,
        area / (long * short),
        4 * np.pi * area / around**2,
        hull_around / around,
    ]
    moments = cv2.HuMoments(cv2.moments(picture, binaryImage=True)).ravel()[:3]
    middle = np.argwhere(food).mean(axis=0)[::-1]
    spokes = contour[:, 0, :] - middle
    angles, radii = np.arctan2(spokes[:, 1], spokes[:, 0]), np.hypot(spokes[:, 0], spokes[:, 1])
    even = np.interp(
        np.linspace(-np.pi, np.pi, 64, endpoint=False), angles, radii, period=2 * np.pi
    )
    harmonics = np.abs(np.fft.rfft(even / even.mean()))[1 : 1 + _HARMONICS] / len(even)
    # Logs, as these fall off by powers of ten from an aubergine to a ball.
    bends = [np.log10(np.abs(moments) + 1e-6), np.log(harmonics + 0.005)]
    return np.concatenate([sizes, fullness, *bends])
