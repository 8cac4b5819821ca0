"""Photographs of drawn trays on a table, with known corners."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from foodwaste.imaging import save_png

#: Where the tray's corners lie in every drawn photograph: hand-held, a little tilted.
QUAD = np.array([(120, 90), (780, 110), (760, 620), (100, 600)], np.float64)


@dataclass(frozen=True)
class Photograph:
    path: Path
    corners: str
    corners_px: np.ndarray


def edged(tray) -> np.ndarray:
    """The drawn tray with the dark fold and the bright bead that a pressed rim shows."""
    rgb = tray.rgb.copy()
    for well in tray.frame.layout.compartments.values():
        points = np.rint(tray.frame.points_px(well.rim_outline_mm()) * 16).astype(np.int32)
        cv2.polylines(rgb, [points], True, (60, 62, 66), 3, cv2.LINE_AA, 4)
        cv2.polylines(rgb, [points - 24], True, (236, 238, 240), 1, cv2.LINE_AA, 4)
    return rgb


@pytest.fixture
def photograph(tmp_path):
    """``photograph(tray, name)``: a rectified tray as it would be photographed, saved as PNG."""

    def take(tray, name: str = "photo.png") -> Photograph:
        rng = np.random.default_rng(3)
        height, width = 700, 900
        table = np.array((196, 170, 130)) + rng.normal(0, 3, (height, width, 3))
        layout = tray.frame.layout
        outline = [(0, 0), (layout.width_mm, 0), (layout.width_mm, layout.height_mm)]
        outline.append((0, layout.height_mm))
        warp = cv2.getPerspectiveTransform(tray.frame.points_px(outline), QUAD.astype(np.float32))
        seen = cv2.warpPerspective(edged(tray), warp, (width, height), flags=cv2.INTER_CUBIC)
        cover = tray.frame.tray_mask.astype(np.float32)
        cover = cv2.warpPerspective(cover, warp, (width, height))[..., None]
        path = tmp_path / name
        save_png(path, np.clip(table * (1 - cover) + seen * cover, 0, 255).astype(np.uint8))
        return Photograph(path, " ".join(f"{x:g},{y:g}" for x, y in QUAD), QUAD)

    return take


@pytest.fixture
def empty_photo(paint, photograph):
    return photograph(paint("steel-5").tray(), "empty.png")


@pytest.fixture
def served_photo(paint, photograph):
    """A tray with two orange sides, brown soup at 60 % of its well's depth, and no third side."""
    painter = paint("steel-5", seed=1)
    for side in ("side-1", "side-2"):
        painter.food(side, (190, 90, 30))
    painter.liquid("soup", (120, 70, 30), 0.6)
    return photograph(painter.tray(), "served.png")
