"""Finds the tray in a photograph: its four corners, its turn and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import TrayNotFound
from foodwaste.profile import Layout
from foodwaste.tray.edge_search import search_edge_map, search_picture
from foodwaste.tray.edges import EdgeMap, find_edges
from foodwaste.tray.geometry import (
    camera_fit,
    homographies_from_quads,
    project,
    signed_areas,
)
from foodwaste.tray.lines import Lines, find_peaks, lines_at
from foodwaste.tray.quads import quads_from_lines
from foodwaste.tray.refine import refine
from foodwaste.tray.scoring import OUTLINE_SHARE, score
from foodwaste.tray.shifts import best_shifts
from foodwaste.tray.template import Template, template_of
from foodwaste.tray.types import TrayLocation
from foodwaste.tray.view import View, region_view, whole_view

Homographies = NDArray[np.float64]
Scores = NDArray[np.float64]

#: Below this score a picture counts as one without a tray.
SCORE_LIMIT = 0.21
#: Longest side of the picture in which a tray is searched for. At 400 px a tray that fills
#: the picture has about 1 px per mm: its rim and wells are resolved, food texture is not.
SEARCH_SIDE_PX = 400
#: A tray seen at less than this is looked at once more in a view of its own.
_COARSEST_PX_PER_MM = 0.6
#: Views for that, and for the last refinement, are at least this fine.
_CLOSE_PX_PER_MM, _FINE_PX_PER_MM = 0.8, 1.5
_MOST_CLOSE = 6
#: How far beyond the picture a tray that fills it may reach, as shares of its sides, and how
#: far the picture's sides may be from the tray's.
_FRAME_BEYOND = (0.0, 0.05)
_FRAME_MISFIT = 0.1
_COARSE_MM, _FINE_MM = 12.0, 6.0


@dataclass(frozen=True)
class _Effort:
    """How many of the strongest lines, of the quads they form, and of places are looked at."""

    lines: int
    quads: int
    refined: int


_QUICK = _Effort(lines=16, quads=40, refined=4)
_THOROUGH = _Effort(lines=32, quads=200, refined=12)
#: A quick look is believed from this score on (eleven real trays score 0.25-0.56, the wrong
#: layout's tray up to 0.29), when whatever lies elsewhere scores this much less.
_GOOD_SCORE = 0.24
_CLEAR_LEAD = 0.08
_SAME_PLACE_PX = 12.0


def locate(
    rgb: NDArray[np.uint8],
    layout: Layout,
    *,
    corners_px: object | None = None,
    limit: float = SCORE_LIMIT,
) -> TrayLocation:
    """Finds the layout's tray in a hand-held, near-overhead photograph.

    Args:
        rgb: ``(H, W, 3) uint8``, RGB.
        layout: the tray to look for.
        corners_px: four outline corners in any cyclic order, where they are known; then only
            the turn is sought.
        limit: least score, lower where something else tells whether it is the tray.

    Raises:
        TrayNotFound: nothing in the picture agrees well enough with the layout.
    """
    view = whole_view(rgb, side_px=SEARCH_SIDE_PX)
    edges = find_edges(view)
    if corners_px is not None:
        return _turn_of_known_corners(rgb, view, edges, layout, corners_px)
    found, scores = _search(edges, layout)
    if len(found) == 0:
        raise TrayNotFound(score=0.0)
    in_photo = view.to_photo @ found
    best = int(np.argmax(scores))
    if _px_per_mm(found[best], layout) < _COARSEST_PX_PER_MM:
        in_photo, scores = _look_closer(rgb, in_photo[np.argsort(-scores)[:_MOST_CLOSE]], layout)
        best = int(np.argmax(scores))
    exact = _refine_in_photo(rgb, in_photo[best], layout)
    final = float(scores[best])
    if final < limit:
        raise TrayNotFound(score=max(0.0, final))
    return _location(exact, layout, final, rgb)


def locate_again(rgb: NDArray[np.uint8], layout: Layout, location: TrayLocation) -> TrayLocation:
    """The same place, exact to part of a pixel of a finer copy of the photograph.

    Args:
        rgb: ``(H, W, 3) uint8``, RGB.
        layout: the tray that was found.
        location: where, in pixels of the coarser copy.
    """
    finer = rgb.shape[1] / location.image_size_px[0]
    corners = (location.corners_px + 0.5) * finer - 0.5
    place = homographies_from_quads(layout.width_mm, layout.height_mm, corners[None])[0]
    return _location(_refine_in_photo(rgb, place, layout), layout, location.score, rgb)


def _search(edges: EdgeMap, layout: Layout) -> tuple[Homographies, Scores]:
    """Places of the tray in the whole view, refined, and their scores.

    Most photographs show a tray whose four sides are among the strongest lines: a quick look at
    those is enough when it finds one that no other place or turn comes near.
    """
    peaks = find_peaks(edges, most=_THOROUGH.lines)
    few = lines_at(edges, peaks.strongest(_QUICK.lines))
    found, scores = _propose(edges, layout, few, _QUICK)
    if _beyond_doubt(found, scores, layout):
        return found, scores
    more, more_scores = _propose(edges, layout, lines_at(edges, peaks), _THOROUGH)
    frame, frame_scores = _settle(edges, _whole_frame(edges, layout), layout)
    return (
        np.concatenate([found, more, frame]),
        np.concatenate([scores, more_scores, frame_scores]),
    )


def _propose(
    edges: EdgeMap, layout: Layout, lines: Lines, effort: _Effort
) -> tuple[Homographies, Scores]:
    """The best places among the quads that the lines form, settled, and their scores."""
    coarse = template_of(layout, spacing_mm=_COARSE_MM)
    quads = quads_from_lines(
        lines,
        edges.shape,
        edges.camera,
        sides_mm=(layout.width_mm, layout.height_mm),
        most=effort.quads,
    )
    candidates = _turns(quads, layout, 2)
    best = _best(candidates, score(edges, candidates, coarse), coarse, effort.refined)
    return _settle(edges, candidates[best], layout)


def _beyond_doubt(found: Homographies, scores: Scores, layout: Layout) -> bool:
    """Whether the best place is good, and better than any that is elsewhere or turned."""
    if len(found) == 0 or scores.max() < _GOOD_SCORE:
        return False
    best = int(np.argmax(scores))
    corners = project(found, template_of(layout, spacing_mm=_FINE_MM).corners_mm)
    elsewhere = np.abs(corners - corners[best]).max(axis=(1, 2)) > _SAME_PLACE_PX
    return not elsewhere.any() or bool(scores[best] - scores[elsewhere].max() > _CLEAR_LEAD)


def _whole_frame(edges: EdgeMap, layout: Layout) -> Homographies:
    """Places of a tray that fills the picture, for a crop that shows no outline to propose one.

    Settling then moves them to the wells: the labelled crop, 3 % of it cut off all round, is
    found to 0.9 % of its diagonal from either size.
    """
    height, width = edges.shape
    quads = []
    for beyond in _FRAME_BEYOND:
        x, y = beyond * width, beyond * height
        quads.append([[-x, -y], [width + x, -y], [width + x, height + y], [-x, height + y]])
    turned = _turns(np.asarray(quads, np.float64), layout, 4)
    fit = camera_fit(turned, edges.camera)
    return turned[np.hypot(fit.stretch, fit.skew) < _FRAME_MISFIT]


def _settle(
    edges: EdgeMap, candidates: Homographies, layout: Layout
) -> tuple[Homographies, Scores]:
    """Moves candidates to the nearby place that agrees best, and scores them there."""
    if len(candidates) == 0:
        return candidates, np.zeros(0)
    coarse = template_of(layout, spacing_mm=_COARSE_MM)
    fine = template_of(layout, spacing_mm=_FINE_MM)
    shifted = best_shifts(edges, candidates, coarse)
    refined = refine(
        shifted,
        coarse,
        search_edge_map(edges),
        reaches_px=(8.0, 6.0, 5.0, 4.0, 3.0),
        weight=_balance(coarse),
        camera=edges.camera,
    )
    before, after = score(edges, shifted, fine), score(edges, refined, fine)
    better = after >= before
    return np.where(better[:, None, None], refined, shifted), np.maximum(before, after)


def _look_closer(
    rgb: NDArray[np.uint8], candidates: Homographies, layout: Layout
) -> tuple[Homographies, Scores]:
    """Settles candidates again in a finer view of the first one's surroundings."""
    corners = project(candidates[:1], template_of(layout, spacing_mm=_FINE_MM).corners_mm)[0]
    margin = 0.12 * (corners - corners.mean(axis=0))
    factor = max(1, int(_px_per_mm(candidates[0], layout) / _CLOSE_PX_PER_MM))
    view = region_view(rgb, corners + margin, factor)
    settled, scores = _settle(find_edges(view), view.from_photo @ candidates, layout)
    return view.to_photo @ settled, scores


def _refine_in_photo(
    rgb: NDArray[np.uint8], homography: NDArray[np.float64], layout: Layout
) -> NDArray[np.float64]:
    """Refines one place to part of a pixel."""
    fine = template_of(layout, spacing_mm=_FINE_MM)
    scale = _px_per_mm(homography, layout)
    factor = max(1, int(scale / _FINE_PX_PER_MM))
    corners = project(homography[None], fine.corners_mm)[0]
    view = region_view(rgb, np.concatenate([corners - 8 * factor, corners + 8 * factor]), factor)
    px_per_mm = scale / factor
    refined = refine(
        (view.from_photo @ homography)[None],
        fine,
        search_picture(view.rgb),
        reaches_px=(3.5 * px_per_mm, 2.5 * px_per_mm, 2.0 * px_per_mm),
        weight=_balance(fine),
        camera=view.camera,
    )
    return np.asarray(view.to_photo @ refined[0], np.float64)


def _px_per_mm(homography: NDArray[np.float64], layout: Layout) -> float:
    corners = template_of(layout, spacing_mm=_FINE_MM).corners_mm
    area = signed_areas(project(homography[None], corners))[0]
    return float(np.sqrt(abs(area) / (layout.width_mm * layout.height_mm)))


def _turn_of_known_corners(
    rgb: NDArray[np.uint8], view: View, edges: EdgeMap, layout: Layout, corners_px: object
) -> TrayLocation:
    quad = np.asarray(corners_px, np.float64).reshape(1, 4, 2)
    if signed_areas(quad)[0] < 0:
        quad = quad[:, ::-1]
    turned = _turns(quad, layout, 4)
    scores = score(edges, view.from_photo @ turned, template_of(layout, spacing_mm=_FINE_MM))
    best = int(np.argmax(scores))
    return _location(turned[best], layout, max(0.0, float(scores[best])), rgb)


def _location(
    homography: NDArray[np.float64], layout: Layout, score: float, rgb: NDArray[np.uint8]
) -> TrayLocation:
    corners = project(homography[None], template_of(layout, spacing_mm=_FINE_MM).corners_mm)[0]
    right = corners[1] + corners[2] - corners[0] - corners[3]
    turn = round(float(np.degrees(np.arctan2(right[1], right[0]))) / 90) % 4 * 90
    return TrayLocation(corners, turn, score, (rgb.shape[1], rgb.shape[0]))


def _turns(quads: NDArray[np.float64], layout: Layout, turns: int) -> Homographies:
    """Homographies of every quad, as it is and turned by 180° (2) or by every 90° (4)."""
    turned = [np.roll(quads, 4 * turn // turns, axis=1) for turn in range(turns)]
    return homographies_from_quads(layout.width_mm, layout.height_mm, np.concatenate(turned))


def _balance(template: Template) -> NDArray[np.float64]:
    """Weight of each point, so that outline and wells count as in the score."""
    outline = template.on_outline
    share = np.where(outline, OUTLINE_SHARE / outline.sum(), (1 - OUTLINE_SHARE) / (~outline).sum())
    return np.asarray(share * len(share), np.float64)


def _best(candidates: Homographies, scores: Scores, template: Template, most: int) -> list[int]:
    """Indices of the best candidates that differ from each other."""
    corners = project(candidates, template.corners_mm)
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if len(kept) == most or scores[index] < 0:
            break
        if all(np.abs(corners[other] - corners[index]).max() > 4.0 for other in kept):
            kept.append(int(index))
    return kept
