"""Depth evidence for one tray: an inverse depth map becomes millilitres per compartment."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.align import Alignment, NoAlignment, align
from foodwaste.depth.volume import near, owners, volume_per_pixel_ml
from foodwaste.evidence import Evidence, Finding
from foodwaste.profile import Layout
from foodwaste.tray.camera import Camera
from foodwaste.tray.empty_surface import EmptySurface, empty_surface
from foodwaste.tray.frame import Frame, Mask
from foodwaste.tray.types import RectifiedTray

#: In which picture the inverse depth was seen; see ``foodwaste.depth.align``.
Seen = Literal["rectified", "photograph"]

#: Residual of the known heights at which the confidence has fallen to a half, mm: with it a
#: well of 90 cm² is uncertain by about 6 ml if errors cancel and 18 ml if they do not.
_HALF_CONFIDENCE_MM = 2.0
#: Height that makes a pixel food although it has the colour of the tray (white rice on steel).
_STANDS_OUT_MM = 3.0
#: Share of the residual that does not cancel within a compartment.
_COMMON_SHARE = 0.3


def estimate_depth(
    tray: RectifiedTray,
    layout: Layout,
    inverse_depth: NDArray[np.float32],
    bare: Mask,
    *,
    seen: Seen = "rectified",
    camera: Camera | None = None,
) -> Finding:
    """Measures the food in each compartment.

    Args:
        tray: the tray; its homography tells where the camera stood.
        layout: the tray's geometry.
        inverse_depth: ``(H, W) float32`` in the tray's frame, larger is nearer, up to an
            unknown scale and shift.
        bare: ``(H, W) bool``: the colour estimator is sure that nothing
            lies here, on rim, walls, floors or the table beside the tray.
        seen: whether the network saw the rectified picture or the photograph.
        camera: where the camera stood, when known better.

    Returns:
        Amounts in ml, confidence from the fit's residual, and the map ``height_mm``
        (``float32``, millimetres above the empty tray). When nothing fits, every compartment
        is dropped with "relative only: …" and there are no millilitres.
    """
    frame = tray.frame
    camera = camera or tray.camera()
    surface = empty_surface(frame, camera)
    weight = _plane_depth(frame, camera) if seen == "photograph" else None
    fit = align(
        inverse_depth,
        surface.height_mm,
        bare,
        camera_height_mm=camera.height_mm,
        weight=weight,
    )
    if isinstance(fit, NoAlignment):
        reason = f"relative only: {fit.reason}"
        return Finding({}, {}, dict.fromkeys(layout.compartments, reason), {"alignment": None})
    return _measured(layout, tray, camera, surface, fit, bare)


def _measured(
    layout: Layout,
    tray: RectifiedTray,
    camera: Camera,
    surface: EmptySurface,
    fit: Alignment,
    bare: Mask,
) -> Finding:
    frame, tall = tray.frame, camera.height_mm
    over_rim = tall * (1.0 - 1.0 / fit.ratio)
    height = over_rim - tall * (1.0 - 1.0 / fit.empty_ratio)
    # Away from anything that may be food, what is left of the fit's error is not summed up. What
    # stands out clearly is food whatever its colour.
    tall_mm = max(_STANDS_OUT_MM, 3.0 * fit.residual_mm)
    counted = near(~bare | (height > tall_mm), 2.0 * fit.blur_px + 1.0)
    volume = volume_per_pixel_ml(frame, tall, fit.empty_ratio, fit.ratio)
    # How the volume answers to each coefficient of the fit: dV/dv = area * H * v**-4.
    slope = frame.mm_per_px**2 * tall * fit.ratio**-4.0 / 1000.0
    belongs = owners(frame, surface, over_rim, tall)
    confidence = fit.explained / (1.0 + (fit.residual_mm / _HALF_CONFIDENCE_MM) ** 2)

    evidence: dict[str, Evidence] = {}
    dropped: dict[str, str] = {}
    for index, name in enumerate(layout.compartments, start=1):
        if name in tray.out_of_picture:
            dropped[name] = "out of the picture"
            continue
        inside = (belongs == index) & counted & tray.valid
        amount = max(0.0, float(volume[inside].sum()))
        gradient = (fit.sensitivity[:, inside] * slope[inside]).sum(axis=1)
        of_fit = float(gradient @ fit.covariance @ gradient)
        area_mm2 = float(inside.sum()) * frame.mm_per_px**2
        common = _COMMON_SHARE * fit.residual_mm * area_mm2 / 1000.0
        evidence[name] = Evidence(
            amount=amount,
            confidence=float(np.clip(confidence, 0.0, 1.0)),
            amount_error=float(np.sqrt(of_fit + common**2 + 1.0)),
            volume_ml=amount,
        )
    shown = np.where(counted & frame.tray_mask, height, 0.0).astype(np.float32)
    extra = {
        "alignment": {
            "residual_mm": fit.residual_mm,
            "explained": fit.explained,
            "blur_px": fit.blur_px,
            "camera_height_mm": tall,
            "tilt_deg": camera.tilt_deg,
            "known_pixels": fit.pixels,
        }
    }
    return Finding(evidence, {"height_mm": shown}, dropped, extra)


def _plane_depth(frame: Frame, camera: Camera) -> NDArray[np.float64]:
    """Depth of the rim plane along the optical axis, in any unit, at every pixel."""
    rows, columns = np.indices(frame.shape, dtype=np.float64)
    x = (columns - frame.offset_px[0]) * frame.mm_per_px
    y = (rows - frame.offset_px[1]) * frame.mm_per_px
    row = camera.plane_row
    depth: NDArray[np.float64] = row[0] * x + row[1] * y + row[2]
    return depth
