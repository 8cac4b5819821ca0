"""Renders one meal: as camera photographs, or straight in the tray's frame for training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout, load_profile
from foodwaste.render.camera import View, corners_px, frame_view, photograph_view
from foodwaste.render.clutter import clutter_shapes
from foodwaste.render.denoise import denoise
from foodwaste.render.distractors import cutlery_shapes
from foodwaste.render.light import panorama
from foodwaste.render.optics import Rgb, develop
from foodwaste.render.seeds import part_seed
from foodwaste.render.spec import SceneSpec
from foodwaste.render.stage import (
    PHOTO_PATH_DEPTH,
    TABLE_MM,
    TRAY_PATH_DEPTH,
    Look,
    build_scene,
    render,
)
from foodwaste.render.surface import LaidDish, Surface, compartment_volumes_ml, compose, lay_dish
from foodwaste.render.table import table_map
from foodwaste.render.tray import empty_tray
from foodwaste.render.truth import Truth, cast, features_at
from foodwaste.tray.frame import frame_of

#: Passes of the denoiser: a few samples need all three, many need the sharper two.
_FEW_SAMPLES = 24


@dataclass(frozen=True)
class Photograph:
    """One rendered picture and what is true of it.

    Attributes:
        state: ``None`` for the empty tray, 0 for served, 1.. for eaten states.
        rgb: ``(H, W, 3) uint8`` before JPEG.
        view: the camera.
        corners_px: ``(4, 2)``, exact outline corners TL, TR, BR, BL.
        surface: what was rendered.
        truth: what is where in the picture's pixels.
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


def look_of(spec: SceneSpec, shot: int, table_px: int) -> Look:
    """What the shot looks like besides the surface."""
    chosen = spec.shots[shot]
    x, y, z = (float(c) for c in chosen.camera.position)
    table = table_map(spec.table, TABLE_MM, table_px)
    return Look(panorama(chosen.light, (x, y, z)), table, spec.table.rough)


def photographs(spec: SceneSpec, samples: int) -> Iterator[Photograph]:
    """The empty tray, the served one, then each after-state, as the camera sees them."""
    layout = load_profile(spec.profile).profile.layout
    dishes = serve(spec, layout)
    for shot, chosen in enumerate(spec.shots):
        view = photograph_view(chosen.camera, layout)
        mm_per_px = float(view.position[2] / view.focal_px)
        yield _shoot(spec, layout, dishes, shot, view, mm_per_px, samples, wide=True)


def tray_pictures(spec: SceneSpec, samples: int) -> Iterator[Photograph]:
    """The same pictures as ``tray.rectify`` would give: 384 x 288 px in the tray's frame.

    Rectifying a photograph resamples it once; here the picture is sampled in the frame at once,
    and the optics' blur, noise and JPEG act at the frame's scale.
    """
    layout = load_profile(spec.profile).profile.layout
    frame = frame_of(layout)
    dishes = serve(spec, layout)
    for shot, chosen in enumerate(spec.shots):
        view = frame_view(chosen.camera, frame)
        yield _shoot(spec, layout, dishes, shot, view, frame.mm_per_px, samples, wide=False)


def _shoot(
    spec: SceneSpec, layout: Layout, dishes: list[LaidDish], shot: int, view: View,
    mm_per_px: float, samples: int, *, wide: bool,
) -> Photograph:  # fmt: skip
    state = None if shot == 0 else shot - 1
    cutlery = spec.distractors.cutlery[shot]
    extra = cutlery_shapes(cutlery, layout)
    if wide:
        extra |= clutter_shapes(spec.clutter, layout)
    surface = compose(layout, spec.tray, dishes, state, spec.step_mm, spec.distractors.litter[shot])
    depth = PHOTO_PATH_DEPTH if wide else TRAY_PATH_DEPTH
    look = look_of(spec, shot, 1024 if wide else 256)
    scene = build_scene(surface, layout, look, view, extra, depth)
    radiance = render(scene, samples, part_seed(spec.seed, "samples", shot))
    truth = cast(surface, layout, view, cutlery)
    passes = 3 if samples < _FEW_SAMPLES else 2
    radiance = denoise(radiance, features_at(surface, truth), passes)
    return Photograph(
        state,
        develop(radiance, spec.shots[shot].optics, mm_per_px),
        view,
        corners_px(view, layout),
        surface,
        truth,
        compartment_volumes_ml(surface, layout),
    )
