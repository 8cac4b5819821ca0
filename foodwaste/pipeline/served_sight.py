"""A photograph seen by someone who knows what was served: the right way up, and found in doubt."""

from __future__ import annotations

from dataclasses import replace

from foodwaste.errors import TrayNotFound
from foodwaste.imaging import load
from foodwaste.imaging.source import STDIN
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.job import Corner
from foodwaste.pipeline.sight import FULL_PIXELS, Sight, look
from foodwaste.profile import Layout
from foodwaste.tray import RectifiedTray, frame_of, locate, locate_again, rectify
from foodwaste.tray.dish_colours import Agreement, agreement, half_turned
from foodwaste.tray.locator import SCORE_LIMIT

#: A place that scores at least this, too little by itself, is the tray's where dishes have this
#: correlation with what was served. Rendered trays have 0.56 and more (95 of 100), what lies
#: otherwise 0.58 at most (570 trays turned by half a turn).
_DOUBTFUL_SCORE, _SURE = 0.12, 0.6
_TURNED = "the tray was found upside down, and turned to agree with what was served"
_DOUBTFUL = "the tray fits its layout badly, and was told by where the served dishes lie"


def look_knowing(
    served: RectifiedTray | None,
    source: str,
    layout: Layout,
    budget: Budget,
    *,
    max_mpixels: float,
    target_pixels: int = FULL_PIXELS,
    corners_px: tuple[Corner, ...] | None = None,
) -> Sight:
    """:func:`foodwaste.pipeline.sight.look`, told by the colours of what was served.

    A tray that was found upside down is turned, and one that fits its layout too little to be
    believed is believed where its dishes lie as they were served.

    Args:
        served: the tray as it was served, or another one with the same dishes, if any.
        source: file, address or standard input.
        layout: of both.
        budget: times the stages.
        max_mpixels: larger pictures are refused.
        target_pixels: decoded at most.
        corners_px: in pixels of the whole upright photograph, where they are known.

    Raises:
        ImageError: the picture cannot be read.
        TrayNotFound: no tray of this layout in it.
    """
    try:
        sight = look(
            source,
            layout,
            budget,
            max_mpixels=max_mpixels,
            target_pixels=target_pixels,
            corners_px=corners_px,
        )
    except TrayNotFound as error:
        # Standard input can be read once; what looks like another layout's tray scores enough.
        if served is None or source == STDIN or error.score >= SCORE_LIMIT:
            raise
        doubtful = _in_doubt(source, layout, budget, max_mpixels, target_pixels)
        if doubtful is None:
            raise
        sight, told = doubtful, _told(doubtful, served)
        if max(told.as_found, told.as_turned) < _SURE:
            raise
    else:
        if served is None:
            return sight
        told = _told(sight, served)
    return _turned(sight, layout, given=corners_px is not None) if told.is_half_turned else sight


def _told(sight: Sight, served: RectifiedTray) -> Agreement:
    return agreement(sight.tray.rgb, served.rgb, served.frame)


def _in_doubt(
    source: str, layout: Layout, budget: Budget, max_mpixels: float, target_pixels: int
) -> Sight | None:
    """The place that fits best, however little; ``None`` where none does at all."""
    with budget.stage("imaging"):
        picture = load(source, max_mpixels=max_mpixels, target_pixels=target_pixels)
    with budget.stage("tray"):
        try:
            location = locate(picture.rgb, layout, limit=_DOUBTFUL_SCORE)
        except TrayNotFound:
            return None
        tray = rectify(picture.rgb, location, frame_of(layout))
        return Sight(picture, tray, remarks=(_DOUBTFUL,))


def _turned(sight: Sight, layout: Layout, *, given: bool) -> Sight:
    """The same the other way round; corners that were given stay where they are."""
    rgb, location = sight.picture.rgb, half_turned(sight.location)
    if not given:
        location = locate_again(rgb, layout, location)
    tray = rectify(rgb, location, frame_of(layout))
    return replace(sight, tray=tray, remarks=(*sight.remarks, _TURNED))
