"""The estimators above colour on the ladder: what they must offer, and how they are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foodwaste.evidence import Finding
from foodwaste.pipeline.job import Settings
from foodwaste.profile import Profile
from foodwaste.tray import RectifiedTray


class Estimator(Protocol):
    """One later stage. ``name`` is ``depth`` or ``quantity``."""

    name: str

    def estimate(
        self,
        tray: RectifiedTray,
        profile: Profile,
        colour: Finding,
        *,
        served: RectifiedTray | None = None,
        served_finding: Finding | None = None,
        empty_rgb: NDArray[np.uint8] | None = None,
    ) -> Finding:
        """Judges one tray.

        Args:
            tray: the tray.
            profile: the site.
            colour: what the colour estimator found on it.
            served: the same tray as it was served, when ``tray`` is that tray after the meal.
            served_finding: what this estimator found on it.
            empty_rgb: ``(288, 384, 3) uint8``, the site's clean tray in its frame.
        """


def open_estimators(settings: Settings) -> tuple[Estimator, ...]:
    """Loads the estimators that the settings ask for, cheapest first: MiDaS comes last.

    Raises:
        ModelMissing: weights are not there; the message holds the command that gets them.
    """
    opened: list[Estimator] = []
    hub_dir = None if settings.hub_dir is None else Path(settings.hub_dir)
    if settings.depth != "off":
        from foodwaste.depth import open_depth

        depth = open_depth(
            settings.depth,
            threads=settings.threads,
            hub_dir=hub_dir,
            offline=settings.offline,
        )
        opened.append(depth)
    if settings.quantity != "off":
        from foodwaste.quantity import open_quantity

        quantity = open_quantity(settings.quantity, threads=settings.threads, hub_dir=hub_dir)
        opened.insert(len(opened) if settings.depth == "embedded" else 0, quantity)
    return tuple(opened)
