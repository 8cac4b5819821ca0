"""A tray the size of a thumb with one well filled: which compartment a row speaks of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.audit.canvas import Canvas
from foodwaste.audit.palette import INK, QUIET, Colour
from foodwaste.profile import Layout

ICON_WIDTH, ICON_HEIGHT = 66, 54
_THIS: Colour = INK
_OTHER: Colour = (200, 204, 211)


class TrayIcon:
    """The outlines of one layout at thumb size."""

    def __init__(self, layout: Layout) -> None:
        scale = min(ICON_WIDTH / layout.width_mm, ICON_HEIGHT / layout.height_mm)
        self._outline = np.asarray(layout.outline_mm(), np.float64) * scale
        self._wells: dict[str, NDArray[np.float64]] = {
            name: np.asarray(well.rim_outline_mm(), np.float64) * scale
            for name, well in layout.compartments.items()
        }

    def draw(self, canvas: Canvas, x: float, y: float, compartment_id: str) -> None:
        """Draws the tray with its top left corner at ``x, y`` and the named well filled."""
        place = np.array([x, y])
        for name, points in self._wells.items():
            canvas.fill(points + place, _THIS if name == compartment_id else _OTHER)
        canvas.line(self._outline + place, QUIET, closed=True)
