"""From inverse depth without a unit to depth in millimetres, by what is known of the tray.

MiDaS answers with inverse depth up to a scale and a shift that differ in every picture
(Ranftl et al. 2020). For a ray that meets the rim plane at depth z0 and a surface of height h,
with the camera H above the rim plane, the true inverse depth is ``1/z = v / z0`` with
``v = H / (H - h)``: 1 on the rim plane, less below it, more above. So ``s = v / w`` is fitted,
where ``w`` is z0 in any unit::

    s = a + b * d + c * x / w + e * y / w

over the pixels whose height is known: rim, walls, bare floors, table. In the rectified picture
``w`` is 1 (its image plane lies parallel to the tray); in the photograph ``w`` is the third row
of the homography. The last two terms are a plane: in both pictures the inverse depth of any
plane is linear in x and y over w, so they take up a tilt that the network misjudged.

A network's answer is blurred. So is the reference before it is compared, by the width that fits
best, and known pixels within two widths of unknown ones are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.frame import Mask

#: Blur widths tried, pixels (standard deviation).
BLURS_PX = (0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
#: A blur has to fit clearly better than a narrower one to be believed.
_BLUR_GAIN = 0.98
#: The fewest known pixels: 2 cm² of tray.
_MIN_PIXELS = 200
#: Known heights must spread by this much around their best plane (standard deviation, mm):
#: with less the scale would be read off noise.
_MIN_SPREAD_MM = 1.0
#: Share of that spread which the fit must explain.
_MIN_EXPLAINED = 0.6
#: Least scale of the robust weights, mm. Without it a large flat part that fits exactly (the
#: table) would make everything else an outlier. Errors beyond 4.685 times the scale count 0.
_SCALE_FLOOR_MM = 0.5
#: Where blurs are compared an error counts at most this much, mm, outliers included.
_ERROR_CAP_MM = 4.0
#: Pixels of a depth map err together; this many count as one independent measurement.
_CORRELATED_PX = 150.0
_ITERATIONS = 12
#: Known pixels used in a fit: every n-th, so that about this many remain. They err in patches.
_FIT_PIXELS = 6000


@dataclass(frozen=True)
class Alignment:
    """A fit of one picture.

    Attributes:
        ratio: ``(H, W) float64``, ``v`` of what is seen (see the module).
        empty_ratio: ``(H, W) float64``, ``v`` of the empty tray under the same blur.
        blur_px: the blur that fitted best.
        residual_mm: robust standard deviation of known heights around the fit.
        explained: share of the known heights' spread that the fit explains, 0..1.
        covariance: ``(4, 4)``, of the coefficients of ``basis``.
        basis: ``(4, H, W) float32``, what the coefficients multiply.
        weight: ``(H, W)``, the ``w`` of the module.
        pixels: how many known pixels the fit used.
    """

    ratio: NDArray[np.float64]
    empty_ratio: NDArray[np.float64]
    blur_px: float
    residual_mm: float
    explained: float
    covariance: NDArray[np.float64]
    basis: NDArray[np.float32]
    weight: NDArray[np.float64]
    pixels: int


@dataclass(frozen=True)
class NoAlignment:
    """Nothing fits: the inverse depth stays relative. ``reason`` says why."""

    reason: str


def align(
    inverse_depth: NDArray[np.float32],
    known_height_mm: NDArray[np.float32],
    known: Mask,
    *,
    camera_height_mm: float,
    weight: NDArray[np.float64] | None = None,
) -> Alignment | NoAlignment:
    """Fits scale, shift and tilt of an inverse depth map, and its blur.

    Args:
        inverse_depth: ``(H, W) float32`` in the tray's frame.
        known_height_mm: ``(H, W) float32``, height of the empty tray over the rim plane.
        known: ``(H, W) bool``, where the empty tray is what is seen.
        camera_height_mm: height of the camera over the rim plane.
        weight: ``(H, W)``, depth of the rim plane in any unit; 1 for a network that saw the
            rectified picture.
    """
    if int(known.sum()) < _MIN_PIXELS:
        return NoAlignment("no part of the tray whose height is known is in view")
    if not np.isfinite(inverse_depth).all() or float(np.ptp(inverse_depth)) == 0.0:
        return NoAlignment("the depth map is flat or not finite")
    w = np.ones(known.shape) if weight is None else weight / float(np.mean(weight[known]))
    basis = _basis(inverse_depth, w)
    empty = (camera_height_mm / (camera_height_mm - known_height_mm.astype(np.float64))) / w
    clear_px = cv2.distanceTransform(known.astype(np.uint8), cv2.DIST_L2, 5)

    best: tuple[float, float, _Fit, NDArray[np.float64]] | None = None
    for blur in BLURS_PX:
        usable = known & (clear_px > 2.0 * blur)
        if int(usable.sum()) < _MIN_PIXELS:
            break
        blurred = _blurred(empty, blur)
        step = 1 + int(usable.sum()) // _FIT_PIXELS
        fit = _robust_fit(
            basis[:, usable][:, ::step], blurred[usable][::step], step, camera_height_mm
        )
        if best is None or fit.misfit < best[0] * _BLUR_GAIN:
            best = (fit.misfit, blur, fit, blurred)
    if best is None:
        return NoAlignment("no part of the tray whose height is known is in view")
    _, blur, fit, blurred = best

    mm = camera_height_mm  # ds of 1 is about H millimetres near the rim plane
    if fit.coefficients[1] <= 0:
        return NoAlignment("what is known to be higher looks farther away")
    if fit.spread * mm < _MIN_SPREAD_MM:
        return NoAlignment("only one height is known in this picture")
    if fit.explained < _MIN_EXPLAINED:
        return NoAlignment(f"the depth map explains {fit.explained:.0%} of the known heights only")
    seen = np.tensordot(fit.coefficients, basis.astype(np.float64), axes=1)
    return Alignment(
        ratio=np.clip(seen * w, 0.2, 5.0),
        empty_ratio=blurred * w,
        blur_px=blur,
        residual_mm=fit.residual * mm,
        explained=fit.explained,
        covariance=fit.covariance,
        basis=basis,
        weight=w,
        pixels=fit.pixels,
    )


@dataclass(frozen=True)
class _Fit:
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual: float
    misfit: float
    spread: float
    explained: float
    pixels: int


def _basis(inverse_depth: NDArray[np.float32], w: NDArray[np.float64]) -> NDArray[np.float32]:
    height, width = inverse_depth.shape
    y, x = np.mgrid[0:height, 0:width]
    middle, half = (width - 1) / 2, (width - 1) / 2
    d = inverse_depth.astype(np.float64)
    d = (d - d.mean()) / d.std()
    stack = [
        np.ones_like(d),
        d,
        (x - middle) / half / w,
        (y - (height - 1) / 2) / half / w,
    ]
    return np.stack(stack).astype(np.float32)


def _blurred(field: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    if sigma == 0.0:
        return field
    smooth: NDArray[np.float64] = cv2.GaussianBlur(
        field, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    ).astype(np.float64)
    return smooth


def _robust_fit(
    basis: NDArray[np.float32], target: NDArray[np.float64], step: int, camera_height_mm: float
) -> _Fit:
    """Least squares with Tukey's weights: food taken for bare and clutter on the table count 0."""
    design = basis.T.astype(np.float64)
    weights = np.ones(len(target))
    scale = np.inf
    coefficients = np.zeros(design.shape[1])
    for iteration in range(_ITERATIONS):
        weighted = design * weights[:, None]
        coefficients = _solve(weighted.T @ design, weighted.T @ target)
        errors = target - design @ coefficients
        new_scale = 1.4826 * float(np.median(np.abs(errors)))
        if iteration > 2 and abs(new_scale - scale) <= 1e-3 * scale:
            scale = new_scale
            break
        scale = new_scale
        limit = 4.685 * max(scale, _SCALE_FLOOR_MM / camera_height_mm)
        weights = np.square(1.0 - np.square(np.minimum(np.abs(errors) / limit, 1.0)))
    plane = np.delete(design, 1, axis=1)
    weighted_plane = plane * weights[:, None]
    from_plane = target - plane @ _solve(weighted_plane.T @ plane, weighted_plane.T @ target)
    errors = target - design @ coefficients
    total = max(float(weights.sum()), 1.0)
    spread = float(np.sqrt(np.sum(weights * from_plane**2) / total))
    left = float(np.sqrt(np.sum(weights * errors**2) / total))
    capped = np.minimum(np.abs(errors), _ERROR_CAP_MM / camera_height_mm)
    normal = (design * weights[:, None]).T @ design
    independent = max(total * step / _CORRELATED_PX, 1.0)
    covariance = np.asarray(np.linalg.pinv(normal / total), np.float64) * left**2 / independent
    explained = 1.0 - (left / spread) ** 2 if spread > 0 else 0.0
    misfit = float(np.sqrt(np.mean(capped**2)))
    return _Fit(coefficients, covariance, left, misfit, spread, explained, len(target) * step)


def _solve(normal: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.lstsq(normal, right, rcond=1e-12)[0], np.float64)
