"""The outline of an empty tray of known size but unknown wells."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import TrayNotFound
from foodwaste.profile.polygon import Point, rounded_polygon
from foodwaste.tray.auto_layout_above import from_above
from foodwaste.tray.edge_search import search_edge_map
from foodwaste.tray.edges import DIRECTION_BINS, find_edges
from foodwaste.tray.geometry import (
    Camera,
    camera_fit,
    homographies_from_quads,
    project,
    signed_areas,
)
from foodwaste.tray.lines import find_lines
from foodwaste.tray.quads import quads_from_lines
from foodwaste.tray.refine import refine
from foodwaste.tray.scoring import agreement
from foodwaste.tray.template import Template, sample_outline
from foodwaste.tray.view import whole_view
from foodwaste.tray.well_search_edges import PX_PER_MM, spread, wall_edges

Homography = NDArray[np.float64]

_SEARCH_SIDE_PX = 400
_MOST_LINES, _MOST_QUADS = 24, 80
_RADIUS_MM = 28.0
#: Agreement of the outline with edges below which it is no outline (drawn and rendered trays
#: have 0.5 and more).
_LEAST_OUTLINE = 0.3
#: The bead, or the wells' rims, agree as well as the outline does and lie up to 20 mm inside:
#: 13 of 30 rendered photographs were found that way. So each side is looked for again up to so
#: far outside, then once more, mm.
_OUTSIDE_MM = (24.0, 6.0)
_INSIDE_MM, _MARGIN_MM = 4.0, 26.0
#: A side's edges over its middle part: at least this mean strength, no more than that counts,
#: so many places are tried.
_MIDDLE, _LEAST_EDGE, _ENOUGH_EDGE, _MOST_PLACES = 0.4, 0.25, 0.7, 5
#: Worth of a mm farther outside, and cost of what no usual camera sees (geometry.py). Of 30
#: rendered photographs 22 are then good to 2.5 mm at every corner, and 27 to 4 mm; before 17
#: and 21.
_OUTWARDS, _MISFIT_COST, _MOST_MISFIT = 0.007, 13.0, 0.2


def find_outline(rgb: NDArray[np.uint8], width_mm: float, height_mm: float) -> Homography:
    """``(3, 3)`` from mm to pixels, the width lying along the picture's rows where it can.

    Raises:
        TrayNotFound: no outline of that size is seen.
    """
    found = _from_lines(rgb, width_mm, height_mm)
    for outside_mm in _OUTSIDE_MM:
        found = _outermost(rgb, found, (width_mm, height_mm), outside_mm)
    return found


def outline_template(width_mm: float, height_mm: float, radius_mm: float) -> Template:
    """The outline alone, its four sides the groups."""
    box: tuple[Point, ...] = ((0.0, 0.0), (width_mm, 0.0), (width_mm, height_mm), (0.0, height_mm))
    points, normals = sample_outline(rounded_polygon(box, radius_mm), 6.0)
    side = np.argmax(normals @ np.array([[0, 1, 0, -1], [-1, 0, 1, 0]]), axis=1)
    return Template(points, normals, side.astype(np.intp), np.array(box), np.eye(4)[side])


def _from_lines(rgb: NDArray[np.uint8], width_mm: float, height_mm: float) -> Homography:
    view = whole_view(rgb, side_px=_SEARCH_SIDE_PX)
    edges = find_edges(view)
    outline = outline_template(width_mm, height_mm, _RADIUS_MM)
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


def _outermost(
    rgb: NDArray[np.uint8], found: Homography, size_mm: tuple[float, float], outside_mm: float
) -> Homography:
    """The sides moved to edges farther out, where a camera could see such a tray."""
    picture = from_above(rgb, found, *size_mm, margin_mm=_MARGIN_MM)
    edges = spread(wall_edges(picture), 1, less_chance=False)
    height, width = picture.shape[:2]
    ends = round(height * (1 - _MIDDLE) / 2), round(width * (1 - _MIDDLE) / 2)
    across = edges[0][ends[0] : height - ends[0]].mean(axis=0)
    down = edges[DIRECTION_BINS // 2][:, ends[1] : width - ends[1]].mean(axis=1)
    places = [_places(side, outside_mm) for side in (across, down, across[::-1], down[::-1])]
    combined = np.array(list(itertools.product(*places)))
    moved, strength = combined[..., 0], combined[..., 1]
    left, top, right, bottom = moved.T
    right, bottom = right + size_mm[0], bottom + size_mm[1]
    corners = np.stack([-left, -top, right, -top, right, bottom, -left, bottom], axis=1)
    seen = project(found[None], corners.reshape(-1, 2))[0].reshape(-1, 4, 2)
    candidates = homographies_from_quads(*size_mm, seen)
    fit = camera_fit(candidates, Camera.usual((rgb.shape[0], rgb.shape[1])))
    misfit = np.minimum(np.hypot(fit.stretch, fit.skew), _MOST_MISFIT)
    worth = np.minimum(strength, _ENOUGH_EDGE).sum(axis=1) + _OUTWARDS * moved.sum(axis=1)
    chosen = int(np.argmax(np.nan_to_num(worth - _MISFIT_COST * misfit, nan=-np.inf)))
    return np.asarray(candidates[chosen], np.float64)


def _places(strength: NDArray[np.float32], outside_mm: float) -> list[tuple[float, float]]:
    """``(mm outwards, strength)`` of the strongest edges along a side, its outside first."""
    first = round((_MARGIN_MM - outside_mm) * PX_PER_MM)
    last = round((_MARGIN_MM + _INSIDE_MM) * PX_PER_MM)
    peaks = [
        index
        for index in range(first + 2, last - 2)
        if strength[index] >= strength[index - 2 : index + 3].max()
        and strength[index] > _LEAST_EDGE
    ]
    peaks = sorted(peaks, key=lambda index: -strength[index])[:_MOST_PLACES]
    found = [(_MARGIN_MM - index / PX_PER_MM, float(strength[index])) for index in peaks]
    return found or [(0.0, 0.0)]
