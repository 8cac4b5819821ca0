"""The two ways to depth evidence: MiDaS aligned on the tray, and the embedded height network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste import models
from foodwaste.depth.estimate import estimate_depth
from foodwaste.depth.from_heights import evidence_from_heights
from foodwaste.depth.liquid_level import level_liquid
from foodwaste.depth.outlines import tidied
from foodwaste.depth.registration import places_of_dishes
from foodwaste.depth.tray_inputs import KNOWN, KNOWN_PLANES, known_planes
from foodwaste.depth.two_looks import look_twice
from foodwaste.errors import ModelMissing, UsageError
from foodwaste.evidence import Finding
from foodwaste.models import Session
from foodwaste.profile import Profile
from foodwaste.tray.frame import Mask
from foodwaste.tray.types import RectifiedTray

#: Probability of food below which a pixel is taken for bare tray.
_BARE_BELOW = 0.2


@dataclass
class MidasDepth:
    """Depth from a MiDaS network, aligned anew on every tray.

    The network sees the rectified tray, once: 288 x 384 is just the size that MiDaS's own
    transform gives it, the tray fills it whatever the camera's distance, and before and after
    are seen alike. In the photograph the tray would have to share the network's 384 x 512
    with the table, at 1.8 times the cost.
    """

    session: Session
    name: str = "depth"

    def estimate(
        self,
        tray: RectifiedTray,
        profile: Profile,
        colour: Finding | None,
        *,
        served: RectifiedTray | None = None,
        served_finding: Finding | None = None,
        empty_rgb: NDArray[np.uint8] | None = None,
    ) -> Finding:
        """Millilitres per compartment; every compartment dropped when nothing fits.

        Args:
            tray: the tray.
            profile: for its layout.
            colour: what the colour estimator found; without it only the rim's ridges and the
                table count as known.
            served: unused.
            served_finding: unused.
            empty_rgb: unused.
        """
        del served, served_finding, empty_rgb
        answer = self.session.run(tray.rgb[None])["inverse_depth"]
        inverse = np.squeeze(answer).astype(np.float32)
        height, width = tray.frame.shape
        if inverse.shape != (height, width):
            inverse = cv2.resize(inverse, (width, height), interpolation=cv2.INTER_CUBIC)
        return estimate_depth(tray, profile.layout, inverse, known_bare(tray, colour))


@dataclass
class EmbeddedDepth:
    """Depth from the project's own network, which answers in millimetres.

    Its output ``height_mm`` is ``(N, H, W)``, above the empty tray, in the tray's frame. An
    output ``height_error_mm`` of the same shape, when there is one, is its standard deviation;
    otherwise the card's figure ``height_error_mm`` is used.
    """

    session: Session
    name: str = "depth"

    def estimate(
        self,
        tray: RectifiedTray,
        profile: Profile,
        colour: Finding | None,
        *,
        served: RectifiedTray | None = None,
        served_finding: Finding | None = None,
        empty_rgb: NDArray[np.uint8] | None = None,
    ) -> Finding:
        """Millilitres per compartment.

        Args:
            tray: the tray.
            profile: tells which wells hold liquids: these are put level.
            colour: what the colour estimator found: its probability of food is an input where
                nothing was served to compare with.
            served: the same tray as it was served: an input.
            served_finding: what this estimator saw on it: its heights are an input.
            empty_rgb: the site's clean tray in its frame: an input.
        """
        surface = tray.empty_surface()
        before = None if served is None else _raw_height(served_finding)
        known = known_planes(
            tray.rgb,
            surface.height_mm,
            empty_rgb=empty_rgb,
            served_rgb=None if served is None else served.rgb,
            # Beside the served tray they mislead: see docs/height.md, what each input bought.
            food=None if colour is None or served is not None else _food_of(colour),
            served_height_mm=before,
            places=None
            if served is None or before is None
            else places_of_dishes(tray, served, before),
        )
        outputs = look_twice(self.session, tray.rgb, known)
        figures = self.session.card.figures
        height = outputs["height_mm"]
        error = outputs.get("height_error_mm")
        stated = float(figures.get("height_error_mm", _UNSTATED_ERROR_MM))
        error_mm = np.full_like(height, stated) if error is None else error
        maps: dict[str, NDArray[np.generic]] = {}
        if "food" in outputs:
            # What is seen and is no food is residue: it has no height.
            food = outputs["food"]
            threshold = float(figures.get("food_threshold", _FOOD_THRESHOLD))
            maps["food"] = food
            maps[_RAW_HEIGHT] = height * food
            is_food = tidied(food >= threshold)
            maps["food_mask"] = is_food
            height = np.where(is_food, height, 0.0)
        for name, rim in tray.frame.rim_masks.items():
            if profile.is_liquid(name):
                height = level_liquid(height, surface.height_mm, rim)
        found = evidence_from_heights(tray, height, error_mm)
        return replace(found, maps={**found.maps, **maps})


#: Map of a finding: the network's height times its probability of food, before any threshold.
_RAW_HEIGHT = "raw_height_mm"
#: Height error assumed of a network whose card states none, mm: the limit it must pass to ship.
_UNSTATED_ERROR_MM = 2.0
#: Probability from which a pixel holds food, for a network whose card states none.
_FOOD_THRESHOLD = 0.5


def open_depth(
    spec: str, *, threads: int = 1, hub_dir: Path | None = None, offline: bool = False
) -> MidasDepth | EmbeddedDepth:
    """Opens a depth estimator.

    Args:
        spec: ``embedded`` or ``midas:NAME``.
        threads: threads of one run.
        hub_dir: a local checkout of MiDaS.
        offline: stated by callers that must not use a network; nothing here ever does.

    Raises:
        ModelMissing: the model is not on this machine; the message holds the command.
        UsageError: no such estimator.
    """
    del offline
    kind, _, name = spec.partition(":")
    if spec == "embedded":
        session = models.open("tray-embedded", threads=threads)
        _check_inputs(session)
        return EmbeddedDepth(session)
    if kind == "midas" and name:
        session = models.open(name, threads=threads, hub_dir=hub_dir)
        if session.card.task != "depth":
            raise UsageError(f"{name} is a model for {session.card.task}, not for depth")
        return MidasDepth(session)
    raise UsageError(f"no depth estimator {spec!r} (known: off, embedded, midas:NAME)")


def _check_inputs(session: Session) -> None:
    """Refuses weights that were trained to be told other things than they would be told here."""
    known = session.nothing_known().get(KNOWN)
    if known is not None and known.shape[1] != KNOWN_PLANES:
        raise ModelMissing(
            f"{session.card.name} {session.card.version} belongs to another version of foodwaste "
            f"(it is told {known.shape[1]} planes, not {KNOWN_PLANES}): unset FOODWASTE_MODELS to "
            "use the weights that came with this one, or 'foodwaste train tray' makes some"
        )


def known_bare(tray: RectifiedTray, colour: Finding | None) -> Mask:
    """Where the empty tray or the table beside it is seen for sure: ``(H, W) bool``.

    Args:
        tray: the tray.
        colour: the colour estimator's finding with its maps ``food`` and ``residue``, if any.
    """
    table = tray.empty_surface().beside
    if colour is None or "food" not in colour.maps:
        bare = tray.frame.ridge_mask.copy()
    else:
        food = np.asarray(colour.maps["food"], np.float32)
        bare = tray.frame.tray_mask & (food < _BARE_BELOW)
        if "residue" in colour.maps:
            bare &= ~np.asarray(colour.maps["residue"], np.bool_)
        for name in colour.dropped:
            # Not judged by colour: nothing in it is known to be bare.
            bare &= ~tray.frame.rim_masks[name]
    known: Mask = (bare | table) & tray.valid
    return known


def _food_of(colour: Finding) -> NDArray[np.float32] | None:
    food = colour.maps.get("food")
    return None if food is None else np.asarray(food, np.float32)


def _raw_height(finding: Finding | None) -> NDArray[np.float32] | None:
    raw = None if finding is None else finding.maps.get(_RAW_HEIGHT)
    return None if raw is None else np.asarray(raw, np.float32)
