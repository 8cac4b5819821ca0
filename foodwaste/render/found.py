"""Where a rendered picture's camera stood, as well as a photograph of it would tell.

Pictures rendered in the tray's frame were never rectified. What rectification finds of a camera
is found here from the same camera's photograph: its four corners, each a little beside.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from foodwaste.profile import Layout, load_profile
from foodwaste.render.camera import CameraSpec, corners_px, photograph_view
from foodwaste.render.store import MEAL_FILE
from foodwaste.tray.camera import Camera, camera_from_homography

#: Standard deviation of a corner's place, pixels of 1,600.
_CORNER_ERROR_PX = 1.5


def camera_found(picture: Path) -> Camera | None:
    """The camera of a rendered picture; ``None`` for any other picture."""
    return cameras_found(picture.parent / MEAL_FILE).get(picture.name)


@lru_cache(maxsize=4096)
def cameras_found(meal: Path) -> dict[str, Camera]:
    """The cameras of a rendered meal by the names of its pictures; empty without such a meal."""
    if not meal.is_file():
        return {}
    text = meal.read_text(encoding="utf-8")
    data = json.loads(text)
    rng = np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:12], 16))
    layout = layout_of(data["spec"]["profile"])
    return {
        shot["picture"]: _found(spec["camera"], layout, rng)
        for shot, spec in zip(data["shots"], data["spec"]["shots"], strict=True)
    }


@lru_cache
def layout_of(profile: str) -> Layout:
    """The layout of a profile's tray; reading a profile takes longer than all else here."""
    return load_profile(profile).profile.layout


def _found(spec: dict[str, Any], layout: Layout, rng: np.random.Generator) -> Camera:
    camera = CameraSpec(**{**spec, "aim_mm": tuple(spec["aim_mm"])})
    seen = corners_px(photograph_view(camera, layout), layout)
    seen += rng.normal(0.0, _CORNER_ERROR_PX * camera.width_px / 1600.0, seen.shape)
    wide, high = layout.width_mm, layout.height_mm
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    homography = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    size = (camera.width_px, camera.height_px)
    return camera_from_homography(np.asarray(homography, np.float64), size)
