"""The real photographs with corners marked by hand, and how far found ones lie beside.

    FOODWASTE_DATA=<development pictures>

tells where the photographs are.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout, load_profile

CORNERS = Path(__file__).parents[1] / "tests" / "tray" / "data" / "corners.json"
Image = NDArray[np.uint8]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Photograph:
    """A photograph with a tray at known corners, or with none (``corners_px`` is None)."""

    name: str
    kind: str
    rgb: Image
    layout: Layout
    corners_px: Points | None
    turn_deg: int = 0


def data_folder() -> Path | None:
    """The folder of development pictures, where there is one."""
    folder = os.environ.get("FOODWASTE_DATA")
    return Path(folder) if folder else None


def read(path: Path) -> Image:
    """A picture as RGB."""
    bgr = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def marked_photographs(folder: Path) -> list[Photograph]:
    """The real photographs with hand-marked corners."""
    marks = json.loads(CORNERS.read_text(encoding="utf-8"))["pictures"]
    return [
        Photograph(
            name,
            "as taken",
            read(folder / mark["file"]),
            load_profile(mark["profile"]).profile.layout,
            np.array(mark["corners_px"], np.float64),
            mark["turn_deg"],
        )
        for name, mark in marks.items()
    ]


def corner_error(found: Points, true: Points) -> float:
    """Largest distance of a corner from where it should be, as a share of the tray's diagonal."""
    diagonal = (np.linalg.norm(true[2] - true[0]) + np.linalg.norm(true[3] - true[1])) / 2
    return float(np.linalg.norm(found - true, axis=1).max() / diagonal)
