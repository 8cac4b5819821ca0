"""What of a dish's surface is still the one that was served, and where it is seen now.

Texture laid over a dish in two pictures of it has to behave as a surface does: it moves with the
food when the camera moves, and what eating lays bare is another surface. Else a network that
compares both pictures learns that comparing them tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.tray_inputs import FOLD, halved, moved
from foodwaste.train.pack import MOVED, Pack

Map = NDArray[np.float32]

#: Food this much lower than it was served shows another surface, mm: from, and surely.
_LOWER_MM = (1.5, 4.0)


@dataclass(frozen=True)
class Stay:
    """Of one picture against the served one.

    Attributes:
        places: ``(H, W, 2)``, x and y in the served picture of what each pixel shows; ``None``
            where the camera stood still.
        bared: ``(H, W)`` 0..1, how surely eating or stirring laid bare what is seen.
    """

    places: Map | None
    bared: Map

    def surface(self, served: Map, other: Map) -> Map:
        """The texture ``(H, W, …)`` seen now, of the served surface's and another one."""
        if self.places is not None:
            x, y = self.places[..., 0], self.places[..., 1]
            served = np.asarray(
                cv2.remap(served, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            )
        bared = self.bared.reshape(*self.bared.shape, *(1,) * (served.ndim - 2))
        return np.asarray(served + bared * (other - served), np.float32)


def stay_between(height_mm: Map, served_mm: Map, places: Map | None = None) -> Stay:
    """What stayed, by heights.

    Args:
        height_mm: ``(H, W)`` of the food in this picture.
        served_mm: the same in the served one.
        places: as :func:`foodwaste.depth.parallax.served_places` gives them.
    """
    before, now = moved(halved(served_mm), places), halved(height_mm)
    surely, size = _LOWER_MM, height_mm.shape[::-1]
    bared = np.clip((before - now - surely[0]) / (surely[1] - surely[0]), 0.0, 1.0)
    bared = cv2.resize(bared, size, interpolation=cv2.INTER_LINEAR)
    if places is not None:
        places = cv2.resize(places, size, interpolation=cv2.INTER_LINEAR)
        places = np.asarray(places * FOLD + (FOLD - 1) / 2, np.float32)
    return Stay(places, np.asarray(bared, np.float32))


def stay_of(pack: Pack, state: int) -> Stay:
    """What stayed of a packed meal's dishes in an eaten state (0 or more)."""
    served = np.asarray(pack.height_mm[0], np.float32)
    now = np.asarray(pack.height_mm[state], np.float32)
    stay = stay_between(now, served, pack.places(state, served))
    moved = ((pack.classes[state] & MOVED) > 0).astype(np.float32)
    return replace(stay, bared=np.maximum(stay.bared, moved))
