"""Exact scenes: a tray with heaps of known shape, cast ray by ray. Nothing from foodwaste.depth.

The surface is a height field on a 0.5 mm grid, with its own exact distances to the layout's
polygons; the truth's volume is its integral.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from foodwaste.profile import Layout
from foodwaste.tray.frame import Frame, frame_of
from foodwaste.tray.types import RectifiedTray, TrayLocation

STEP_MM = 0.5
BORDER_MM = 60.0


@dataclass(frozen=True)
class Scene:
    layout: Layout
    empty_mm: np.ndarray  # height over the rim plane of the empty tray, on the grid
    top_mm: np.ndarray  # the same with food
    volumes_ml: dict[str, float]


@dataclass(frozen=True)
class View:
    tray: RectifiedTray
    camera_mm: np.ndarray  # x, y, height over the rim plane
    hit_mm: np.ndarray  # height of what each pixel of the frame sees
    bare: np.ndarray
    plane_depth: np.ndarray  # depth of the rim plane along the optical axis
    frame: Frame


def distance_to_polygon(x, y, polygon):
    """Distance to the outline, and whether inside (even-odd)."""
    points = np.asarray(polygon, float)
    best = np.full(x.shape, np.inf)
    inside = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        if length == 0:
            continue
        t = np.clip(((x - x0) * dx + (y - y0) * dy) / length, 0, 1)
        best = np.minimum(best, np.hypot(x - x0 - t * dx, y - y0 - t * dy))
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < x0 + (y - y0) * dx / dy)
    return best, inside


@functools.cache
def _empty_field(layout_json: str):
    return _compute_empty_field(Layout.model_validate_json(layout_json))


def empty_field(layout: Layout):
    return _empty_field(layout.model_dump_json())


def _compute_empty_field(layout: Layout):
    xs = np.arange(-BORDER_MM, layout.width_mm + BORDER_MM, STEP_MM)
    ys = np.arange(-BORDER_MM, layout.height_mm + BORDER_MM, STEP_MM)
    x, y = np.meshgrid(xs, ys)
    field = np.full(x.shape, -layout.rim_height_mm)
    field[distance_to_polygon(x, y, layout.outline_mm())[1]] = 0.0
    wells = {}
    for name, well in layout.compartments.items():
        corners = np.asarray(well.rim_outline_mm())
        low, high = corners.min(axis=0) - 1, corners.max(axis=0) + 1
        box = np.ix_((ys > low[1]) & (ys < high[1]), (xs > low[0]) & (xs < high[0]))
        to_rim, in_box = distance_to_polygon(x[box], y[box], well.rim_outline_mm())
        to_floor, on_floor = distance_to_polygon(x[box], y[box], well.floor_outline_mm())
        share = np.where(on_floor, 1.0, to_rim / np.maximum(to_rim + to_floor, 1e-9))
        field[box] = np.where(in_box, -well.depth_mm * share, field[box])
        inside = np.zeros(x.shape, bool)
        inside[box] = in_box
        wells[name] = inside
    return x, y, field, wells


def make_scene(layout: Layout, fills: dict[str, float], *, heaps=True, seed=0) -> Scene:
    """Fills wells to a share of their depth (0 bare, 1 to the rim plane), heaped or level."""
    generator = np.random.default_rng(seed)
    x, y, empty, wells = empty_field(layout)
    top = empty.copy()
    volumes = {}
    for name, inside in wells.items():
        fill = fills.get(name, 0.0)
        if fill > 0:
            well = layout.compartments[name]
            level = np.full(x.shape, -well.depth_mm * (1 - fill))
            if heaps and not well.liquid:
                middle = np.mean(np.asarray(well.floor_polygon_mm), axis=0)
                middle = middle + generator.uniform(-8, 8, 2)
                size = generator.uniform(18, 28)
                bump = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * size**2))
                level = level + generator.uniform(6, 12) * bump
                level = level + 1.0 * np.sin(x / 4.1) * np.sin(y / 3.7)
            top[inside] = np.maximum(empty, level)[inside]
        volumes[name] = float((top - empty)[inside].sum()) * STEP_MM**2 / 1000
    return Scene(layout, empty, top, volumes)


def sample(field, x, y):
    u = ((x + BORDER_MM) / STEP_MM).astype(np.float32)
    v = ((y + BORDER_MM) / STEP_MM).astype(np.float32)
    return cv2.remap(
        field.astype(np.float32), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def look(
    scene: Scene,
    *,
    height_mm=480.0,
    tilt_deg=0.0,
    towards_deg=90.0,
    focal=0.78,
    size=(1600, 1200),
    frame: Frame | None = None,
) -> View:
    """Looks at the tray's middle from a tilted camera, along the rays of the frame's pixels."""
    layout = scene.layout
    frame = frame or frame_of(layout)
    target = np.array([layout.width_mm / 2, layout.height_mm / 2, 0.0])
    tilt, towards = np.radians(tilt_deg), np.radians(towards_deg)
    away = height_mm / np.cos(tilt)
    # z points down (x right, y down): the camera is at negative z.
    lean = np.array([np.cos(towards) * np.sin(tilt), np.sin(towards) * np.sin(tilt)])
    centre = target + away * np.array([lean[0], lean[1], -np.cos(tilt)])
    forward = (target - centre) / np.linalg.norm(target - centre)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    rotation = np.stack([right, down, forward])
    f = focal * max(size)
    k = np.array([[f, 0, (size[0] - 1) / 2], [0, f, (size[1] - 1) / 2], [0, 0, 1]])
    shift = -rotation @ centre
    homography = k @ np.column_stack([rotation[:, 0], rotation[:, 1], shift])
    homography /= homography[2, 2]

    rows, columns = np.indices(frame.shape)
    px = (columns - frame.offset_px[0]) * frame.mm_per_px
    py = (rows - frame.offset_px[1]) * frame.mm_per_px
    tall = -centre[2]
    high, low = np.full(px.shape, 45.0), np.full(px.shape, -layout.rim_height_mm - 1.0)
    # March down in 1.5 mm steps to the first meeting, then bisect.
    found = np.zeros(px.shape, bool)
    above = high.copy()
    for h in np.arange(43.5, low.min() - 1.5, -1.5):
        x, y = (
            centre[0] + (px - centre[0]) * (1 - h / tall),
            centre[1] + (py - centre[1]) * (1 - h / tall),
        )
        under = ~found & (sample(scene.top_mm, x, y) >= h)
        low[under] = h
        high[under] = above[under]
        found |= under
        above[~found] = h
    for _ in range(12):
        middle = (low + high) / 2
        x = centre[0] + (px - centre[0]) * (1 - middle / tall)
        y = centre[1] + (py - centre[1]) * (1 - middle / tall)
        under = sample(scene.top_mm, x, y) >= middle
        low = np.where(under, middle, low)
        high = np.where(under, high, middle)
    hit = (low + high) / 2
    x = centre[0] + (px - centre[0]) * (1 - hit / tall)
    y = centre[1] + (py - centre[1]) * (1 - hit / tall)
    thickness = sample(scene.top_mm - scene.empty_mm, x, y)
    location = TrayLocation(np.zeros((4, 2)), 0, 1.0, size)
    rgb = np.full((*frame.shape, 3), 128, np.uint8)
    tray = RectifiedTray(rgb, np.ones(frame.shape, bool), frame_of(layout), homography, location)
    points = np.stack([px - centre[0], py - centre[1], np.full(px.shape, tall)], axis=-1)
    return View(
        tray, np.array([centre[0], centre[1], tall]), hit, thickness < 0.3, points @ forward, frame
    )


def inverse_depth(view: View, *, seen="rectified", blur_px=0.0, seed=0, noise=0.0):
    """The true inverse depth, scaled and shifted at random, blurred as a network's is."""
    generator = np.random.default_rng(seed)
    ratio = view.camera_mm[2] / (view.camera_mm[2] - view.hit_mm)
    true = ratio / (view.plane_depth if seen == "photograph" else view.camera_mm[2])
    scaled = generator.uniform(200, 90000) * true + generator.uniform(-50, 50)
    if blur_px:
        scaled = cv2.GaussianBlur(scaled, (0, 0), blur_px)
    if noise:
        scaled = scaled + generator.normal(0, noise * scaled.std(), scaled.shape)
    return scaled.astype(np.float32)
