"""Measures an unknown tray's layout from one photograph of it, clean and empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import ProfileError
from foodwaste.profile import Compartment, Label, Layout
from foodwaste.profile.polygon import Point, polygon_area, rounded_polygon
from foodwaste.profile.schema import Material
from foodwaste.tray.auto_layout_above import from_above
from foodwaste.tray.auto_layout_outline import find_outline, outline_template
from foodwaste.tray.camera import Camera as TrayCamera
from foodwaste.tray.camera import camera_from_homography
from foodwaste.tray.edges import EdgeMap, find_edges
from foodwaste.tray.geometry import Camera, homographies_from_quads, project, signed_areas
from foodwaste.tray.scoring import agreement
from foodwaste.tray.template import Template
from foodwaste.tray.view import View
from foodwaste.tray.well_search import RoundedBox, find_wells
from foodwaste.tray.well_search_edges import PX_PER_MM

#: Corner radii that are tried for the outline, mm.
_RADII_MM = (5.0, 12.0, 20.0, 28.0, 36.0, 44.0)
#: A well is this much shallower than the rim is high: the tray's own sheet and its feet.
UNDER_FLOOR_MM = 4.0
#: Where no floor is seen, walls are taken to slope at 45 degrees, within half the well.
_STEEPEST_INSET = 0.3
#: Wells found must cover this share of the tray (steel-5 0.75, white-5 0.70; where edges were
#: too faint to tell the wells of a rendered white tray, 0.54 was found).
_LEAST_COVERED = 0.6
#: And edges must support every rim so far (right ones 0.27 and more).
_LEAST_SUPPORT = 0.2


@dataclass(frozen=True)
class MeasuredLayout:
    """What one picture of an empty tray shows.

    Attributes:
        layout: its wells, called ``well-1`` and so on, in reading order as the tray lies.
        corners_px: ``(4, 2) float64``, the layout's top left, top right, bottom right and
            bottom left corners in the photograph.
    """

    layout: Layout
    corners_px: NDArray[np.float64]


def measure_layout(
    rgb: NDArray[np.uint8],
    *,
    size_mm: tuple[float, float],
    rim_height_mm: float,
    material: Material,
    corners_px: object | None = None,
) -> MeasuredLayout:
    """Finds an empty tray's outline and wells; the layout is meant to be checked and edited.

    Rims, floors and radii are measured, depths are not: one picture does not show them, so each
    is the rim's height less 4 mm.

    Args:
        rgb: ``(H, W, 3) uint8``, RGB, the clean tray from above.
        size_mm: the tray's outer size; its longer side is the layout's width.
        rim_height_mm: height of the rim above the table.
        material: what it is made of.
        corners_px: the outline's four corners in any order around the tray, where they are
            known or lie outside the picture.

    Raises:
        TrayNotFound: no outline of that size is seen.
        ProfileError: the wells cannot be told apart.
    """
    width_mm, height_mm = max(size_mm), min(size_mm)
    if corners_px is None:
        to_photo = find_outline(rgb, width_mm, height_mm)
    else:
        quad = _upright(np.asarray(corners_px, np.float64).reshape(4, 2))
        to_photo = homographies_from_quads(width_mm, height_mm, quad[None])[0]
    picture = from_above(rgb, to_photo, width_mm, height_mm)
    height, width = picture.shape[:2]
    wells = find_wells(picture)
    _refuse_guesses(wells, float(width * height))
    camera = camera_from_homography(to_photo, (rgb.shape[1], rgb.shape[0]))
    depth_mm = max(5.0, rim_height_mm - UNDER_FLOOR_MM)
    edges = find_edges(View(picture, (0, 0), 1, Camera.usual((height, width))))
    layout = Layout(
        width_mm=width_mm,
        height_mm=height_mm,
        rim_height_mm=rim_height_mm,
        corner_radius_mm=_outline_radius(edges, width_mm, height_mm),
        material=material,
        compartments={
            f"well-{number}": _compartment(number, rim, floor, depth_mm, camera)
            for number, (rim, floor) in enumerate(wells, start=1)
        },
    )
    ends = np.array([[0.0, 0.0], [width_mm, 0.0], [width_mm, height_mm], [0.0, height_mm]])
    return MeasuredLayout(layout, project(to_photo[None], ends)[0])


def _refuse_guesses(wells: Sequence[tuple[RoundedBox, RoundedBox | None]], size_px: float) -> None:
    covered = sum(rim.area for rim, _ in wells) / size_px
    faintest = min((rim.support for rim, _ in wells), default=0.0)
    if covered >= _LEAST_COVERED and faintest >= _LEAST_SUPPORT:
        return
    found = "1 well" if len(wells) == 1 else f"{len(wells)} wells"
    raise ProfileError(
        f"the wells cannot be told apart in this picture ({found} seen, {covered:.0%} of the "
        "tray): photograph it in side light, sharp and from straight above, give its --corners, "
        "or take the --layout of a tray like it and edit the profile"
    )


def _upright(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners clockwise, a longer side first, the tray as nearly upright as it lies."""
    if signed_areas(quad[None])[0] < 0:
        quad = quad[::-1]
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    if sides[0] + sides[2] < sides[1] + sides[3]:
        quad = np.roll(quad, -1, axis=0)
    along = quad[1] + quad[2] - quad[0] - quad[3]
    return np.roll(quad, 2, axis=0) if along[0] < 0 else quad


def _outline_radius(edges: EdgeMap, width_mm: float, height_mm: float) -> float:
    """Corner radius, from the picture in which the outline is the picture's own border."""
    scale = np.diag([PX_PER_MM, PX_PER_MM, 1.0])[None]
    best, radius = -1.0, _RADII_MM[2]
    for tried in _RADII_MM:
        template = outline_template(width_mm, height_mm, tried)
        bent = (np.abs(template.normals_mm).max(axis=1) < 0.95).astype(float)
        corner = Template(
            template.points_mm,
            template.normals_mm,
            template.group,
            template.corners_mm,
            bent[:, None],
        )
        gain, _ = agreement(edges, scale, corner)
        if gain[0, 0] > best:
            best, radius = float(gain[0, 0]), tried
    return radius


def _compartment(
    number: int, rim: RoundedBox, floor: RoundedBox | None, depth_mm: float, camera: TrayCamera
) -> Compartment:
    rim_mm, rim_radius = _in_mm(rim)
    x0, y0, x1, y1 = rim_mm
    if floor is None:
        inset = min(depth_mm, _STEEPEST_INSET * min(x1 - x0, y1 - y0))
        low, floor_radius = (x0 + inset, y0 + inset, x1 - inset, y1 - inset), rim_radius / 3
    else:
        seen, floor_radius = _in_mm(floor)
        low = _sunk(seen, depth_mm, camera)
        # Seen through the camera's rays a floor stays inside its rim; blur may say otherwise.
        low = (max(low[0], x0 + 1), max(low[1], y0 + 1), min(low[2], x1 - 1), min(low[3], y1 - 1))
    rim_polygon, floor_polygon = _polygon(rim_mm), _polygon(low)
    rim_radius, floor_radius = round(rim_radius, 1), round(floor_radius, 1)
    top = polygon_area(rounded_polygon(rim_polygon, rim_radius))
    bottom = polygon_area(rounded_polygon(floor_polygon, floor_radius))
    # Frustum between rim and floor.
    capacity = depth_mm / 3 * (top + bottom + np.sqrt(top * bottom)) / 1000
    return Compartment(
        label=Label(en=f"well {number}"),
        rim_polygon_mm=rim_polygon,
        rim_radius_mm=rim_radius,
        floor_polygon_mm=floor_polygon,
        floor_radius_mm=floor_radius,
        depth_mm=depth_mm,
        capacity_ml=round(float(capacity)),
    )


def _in_mm(box: RoundedBox) -> tuple[tuple[float, float, float, float], float]:
    # Pixel x is centred on (x + 0.5) / scale.
    left, top, right, bottom = (
        (side + 0.5) / PX_PER_MM for side in (box.left, box.top, box.right, box.bottom)
    )
    return (left, top, right, bottom), box.radius / PX_PER_MM


def _sunk(
    seen: tuple[float, float, float, float], depth_mm: float, camera: TrayCamera
) -> tuple[float, float, float, float]:
    """Where a box seen on the rim plane really lies, ``depth_mm`` below it."""
    away = (camera.height_mm + depth_mm) / camera.height_mm
    x, y = camera.nadir_mm
    left, top, right, bottom = seen
    return (
        x + (left - x) * away,
        y + (top - y) * away,
        x + (right - x) * away,
        y + (bottom - y) * away,
    )


def _polygon(box: tuple[float, float, float, float]) -> tuple[Point, ...]:
    x0, y0, x1, y1 = (round(2 * side) / 2 for side in box)
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
