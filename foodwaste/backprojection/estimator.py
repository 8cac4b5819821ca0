"""The colour estimator: how much of each well has the colour of its dish.

Two references are combined into a probability per pixel (Swain & Ballard's ratio histogram as
Bayes' rule over four classes): the empty tray (what is tray is not food) and the served dish
(what has the dish's colour), beside the dish smeared thinly over the tray (film) and anything
else. Without a served picture there is one reference only: what is not tray is food.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.backprojection.histogram import ColourSpace, Map, any_colour, colour_space
from foodwaste.backprojection.segment import clean, threshold_of
from foodwaste.backprojection.served import DishLook, Likelihood, learn_dishes
from foodwaste.backprojection.surface import BareSurface, bare_surface
from foodwaste.backprojection.texture import outside_band
from foodwaste.backprojection.view import ColourView, lit_like, view_of, window_of
from foodwaste.backprojection.waterline import fit_waterline
from foodwaste.evidence import Evidence, Finding
from foodwaste.profile import Profile
from foodwaste.tray.frame import Mask
from foodwaste.tray.types import RectifiedTray

NAME = "backprojection"

#: Less of a well than this in view, and nothing is said about it.
_LEAST_VISIBLE = 0.6
#: Share of a well's pixels beyond which glare and disagreement are worth a note.
_NOTEWORTHY = 0.15
#: Standard deviation of an area of one whole well when nothing is ambiguous, and of a liquid's
#: fill. Area is not amount: with perfect masks it misses the true volume ratio by 13.9 points
#: in the mean, and two areas of 0.6 and 0.3 with this error give a ratio that is off by as much.
_AREA_ERROR = 0.08
_FILL_ERROR = 0.04
#: A dish of nearly the tray's colour is hardly seen: this much more at no divergence (nats),
#: falling by e every two. White rice on steel has 1.5, all coloured dishes have over 4.
_ALIKE_ERROR = 0.3
#: And for each share of the well that could be food or not.
_AMBIGUOUS_ERROR = 1 / 6
_TRAY_COLOURED = (
    "colour cannot tell this dish from the tray: give --before or --meal-reference, "
    "or photograph a served tray once with 'foodwaste calibrate --serving'"
)
#: Without a served picture there is no second reference to agree with.
_ONE_REFERENCE = 0.6


@dataclass(frozen=True)
class ColourReferences:
    """What the estimator may compare with; learned once per served picture.

    ``ridge`` is ``(N, 3) uint8`` RGB of the served tray's bare ridges: the light it stood in.
    """

    dishes: Mapping[str, DishLook] | None
    empty_rgb: NDArray[np.uint8] | None
    ridge: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class _Seen:
    """One tray and what all its wells share."""

    view: ColourView
    bare: Mapping[ColourSpace, BareSurface]


def learn_references(
    profile: Profile, served: RectifiedTray | None, empty_rgb: NDArray[np.uint8] | None
) -> ColourReferences:
    """Learns from the served tray (``None``: after-only) and the rectified empty picture."""
    return learn_from_view(profile, None if served is None else view_of(served), empty_rgb)


def learn_from_view(
    profile: Profile, served: ColourView | None, empty_rgb: NDArray[np.uint8] | None
) -> ColourReferences:
    """Like :func:`learn_references`, from a view that may have been kept."""
    if served is None:
        return ColourReferences(None, empty_rgb)
    parameters = profile.backprojection
    spaces = {name: _space_of(profile, name) for name in profile.layout.compartments}
    dishes = dict(learn_dishes(spaces, served, empty_rgb, parameters))
    for name, serving in profile.servings.items():
        # A dish of the tray's own colour always looks as if nothing had been served.
        if serving.tray_coloured and name in dishes:
            dishes[name] = replace(dishes[name], present=True)
    return ColourReferences(dishes, empty_rgb, served.ridge)


def estimate(tray: RectifiedTray, profile: Profile, references: ColourReferences) -> Finding:
    """Area fraction (for liquids: fill fraction) of each compartment.

    The maps are ``food`` (``(H, W) float32``, probability 0..1), ``food_mask`` and ``residue``
    (``(H, W) bool``: visible, not tray, and not counted).
    """
    return estimate_view(view_of(tray), profile, references)


def estimate_view(view: ColourView, profile: Profile, references: ColourReferences) -> Finding:
    """Like :func:`estimate`, on a view that may have been kept."""
    parameters = profile.backprojection
    if references.ridge is not None:
        colour, level = parameters.match_colour, parameters.match_level
        view = lit_like(view, references.ridge, colour=colour, level=level)
    tray = view.tray
    spaces = {_space_of(profile, name) for name in profile.layout.compartments}
    bare = {
        space: bare_surface(space, view, references.empty_rgb, parameters.ridge_share)
        for space in spaces
    }
    seen = _Seen(view, bare)
    maps = {
        "food": np.zeros(tray.frame.shape, np.float32),
        "food_mask": np.zeros(tray.frame.shape, bool),
        "residue": np.zeros(tray.frame.shape, bool),
    }
    evidence: dict[str, Evidence] = {}
    dropped: dict[str, str] = {}
    for name, rim in tray.frame.rim_masks.items():
        visible = rim & tray.valid
        if np.count_nonzero(visible) < _LEAST_VISIBLE * np.count_nonzero(rim):
            dropped[name] = "out of the picture"
            continue
        serving = profile.servings.get(name)
        if references.dishes is None and serving is not None and serving.tray_coloured:
            dropped[name] = _TRAY_COLOURED
            continue
        evidence[name] = _judge(seen, profile, references, name, visible, maps)
    return Finding(evidence, maps, dropped)


def _space_of(profile: Profile, name: str) -> ColourSpace:
    serving = profile.servings.get(name)
    coloured = serving is not None and serving.tray_coloured
    return colour_space(profile.backprojection, tray_coloured=coloured)


def _judge(
    seen: _Seen,
    profile: Profile,
    references: ColourReferences,
    name: str,
    well: Mask,
    maps: Mapping[str, NDArray[np.generic]],
) -> Evidence:
    parameters = profile.backprojection
    tray = seen.view.tray
    window = window_of(well)
    inside, view = well[window], seen.view.hsv[window]
    space = _space_of(profile, name)
    empty = seen.bare[space].in_well(space, well)
    anything = any_colour(space)
    look = None if references.dishes is None else references.dishes[name]
    if look is not None and not look.present:
        look = None  # nothing was served here: there is no dish to look for
    strange = Likelihood(anything, empty, np.zeros_like(empty), np.zeros_like(empty))
    unlike_tray = strange.probability(space, view)
    if look is None:
        food, band = unlike_tray, None
    else:
        classes = Likelihood(
            look.food, empty, parameters.film_share * look.film, parameters.other_share * anything
        )
        food = classes.probability(space, view)
        if parameters.adapt_share > 0:
            sure = (food > 0.5) & inside
            classes = classes.adapted(space, view, sure, parameters.adapt_share)
            food = classes.probability(space, view)
        band = look.band if parameters.use_texture else None

    glare = (view[..., 2] >= parameters.specular_value_min) & (
        view[..., 1] <= parameters.specular_saturation_max
    )
    sharp = food
    food = _blurred(food, parameters.blur_kernel_px)
    food_inside = food[inside]
    candidate = (food >= threshold_of(food_inside, parameters)) & inside

    liquid = profile.is_liquid(name)
    volume_ml = None
    if liquid:
        whole = np.zeros(tray.frame.shape, np.float32)
        whole[window] = sharp
        unknown = ~tray.valid
        unknown[window] |= glare
        wall = seen.view.wall(name)
        water = fit_waterline(wall, whole, tray.rgb, unknown, film_known=look is not None)
        counted = wall.covered(water.level)[window] & inside
        amount, volume_ml = water.fill, water.volume_ml
        error = float(np.hypot(water.error, _FILL_ERROR))
    else:
        odd = None if band is None else outside_band(seen.view.rough[window], band, candidate)
        kept = candidate if odd is None else candidate & ~odd
        counted = clean(kept, tray.frame.mm_per_px, parameters) & inside
        amount = np.count_nonzero(counted) / len(food_inside)
        ambiguous = float((np.abs(food_inside - 0.5) < 0.25).mean())
        alike = 0.0 if look is None else _ALIKE_ERROR * np.exp(-look.divergence / 2)
        stated = (_AREA_ERROR * np.sqrt(amount), _AMBIGUOUS_ERROR * ambiguous, alike * amount)
        error = float(np.linalg.norm(stated))

    np.copyto(maps["food"][window], food, where=inside)
    np.copyto(maps["food_mask"][window], counted, where=inside)
    np.copyto(maps["residue"][window], (unlike_tray > 0.5) & ~counted, where=inside)
    two_references = look is not None
    confidence, notes = _confidence(
        food_inside, unlike_tray[inside], glare[inside], two_references=two_references
    )
    return Evidence(amount, confidence, error, volume_ml=volume_ml, dish=None, notes=notes)


def _confidence(
    food: Map, unlike_tray: Map, glare: Mask, *, two_references: bool
) -> tuple[float, tuple[str, ...]]:
    """Confidence falls near the threshold, at glare, and where the references disagree.

    Each ``(N,)``, one value for every pixel of the well.
    """
    decided = float(np.abs(2 * food - 1).mean())
    glaring = float(glare.mean())
    notes: list[str] = []
    if glaring > _NOTEWORTHY:
        notes.append("glare")
    if not two_references:
        return _ONE_REFERENCE * decided * (1 - glaring), tuple(notes)
    disagreeing = float(np.abs(food - unlike_tray).mean())
    if disagreeing > _NOTEWORTHY:
        notes.append("references disagree")
    return decided * (1 - glaring) * (1 - disagreeing), tuple(notes)


def _blurred(probability: Map, kernel_px: int) -> Map:
    if kernel_px < 3:
        return probability
    smooth: Map = cv2.GaussianBlur(probability, (kernel_px, kernel_px), 0)
    return smooth
