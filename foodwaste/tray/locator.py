"""Finds the tray in a photograph: its four corners, its turn and how sure that is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import TrayNotFound
from foodwaste.profile import Layout
from foodwaste.tray.edge_search import search_edge_map, search_picture
from foodwaste.tray.edges import SEARCH_SIDE_PX, EdgeMap, find_edges, shrink
from foodwaste.tray.geometry import homographies_from_quads, project, quad_shapes
from foodwaste.tray.lines import find_lines
from foodwaste.tray.quads import quads_from_lines
from foodwaste.tray.refine import refine
from foodwaste.tray.scoring import agreement
from foodwaste.tray.template import Template, template_of
from foodwaste.tray.types import TrayLocation

#: Below this score a picture counts as one without a tray.
SCORE_LIMIT = 0.3
_MOST_LINES = 24
_MOST_QUADS = 120
_MOST_REFINED = 12
_COARSE_MM, _FINE_MM = 9.0, 6.0
_FINE_SIDE_PX = 1000


def locate(
    rgb: NDArray[np.uint8], layout: Layout, *, corners_px: object | None = None
) -> TrayLocation:
    """Finds the layout's tray in a hand-held, near-overhead photograph.

    Args:
        rgb: ``(H, W, 3) uint8``, RGB.
        layout: the tray to look for.
        corners_px: four outline corners in any cyclic order, where they are known; then only
            the turn is sought.

    Raises:
        TrayNotFound: nothing in the picture agrees well enough with the layout.
    """
    small, factor = shrink(rgb, SEARCH_SIDE_PX)
    edges = find_edges(small)
    size = (rgb.shape[1], rgb.shape[0])
    if corners_px is not None:
        return _turn_known_corners(edges, factor, layout, corners_px, size)
    coarse = template_of(layout, spacing_mm=_COARSE_MM)
    candidates = _candidates(edges, coarse)
    if len(candidates) == 0:
        raise TrayNotFound(score=0.0)
    scores = _score(edges, candidates, coarse)
    best = _best(candidates, scores, coarse, _MOST_REFINED)
    candidates = refine(
        candidates[best],
        coarse,
        search_edge_map(edges),
        reaches_px=(8.0, 7.0, 6.0, 5.0, 4.0, 3.0),
        weight=_balance(coarse),
    )
    scores = _score(edges, candidates, coarse)
    top = int(np.nanargmax(scores))
    fine = template_of(layout, spacing_mm=_FINE_MM)
    middle, middle_factor = shrink(rgb, _FINE_SIDE_PX)
    found = refine(
        candidates[top : top + 1],
        fine,
        search_picture(middle, factor / middle_factor),
        reaches_px=(3.0, 2.0, 1.5),
        weight=_balance(fine),
    )
    score = float(_score(edges, found, fine)[0])
    corners = project(found, fine.corners_mm)[0]
    if score < SCORE_LIMIT:
        raise TrayNotFound(score=score)
    return _location(corners, factor, score, size)


def _location(
    corners: NDArray[np.float64], factor: int, score: float, size: tuple[int, int]
) -> TrayLocation:
    corners = (corners + 0.5) * factor - 0.5
    right = corners[1] + corners[2] - corners[0] - corners[3]
    turn = round(float(np.degrees(np.arctan2(right[1], right[0]))) / 90) % 4 * 90
    return TrayLocation(corners, turn, score, size)


def _candidates(edges: EdgeMap, template: Template) -> NDArray[np.float64]:
    width, height = template.corners_mm[2]
    lines = find_lines(edges, most=_MOST_LINES)
    quads = quads_from_lines(
        lines, edges.shape, aspect=max(width, height) / min(width, height), most=_MOST_QUADS
    )
    return _turned(quads, template)


def _turned(quads: NDArray[np.float64], template: Template) -> NDArray[np.float64]:
    """Homographies of every quad in the turns that fit its proportions."""
    if len(quads) == 0:
        return np.zeros((0, 3, 3))
    turned = np.concatenate([np.roll(quads, -turn, axis=1) for turn in range(4)])
    wide, high, _, _ = quad_shapes(turned)
    width, height = template.corners_mm[2]
    turned = turned[np.abs(np.log(wide / high / (width / height))) < np.log(1.35)]
    return homographies_from_quads(template.corners_mm, turned)


def _score(
    edges: EdgeMap, homographies: NDArray[np.float64], template: Template
) -> NDArray[np.float64]:
    gain, seen = agreement(edges, homographies, template)
    gain = gain * np.minimum(1.0, seen / 0.5)
    outline, wells = gain[:, :4], gain[:, 4:]
    result: NDArray[np.float64] = 0.5 * outline.mean(axis=1) + 0.5 * wells.mean(axis=1)
    return result


def _balance(template: Template) -> NDArray[np.float64]:
    """Weight of each point, so that outline and wells count the same."""
    share = np.where(template.on_outline, 1.0 / template.on_outline.sum(), 0.0)
    share += np.where(template.on_outline, 0.0, 1.0 / (~template.on_outline).sum())
    return share * len(share) / 2


def _best(
    candidates: NDArray[np.float64], scores: NDArray[np.float64], template: Template, most: int
) -> list[int]:
    """Indices of the best candidates that differ from each other."""
    corners = project(candidates, template.corners_mm)
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if len(kept) == most:
            break
        if all(np.abs(corners[other] - corners[index]).max() > 5.0 for other in kept):
            kept.append(int(index))
    return kept


def _turn_known_corners(
    edges: EdgeMap, factor: int, layout: Layout, corners_px: object, size: tuple[int, int]
) -> TrayLocation:
    quad = np.asarray(corners_px, np.float64).reshape(4, 2)
    quad = (quad + 0.5) / factor - 0.5
    x, y = quad.T
    if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() < 0:
        quad = quad[::-1]
    template = template_of(layout, spacing_mm=_FINE_MM)
    candidates = _turned(quad[None], template)
    scores = _score(edges, candidates, template)
    top = int(np.argmax(scores))
    corners = project(candidates[top : top + 1], template.corners_mm)[0]
    return _location(corners, factor, float(scores[top]), size)
