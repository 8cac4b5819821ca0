"""Renders one meal as camera photographs, with truth in the camera's pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout, load_profile
from foodwaste.render.camera import View, corners_px, photograph_view
from foodwaste.render.denoise import denoise
from foodwaste.render.light import panorama
from foodwaste.render.optics import Rgb, develop
from foodwaste.render.seeds import part_seed
from foodwaste.render.spec import SceneSpec
from foodwaste.render.stage import TABLE_MM, Look, build_scene, render
from foodwaste.render.surface import LaidDish, Surface, compartment_volumes_ml, compose, lay_dish
from foodwaste.render.table import table_map
from foodwaste.render.tray import empty_tray
from foodwaste.render.truth import Truth, cast, features_at


@dataclass(frozen=True)
class Photograph:
    """One rendered photograph and what is true of it.

    Attributes:
        state: ``None`` for the empty tray, 0 for served, 1.. for eaten states.
        rgb: ``(H, W, 3) uint8`` before JPEG.
        view: the camera.
        corners_px: ``(4, 2)``, exact outline corners TL, TR, BR, BL.
        surface: what was rendered.
        truth: what is where in the camera's pixels.
        volumes_ml: by compartment, exact.
    """

    state: int | None
    rgb: Rgb
    view: View
    corners_px: NDArray[np.float64]
    surface: Surface
    truth: Truth
    volumes_ml: dict[str, float]


def serve(spec: SceneSpec, layout: Layout) -> list[LaidDish]:
    """Lays all dishes of a meal into an empty tray."""
    tray = empty_tray(layout, spec.step_mm, spec.tray)
    return [lay_dish(tray, dish, spec.tray) for dish in spec.dishes]


def look_of(spec: SceneSpec, shot: int, table_px: int = 1024) -> Look:
    """What the shot looks like besides the surface."""
    chosen = spec.shots[shot]
    position = chosen.camera.position
    sky = panorama(chosen.light, (float(position[0]), float(position[1]), float(position[2])))
    return Look(spec.tray, sky, table_map(spec.table, TABLE_MM, table_px), spec.table.rough)


def photographs(
    spec: SceneSpec, samples: int, extra: dict[str, Any] | None = None, passes: int = 2
) -> Iterator[Photograph]:
    """The empty tray, the served one, then each after-state."""
    layout = load_profile(spec.profile).profile.layout
    dishes = serve(spec, layout)
    for shot in range(len(spec.shots)):
        state = None if shot == 0 else shot - 1
        surface = compose(layout, spec.tray, dishes, state, spec.step_mm)
        chosen = spec.shots[shot]
        view = photograph_view(chosen.camera, layout)
        scene = build_scene(surface, layout, look_of(spec, shot), view, extra)
        radiance = render(scene, samples, part_seed(spec.seed, "samples", shot))
        truth = cast(surface, layout, view)
        radiance = denoise(radiance, features_at(surface, truth, spec.tray.tint), passes)
        mm_per_px = float(view.position[2] / view.focal_px)
        yield Photograph(
            state,
            develop(radiance, chosen.optics, mm_per_px),
            view,
            corners_px(view, layout),
            surface,
            truth,
            compartment_volumes_ml(surface, layout),
        )
