"""Single compartments as small pictures for a page: served, after, and what was counted."""

from __future__ import annotations

import base64
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.evaluate.judge import Judge, Judged
from foodwaste.evaluate.labels import Dataset
from foodwaste.evaluate.record import Record
from foodwaste.imaging import encode_jpeg
from foodwaste.tray.frame import Mask

_HEIGHT_PX = 132
_OUTLINE = (0, 220, 255)

Rgb = NDArray[np.uint8]


def case_pictures(record: Record, judge: Judge, dataset: Dataset) -> str:
    """Three pictures of one compartment as one inline image; empty when it cannot be seen."""
    tray = next((t for t in dataset.trays if str(t.after) == record.tray), None)
    if tray is None:
        return ""
    judged = judge.judge(tray)
    if judged.after is None:
        return ""
    well = judged.after.frame.rim_masks[record.compartment]
    panels = []
    if judged.before is not None:
        panels.append(_crop(judged.before.rgb, well))
    panels.append(_crop(judged.after.rgb, well))
    counted = _counted(judged)
    if counted is not None:
        panels.append(_crop(judged.after.rgb, well, counted))
    strip = np.concatenate(panels, axis=1)
    data = base64.b64encode(encode_jpeg(strip, quality=80)).decode("ascii")
    text = f"{record.dish or record.compartment}: as served, after, and outlined what was counted"
    return f'<img alt="{escape(text)}" src="data:image/jpeg;base64,{data}">'


def _counted(judged: Judged) -> Mask | None:
    findings = judged.analysis.findings or {}
    for finding in findings.values():
        if "food_mask" in finding.maps:
            return np.asarray(finding.maps["food_mask"], np.bool_)
    return None


def _crop(rgb: Rgb, well: Mask, outlined: Mask | None = None) -> Rgb:
    rows, columns = np.nonzero(well)
    window = (
        slice(int(rows.min()), int(rows.max()) + 1),
        slice(int(columns.min()), int(columns.max()) + 1),
    )
    part = rgb[window]
    scale = _HEIGHT_PX / part.shape[0]
    size = (max(1, round(part.shape[1] * scale)), _HEIGHT_PX)
    large = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
    if outlined is not None:
        inside = (outlined & well)[window].astype(np.uint8)
        mask = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(large, contours, -1, _OUTLINE, 2)
    framed = cv2.copyMakeBorder(large, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return np.asarray(framed, np.uint8)
