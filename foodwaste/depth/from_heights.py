"""Depth evidence from a map of heights above the empty tray."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.volume import owners, volume_between_ml
from foodwaste.evidence import Evidence, Finding
from foodwaste.tray.types import RectifiedTray

#: Share of the stated error that does not cancel within a compartment.
_COMMON_SHARE = 0.5
#: Height error at which the confidence has fallen to a half, mm.
_HALF_CONFIDENCE_MM = 4.0


def evidence_from_heights(
    tray: RectifiedTray,
    height_mm: NDArray[np.floating],
    error_mm: NDArray[np.floating],
) -> Finding:
    """Integrates heights to millilitres per compartment.

    Args:
        tray: the tray; its homography tells where the camera stood.
        height_mm: ``(H, W)``, above the empty tray, along each pixel's ray.
        error_mm: ``(H, W)``, standard deviation of ``height_mm``.

    Returns:
        Amounts in ml and the map ``height_mm``.
    """
    frame, surface, tall = tray.frame, tray.empty_surface(), tray.camera().height_mm
    height = np.maximum(height_mm, np.float32(0.0), dtype=np.float32)
    top = surface.height_mm + height
    belongs = owners(frame, surface, top, tall)
    # Only food counts, a third of the pixels: what each well holds, and their errors' sum.
    food = np.flatnonzero((height > 0) & tray.valid)
    owner, wells = belongs.ravel()[food], len(frame.rim_masks) + 1
    volume = volume_between_ml(frame, tall, surface.height_mm.ravel()[food], height.ravel()[food])
    amounts = np.bincount(owner, volume, minlength=wells)
    pixels = np.bincount(owner, minlength=wells)
    errors = np.bincount(owner, error_mm.ravel()[food], minlength=wells)
    evidence: dict[str, Evidence] = {}
    dropped: dict[str, str] = {}
    for index, name in enumerate(frame.rim_masks, start=1):
        if name in tray.out_of_picture:
            dropped[name] = "out of the picture"
            continue
        amount = float(amounts[index])
        spread = float(errors[index] / max(1, pixels[index]))
        area_mm2 = float(pixels[index]) * frame.mm_per_px**2
        error_ml = np.hypot(1.0, _COMMON_SHARE * spread * area_mm2 / 1000.0)
        confidence = 1.0 / (1.0 + (spread / _HALF_CONFIDENCE_MM) ** 2)
        evidence[name] = Evidence(
            amount=amount,
            confidence=confidence,
            amount_error=float(error_ml),
            volume_ml=amount,
        )
    shown = np.where(frame.tray_mask, height_mm, 0.0).astype(np.float32)
    return Finding(evidence, {"height_mm": shown}, dropped)
