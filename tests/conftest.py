"""Shared fixtures: drawn trays and meals, and the development pictures' folder."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from foodwaste.backprojection.wall import seen_wall
from foodwaste.evaluate.manifest import COLUMNS
from foodwaste.imaging import save_png
from foodwaste.profile import load_profile
from foodwaste.tray.camera import camera_above
from foodwaste.tray.empty_surface import empty_surface
from foodwaste.tray.frame import Frame, frame_of
from foodwaste.tray.types import RectifiedTray, TrayLocation

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def photographs() -> Path:
    """Folder of real development pictures; tests that need it skip where it is absent."""
    folder = os.environ.get("FOODWASTE_DATA")
    if not folder:
        pytest.skip("FOODWASTE_DATA is not set: real development pictures are not here")
    return Path(folder)


class TrayPainter:
    """Draws rectified trays: a bare surface with shading and noise, and rough patches of food."""

    def __init__(self, profile_name: str, seed: int = 0) -> None:
        self.profile = load_profile(profile_name).profile
        self.frame: Frame = frame_of(self.profile.layout)
        self.rng = np.random.default_rng(seed)
        height, width = self.frame.shape
        base = 0.55 if self.profile.layout.material == "steel" else 0.82
        shading = cv2.resize(self.rng.uniform(0.75, 1.25, (9, 12)), (width, height))
        depth = self.frame.depth_mm / 26
        light = base * shading * (1 - 0.25 * np.sin(np.pi * depth))
        self.rgb = np.repeat(light[..., None], 3, axis=2)

    def food(self, compartment: str, colour: tuple, *, share: float = 1.0, rough: float = 0.25):
        """Covers the left ``share`` of a well's middle with rough food; returns its mask."""
        well = self.frame.rim_masks[compartment]
        depth = cv2.distanceTransform(well.astype(np.uint8), cv2.DIST_L2, 5)
        middle = depth > 12
        columns = np.flatnonzero(middle.any(axis=0))
        edge = columns[0] + share * (columns[-1] + 1 - columns[0])
        mask = middle & (np.arange(well.shape[1]) < edge)
        grain = cv2.GaussianBlur(self.rng.normal(0, 1, well.shape), (0, 0), 2.0)
        grain = 1 + rough * grain / grain.std()
        self.rgb[mask] = (np.array(colour) / 255 * grain[..., None])[mask]
        return mask

    def film(self, compartment: str, colour: tuple, opacity: float = 0.35):
        """Smears a thin, smooth film of a colour over a whole well."""
        well = self.frame.rim_masks[compartment]
        tint = np.array(colour) / 255
        self.rgb[well] = (1 - opacity) * self.rgb[well] + opacity * tint

    def liquid(self, compartment: str, colour: tuple, level: float):
        """Fills a well with smooth liquid to a share of its depth; returns its mask."""
        layout = self.profile.layout
        camera = camera_above(layout.width_mm, layout.height_mm)
        surface = empty_surface(self.frame, camera)
        mask = seen_wall(self.frame, compartment, surface).covered(level)
        self.rgb[mask] = np.array(colour) / 255
        return mask

    def tray(self) -> RectifiedTray:
        noisy = self.rgb + self.rng.normal(0, 0.012, self.rgb.shape)
        rgb = np.clip(noisy * 255, 0, 255).astype(np.uint8)
        location = TrayLocation(np.zeros((4, 2)), 0, 1.0, (384, 288))
        valid = np.ones(self.frame.shape, bool)
        return RectifiedTray(
            rgb, valid, self.frame, self.frame.mm_to_px, location, photographed=False
        )


@pytest.fixture
def paint():
    """Factory of :class:`TrayPainter`."""
    return TrayPainter


COLOURS = {"side-1": (190, 70, 40), "side-2": (60, 110, 40), "side-3": (80, 35, 30)}
SHARES = (0.0, 0.25, 0.5, 0.75)


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def draw_meals(folder, paint, meals, *, states=2, seed=0):
    """``meals`` drawn meals, each served and in ``states`` after-states; returns the manifest."""
    rows = []
    for meal in range(meals):
        served = paint("steel-5", seed + 100 * meal)
        whole = {name: served.food(name, colour) for name, colour in COLOURS.items()}
        save_png(folder / f"m{meal}-before.png", served.tray().rgb)
        for state in range(states):
            after = paint("steel-5", seed + 100 * meal + state + 1)
            for place, (name, colour) in enumerate(COLOURS.items()):
                share = SHARES[(meal + state + place) % len(SHARES)]
                left = after.food(name, colour, share=share)
                rows.append(
                    {
                        "after": f"m{meal}-after{state}.png",
                        "before": f"m{meal}-before.png",
                        "compartment": name,
                        "dish": f"dish {place + 1}",
                        # Eaten from one side: the share of the volume is that of the area.
                        "leftover_ratio": f"{left.sum() / whole[name].sum():.4f}",
                    }
                )
            save_png(folder / f"m{meal}-after{state}.png", after.tray().rgb)
    return write_rows(folder / "manifest.csv", rows)


@pytest.fixture(scope="session")
def meal_store(tmp_path_factory):
    """Meals drawn once for the whole session, by what was asked for."""
    return tmp_path_factory.mktemp("drawn-meals"), {}


@pytest.fixture
def drawn_meals(tmp_path, paint, meal_store):
    """Factory of manifests, each a copy of its own: ``drawn_meals(count, states=2)``."""

    def make(meals, *, states=2):
        root, known = meal_store
        if (meals, states) not in known:
            folder = root / f"{meals}-{states}"
            folder.mkdir()
            known[meals, states] = draw_meals(folder, paint, meals, states=states)
        copy = tmp_path / "meals"
        shutil.copytree(known[meals, states].parent, copy)
        return copy / "manifest.csv"

    return make
