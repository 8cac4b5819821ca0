"""From inverse depth without a unit to depth in millimetres, by what is known of the tray.

MiDaS answers with inverse depth up to a scale and a shift that differ in every picture
(Ranftl et al. 2020). For a ray that meets the rim plane at depth z0 and a surface of height h,
with the camera H above the rim plane, the true inverse depth is ``1/z = v / z0`` with
``v = H / (H - h)``: 1 on the rim plane, less below it, more above. With ``s = v / w``, where
``w`` is z0 in any unit, the network's answer is fitted as::

    d = p0 + p1 * s + p2 * x / w + p3 * y / w

over the pixels whose height is known: rim, walls, bare floors, table. In the rectified picture
``w`` is 1 (its image plane lies parallel to the tray); in the photograph ``w`` is the third row
of the homography. The last two terms are a plane: in both pictures the inverse depth of any
plane is linear in x and y over w, so they take up a tilt that the network misjudged.

The answer is fitted to the tray, not the tray to the answer (``1/z = a + b d`` read from left
to right): the tray is known exactly and the answer is what errs. The other way round, noise
flattens the fit and a cup on the table has unlimited leverage.

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
#: The first of them minimise absolute errors, for a start that outliers do not spoil.
_ABSOLUTE_ITERATIONS = 4
#: Known pixels used in a fit: every n-th, so that about this many remain. They err in patches.
_FIT_PIXELS = 6000


@dataclass(frozen=True)
class Alignment:
    """A fit of one picture.

    Attributes:
        ratio: ``(H, W) float64``, ``v`` of what is seen (see the module).
        empty_ratio: ``(H, W) float64``, ``v`` of the empty tray under the same blur.
        blur_px: the blur that fitted best.
        residual_mm: standard deviation of known heights around the fit, outliers apart.
        explained: share of the known parts' relief that the fit explains, 0..1.
        sensitivity: ``(4, H, W) float64``, change of ``ratio`` with each coefficient.
        covariance: ``(4, 4)``, of the coefficients.
        pixels: how many known pixels there were.
    """

    ratio: NDArray[np.float64]
    empty_ratio: NDArray[np.float64]
    blur_px: float
    residual_mm: float
    explained: float
    sensitivity: NDArray[np.float64]
    covariance: NDArray[np.float64]
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
    tall = camera_height_mm
    answer = inverse_depth.astype(np.float64)
    answer = (answer - answer.mean()) / answer.std()
    plane = _plane(w)
    empty = (tall / (tall - known_height_mm.astype(np.float64))) / w
    clear_px = cv2.distanceTransform(known.astype(np.uint8), cv2.DIST_L2, 5)

    best: tuple[float, _Fit, NDArray[np.float64]] | None = None
    for blur in BLURS_PX:
        usable = known & (clear_px > 2.0 * blur)
        count = int(usable.sum())
        if count < _MIN_PIXELS:
            break
        blurred = _blurred(empty, blur)
        step = 1 + count // _FIT_PIXELS
        design = np.column_stack([blurred[usable][::step], plane[:, usable].T[::step]])
        fit = _robust_fit(design, answer[usable][::step], blur, count, tall)
        if best is None or fit.misfit_mm < best[0] * _BLUR_GAIN:
            best = (fit.misfit_mm, fit, blurred)
    if best is None:
        return NoAlignment("no part of the tray whose height is known is in view")
    _, fit, blurred = best
    reason = _unusable(fit)
    if reason is not None:
        return NoAlignment(reason)
    gain = fit.coefficients[0]
    seen = (answer - np.tensordot(fit.coefficients[1:], plane, axes=1)) / gain
    return Alignment(
        ratio=np.clip(seen * w, 0.2, 5.0),
        empty_ratio=blurred * w,
        blur_px=fit.blur_px,
        residual_mm=fit.residual_mm,
        explained=fit.explained,
        sensitivity=-np.concatenate([seen[None], plane]) * w / gain,
        covariance=fit.covariance,
        pixels=fit.pixels,
    )


@dataclass(frozen=True)
class _Fit:
    coefficients: NDArray[np.float64]  # of s, 1, x / w, y / w
    covariance: NDArray[np.float64]
    blur_px: float
    residual_mm: float
    misfit_mm: float
    spread_mm: float
    explained: float
    pixels: int


def _unusable(fit: _Fit) -> str | None:
    if fit.spread_mm < _MIN_SPREAD_MM:
        return "only one height is known in this picture"
    if fit.coefficients[0] <= 0:
        return "what is known to be higher looks farther away"
    if fit.explained < _MIN_EXPLAINED:
        return f"the depth map explains {fit.explained:.0%} of the known heights only"
    return None


def _plane(w: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = w.shape
    y, x = np.mgrid[0:height, 0:width]
    middle = (width - 1) / 2
    return np.stack(
        [np.ones_like(w), (x - middle) / middle / w, (y - (height - 1) / 2) / middle / w]
    )


def _blurred(field: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    if sigma == 0.0:
        return field
    smooth: NDArray[np.float64] = cv2.GaussianBlur(
        field, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    ).astype(np.float64)
    return smooth


def _robust_fit(
    design: NDArray[np.float64],
    answer: NDArray[np.float64],
    blur_px: float,
    pixels: int,
    camera_height_mm: float,
) -> _Fit:
    """Iterated least squares: absolute errors first, then Tukey's weights.

    Food taken for bare and clutter on the table end up counting nothing. A change of ``s`` by 1
    is about one camera height in millimetres near the rim plane.
    """
    weights = np.ones(len(answer))
    errors = answer
    coefficients = np.zeros(design.shape[1])
    for iteration in range(_ITERATIONS):
        weighted = design * weights[:, None]
        coefficients = _solve(weighted.T @ design, weighted.T @ answer)
        errors = answer - design @ coefficients
        floor = _SCALE_FLOOR_MM / camera_height_mm * abs(float(coefficients[0]))
        scale = max(1.4826 * float(np.median(np.abs(errors))), floor, 1e-9)
        if iteration < _ABSOLUTE_ITERATIONS:
            weights = 1.0 / np.maximum(np.abs(errors), scale)
        else:
            weights = np.square(1.0 - np.square(np.minimum(np.abs(errors) / (4.685 * scale), 1)))
    total = max(float(weights.sum()), 1e-9)
    mm = camera_height_mm / max(abs(float(coefficients[0])), 1e-12)
    variance = float(np.sum(weights * errors**2)) / total
    capped = np.minimum(np.abs(errors) * mm, _ERROR_CAP_MM)
    normal = (design * weights[:, None]).T @ design / total
    independent = max(pixels / _CORRELATED_PX, 1.0)
    relief = _off_plane(design[:, 0], design[:, 1:], weights)
    answered = _off_plane(answer, design[:, 1:], weights)
    return _Fit(
        coefficients=coefficients,
        covariance=np.asarray(np.linalg.pinv(normal), np.float64) * variance / independent,
        blur_px=blur_px,
        residual_mm=float(np.sqrt(variance)) * mm,
        misfit_mm=float(np.sqrt(np.mean(capped**2))),
        spread_mm=relief * camera_height_mm,
        explained=1.0 - variance / answered**2 if answered > 0 else 0.0,
        pixels=pixels,
    )


def _off_plane(
    values: NDArray[np.float64], plane: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Weighted standard deviation of values around their best plane."""
    weighted = plane * weights[:, None]
    left = values - plane @ _solve(weighted.T @ plane, weighted.T @ values)
    return float(np.sqrt(np.sum(weights * left**2) / max(float(weights.sum()), 1e-9)))


def _solve(normal: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.lstsq(normal, right, rcond=1e-12)[0], np.float64)
