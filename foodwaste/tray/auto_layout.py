"""Measures an unknown tray's layout from one photograph of it, clean and empty."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import ProfileError, TrayNotFound
from foodwaste.profile import Compartment, Label, Layout
from foodwaste.profile.polygon import Point, rounded_polygon
from foodwaste.profile.schema import Material
from foodwaste.tray.camera import Camera as TrayCamera
from foodwaste.tray.camera import camera_from_homography
from foodwaste.tray.edge_search import search_edge_map
from foodwaste.tray.edges import EdgeMap, find_edges
from foodwaste.tray.geometry import Camera, homographies_from_quads, project, signed_areas
from foodwaste.tray.lines import find_lines
from foodwaste.tray.quads import quads_from_lines
from foodwaste.tray.refine import refine
from foodwaste.tray.scoring import agreement
from foodwaste.tray.template import Template, sample_outline
from foodwaste.tray.view import View, whole_view
from foodwaste.tray.well_search import RoundedBox, find_wells

#: Scale at which wells are searched: ridges between wells are 6 mm wide and more.
_PX_PER_MM = 1.6
_SEARCH_SIDE_PX = 400
_MOST_LINES, _MOST_QUADS = 24, 80
#: Corner radii that are tried for the outline, mm.
_RADII_MM = (5.0, 12.0, 20.0, 28.0, 36.0, 44.0)
#: Agreement of the outline with edges below which it is no outline (drawn and rendered trays
#: have 0.5 and more).
_LEAST_OUTLINE = 0.3
#: A well is this much shallower than the rim is high: the tray's own sheet and its feet.
_UNDER_FLOOR_MM = 4.0
#: Where no floor is seen, walls are taken to slope at 45 degrees, within half the well.
_STEEPEST_INSET = 0.3
#: Wells found must cover this share of the tray (steel-5 0.75, white-5 0.70; where edges were
#: too faint to tell the wells of a rendered white tray, 0.54 was found).
_LEAST_COVERED = 0.6


def measure_layout(
    rgb: NDArray[np.uint8],
    *,
    width_mm: float,
    height_mm: float,
    rim_height_mm: float,
    material: Material,
    corners_px: object | None = None,
) -> Layout:
    """Finds an empty tray's outline and wells; the layout is meant to be checked and edited.

    Rims, floors and radii are measured, depths are not: one picture does not show them, so each
    is the rim's height less 4 mm. Wells are called ``well-1`` and so on, in reading order as
    the tray lies in the photograph.

    Args:
        rgb: ``(H, W, 3) uint8``, RGB, the clean tray from above.
        width_mm: the tray's outer width: its side that runs most nearly along the picture's
            rows, unless ``corners_px`` says otherwise.
        height_mm: its outer height.
        rim_height_mm: height of the rim above the table.
        material: what it is made of.
        corners_px: the outline's top left, top right, bottom right and bottom left corners,
            where they are known or lie outside the picture.

    Raises:
        TrayNotFound: no outline of that size is seen.
        ProfileError: the wells cannot be told apart.
    """
    if corners_px is None:
        to_photo = _outline(rgb, width_mm, height_mm)
    else:
        quad = np.asarray(corners_px, np.float64).reshape(1, 4, 2)
        if signed_areas(quad)[0] <= 0:
            raise ProfileError("corners must run clockwise: top left, top right, and so on")
        to_photo = homographies_from_quads(width_mm, height_mm, quad)[0]
    picture = _from_above(rgb, to_photo, width_mm, height_mm)
    height, width = picture.shape[:2]
    edges = find_edges(View(picture, (0, 0), 1, Camera.usual((height, width))))
    wells = find_wells(edges, _PX_PER_MM)
    covered = sum(rim.area for rim, _ in wells) / (width * height)
    if covered < _LEAST_COVERED:
        raise ProfileError(
            f"the wells cannot be told apart in this picture ({len(wells)} found, "
            f"{covered:.0%} of the tray); give --layout NAME and edit the profile by hand"
        )
    camera = camera_from_homography(to_photo, (rgb.shape[1], rgb.shape[0]))
    depth_mm = max(5.0, rim_height_mm - _UNDER_FLOOR_MM)
    return Layout(
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


def _outline(rgb: NDArray[np.uint8], width_mm: float, height_mm: float) -> NDArray[np.float64]:
    """``(3, 3)`` from mm to pixels, the width lying along the picture's rows."""
    view = whole_view(rgb, side_px=_SEARCH_SIDE_PX)
    edges = find_edges(view)
    outline = _outline_template(width_mm, height_mm, 28.0)
    quads = quads_from_lines(
        find_lines(edges, most=_MOST_LINES),
        edges.shape,
        edges.camera,
        sides_mm=(width_mm, height_mm),
        most=_MOST_QUADS,
    )
    if len(quads) == 0:
        raise TrayNotFound(score=0.0)
    candidates = homographies_from_quads(width_mm, height_mm, quads)
    gain, _ = agreement(edges, candidates, outline)
    # The bead inside the outline agrees as well as the outline does: size decides.
    large = np.sqrt(np.abs(signed_areas(quads))) / np.hypot(*edges.shape)
    best = np.argsort(-(gain.mean(axis=1) + large), kind="stable")[:8]
    settled = refine(
        candidates[best],
        outline,
        search_edge_map(edges),
        reaches_px=(5.0, 4.0, 3.0, 3.0),
        weight=np.ones(len(outline.points_mm)),
        camera=edges.camera,
    )
    gain, _ = agreement(edges, settled, outline)
    corners = project(settled, outline.corners_mm)
    large = np.sqrt(np.abs(signed_areas(corners))) / np.hypot(*edges.shape)
    chosen = int(np.argmax(gain.mean(axis=1) + large))
    found = float(gain[chosen].mean())
    if found < _LEAST_OUTLINE:
        raise TrayNotFound(
            "the tray's outline was not found; give --corners", score=max(0.0, found)
        )
    quad = project((view.to_photo @ settled[chosen])[None], outline.corners_mm)
    along = quad[0, 1] + quad[0, 2] - quad[0, 0] - quad[0, 3]
    if along[0] < 0:
        quad = np.roll(quad, 2, axis=1)
    return np.asarray(homographies_from_quads(width_mm, height_mm, quad)[0], np.float64)


def _outline_template(width_mm: float, height_mm: float, radius_mm: float) -> Template:
    box: tuple[Point, ...] = ((0.0, 0.0), (width_mm, 0.0), (width_mm, height_mm), (0.0, height_mm))
    points, normals = sample_outline(rounded_polygon(box, radius_mm), 6.0)
    side = np.argmax(normals @ np.array([[0, 1, 0, -1], [-1, 0, 1, 0]]), axis=1)
    return Template(points, normals, side.astype(np.intp), np.array(box), np.eye(4)[side])


def _outline_radius(edges: EdgeMap, width_mm: float, height_mm: float) -> float:
    """Corner radius, from the picture in which the outline is the picture's own border."""
    scale = np.diag([_PX_PER_MM, _PX_PER_MM, 1.0])[None]
    best, radius = -1.0, _RADII_MM[2]
    for tried in _RADII_MM:
        template = _outline_template(width_mm, height_mm, tried)
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


def _from_above(
    rgb: NDArray[np.uint8], to_photo: NDArray[np.float64], width_mm: float, height_mm: float
) -> NDArray[np.uint8]:
    size = (round(width_mm * _PX_PER_MM), round(height_mm * _PX_PER_MM))
    px_to_photo = to_photo @ np.diag([1 / _PX_PER_MM, 1 / _PX_PER_MM, 1.0])
    corners = project(px_to_photo[None], np.array([[0, 0], [size[0], 0], [size[0], size[1]]]))[0]
    finest = np.linalg.norm(corners[1] - corners[0]) / size[0]
    factor = max(1, int(finest))
    height, width = rgb.shape[:2]
    if factor > 1:
        rgb = np.asarray(
            cv2.resize(
                rgb[: height // factor * factor, : width // factor * factor],
                (width // factor, height // factor),
                interpolation=cv2.INTER_AREA,
            )
        )
    middle = 0.5 / factor - 0.5
    reduce = np.array([[1 / factor, 0, middle], [0, 1 / factor, middle], [0, 0, 1.0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(rgb, reduce @ px_to_photo, size, flags=flags)
    return np.asarray(warped, np.uint8)


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
    top, bottom = (x1 - x0) * (y1 - y0), (low[2] - low[0]) * (low[3] - low[1])
    # Frustum between rim and floor.
    capacity = depth_mm / 3 * (top + bottom + np.sqrt(top * bottom)) / 1000
    return Compartment(
        label=Label(en=f"well {number}"),
        rim_polygon_mm=_polygon(rim_mm),
        rim_radius_mm=round(rim_radius, 1),
        floor_polygon_mm=_polygon(low),
        floor_radius_mm=round(floor_radius, 1),
        depth_mm=depth_mm,
        capacity_ml=round(float(capacity)),
    )


def _in_mm(box: RoundedBox) -> tuple[tuple[float, float, float, float], float]:
    # Pixel x is centred on (x + 0.5) / scale.
    left, top, right, bottom = (
        (side + 0.5) / _PX_PER_MM for side in (box.left, box.top, box.right, box.bottom)
    )
    return (left, top, right, bottom), box.radius / _PX_PER_MM


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
