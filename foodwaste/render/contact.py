"""A contact sheet: meals in rows, states in columns, the food's outline drawn in."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from foodwaste.imaging import encode_jpeg, load
from foodwaste.render.manifest import finished_meals
from foodwaste.render.optics import Rgb
from foodwaste.render.store import MEAL_FILE

SHEET_FILE = "contact-sheet.jpg"
_TILE_WIDTH_PX = 384
_MAX_ROWS = 12
_OUTLINE = (60, 255, 60)


def _tile(folder: Path, shot: dict[str, object], *, outlined: bool) -> Rgb:
    rgb = np.array(load(folder / str(shot["picture"])).rgb)
    if outlined and shot["truth"]:
        with np.load(folder / str(shot["truth"])) as arrays:
            food = arrays["photo_food"] if "photo_food" in arrays else arrays["food"]
        contours, _ = cv2.findContours(food.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(rgb, contours, -1, _OUTLINE, max(1, rgb.shape[1] // 700))
    height = round(rgb.shape[0] * _TILE_WIDTH_PX / rgb.shape[1])
    return np.asarray(cv2.resize(rgb, (_TILE_WIDTH_PX, height), interpolation=cv2.INTER_AREA))


def write_contact_sheet(out: Path) -> Path:
    """Draws up to 12 meals: every state, then the last one with its truth's outline."""
    rows = []
    for folder in finished_meals(out)[:_MAX_ROWS]:
        meal = json.loads((folder / MEAL_FILE).read_text(encoding="utf-8"))
        tiles = [_tile(folder, shot, outlined=False) for shot in meal["shots"]]
        tiles.append(_tile(folder, meal["shots"][-1], outlined=True))
        rows.append(np.hstack(tiles))
    path = out / SHEET_FILE
    path.write_bytes(encode_jpeg(np.vstack(rows), quality=88))
    return path
