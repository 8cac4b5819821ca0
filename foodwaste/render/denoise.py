"""Takes the sampling noise out of a render, along what is known of its geometry.

Radiance is divided by the reflectance of what each pixel shows, so that texture is no part of
what gets smoothed; the rest is averaged between pixels of the same class with nearly the same
normal, in three passes of growing reach (the a-trous wavelet of Dammertz et al., HPG 2010,
without its colour term: at a few samples colour is mostly noise).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.render.grid import Array

#: Squared difference of normals at which two pixels count as different surfaces. Steel mirrors:
#: its radiance turns twice as fast as its normal, so it is told apart sooner.
_NORMAL_SCALE = np.array([0.03, 0.006, 0.02, 0.05], np.float32)
#: Passes with 3x3 taps at these strides, pixels.
_STRIDES = (1, 2, 4)
#: Guide units for each unit of log radiance: a step of a sixth halves the weight twice.
_PICTURE_SCALE = 6.0
#: The same for what a liquid mirrors: lamps are several times as bright as broth.
_MIRROR_SCALE = 1.5


@dataclass(frozen=True)
class Features:
    """What each pixel shows, all ``(H, W)``.

    Attributes:
        albedo: ``(H, W, 3)`` reflectance, linear.
        normal: ``(H, W, 3)`` unit normals.
        group: uint8; 0 covered by something matt, 1 bare tray, 2 liquid, 3 table and the rest.
    """

    albedo: Array
    normal: Array
    group: NDArray[np.uint8]


def despeckle(radiance: Array) -> Array:
    """Replaces single pixels far brighter than their neighbours (fireflies)."""
    grey = radiance.mean(-1)
    middle = cv2.medianBlur(grey.astype(np.float32), 5)
    hot = grey > 2.2 * middle + 0.05 * float(np.median(grey))
    if not hot.any():
        return radiance
    calm = np.stack(
        [cv2.medianBlur(np.ascontiguousarray(radiance[..., c]), 5) for c in range(3)], -1
    )
    return np.where(hot[..., None], calm, radiance).astype(np.float32)


def denoise(radiance: Array, features: Features, passes: int = 3) -> Array:
    """``(H, W, 3)`` smoothed radiance."""
    # A pixel averages what it covers, so a mixed border pixel must not be divided by one side's
    # reflectance alone.
    albedo = np.maximum(cv2.GaussianBlur(features.albedo, (0, 0), 0.5), 0.04)
    light = np.asarray(despeckle(radiance) / albedo, np.float32)
    guide = features.normal / np.sqrt(_NORMAL_SCALE)[features.group][..., None]
    # What is not on the tray has no known geometry: there the picture itself, lightly blurred,
    # says where one thing ends and the next begins.
    other = features.group == 3
    seen = np.log(cv2.GaussianBlur(light, (0, 0), 2.0) + 1e-3)
    guide[other] = _PICTURE_SCALE * seen[other]
    mirrored = _MIRROR_SCALE * np.log(cv2.GaussianBlur(light, (0, 0), 0.8).mean(-1) + 0.05)
    mirrored[features.group != 2] = 0.0
    # A class of its own lies far away on a fourth axis, and what a liquid mirrors on a fifth: it is
    # flat, so by normals alone a lamp in it would run out into the broth.
    guide = np.concatenate([guide, 4.0 * features.group[..., None], mirrored[..., None]], -1)
    for stride in _STRIDES[:passes]:
        light = _pass(light, np.asarray(guide, np.float32), stride)
    return np.asarray(light * albedo, np.float32)


def _pass(light: Array, guide: Array, stride: int) -> Array:
    total = light.copy()
    weight = np.ones(light.shape[:2], np.float32)
    for dy, dx, kernel in ((0, 1, 0.5), (1, 0, 0.5), (1, 1, 0.25), (1, -1, 0.25)):
        near, far = _pair(light.shape[0], light.shape[1], dy * stride, dx * stride)
        gap = guide[near] - guide[far]
        w = np.exp(-np.einsum("ijk,ijk->ij", gap, gap)) * np.float32(kernel)
        total[near] += w[..., None] * light[far]
        total[far] += w[..., None] * light[near]
        weight[near] += w
        weight[far] += w
    return np.asarray(total / weight[..., None], np.float32)


def _pair(
    rows: int, columns: int, dy: int, dx: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    if dx >= 0:
        return (slice(0, rows - dy), slice(0, columns - dx)), (slice(dy, rows), slice(dx, columns))
    return (slice(0, rows - dy), slice(-dx, columns)), (slice(dy, rows), slice(0, columns + dx))
