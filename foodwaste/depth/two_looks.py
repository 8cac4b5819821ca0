"""The height network looks at a tray twice: as it stands, and turned by half a turn.

A turned tray is a tray too, and what the network gets wrong on it is partly something else: the
mean of both looks is nearer to the truth than either, for twice the network's time.
``benchmarks/tray_looks.py`` measures how much nearer, and what more looks would bring.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.tray_inputs import KNOWN, turned_planes
from foodwaste.models import Session

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]


def look_twice(session: Session, rgb: Rgb, known: Map) -> dict[str, Map]:
    """The network's answers for one tray, means of both looks.

    Args:
        session: the height network.
        rgb: ``(H, W, 3) uint8``, the rectified tray.
        known: of :func:`foodwaste.depth.tray_inputs.known_planes`.

    Returns:
        Every output by its name, ``(H, W) float32``.
    """
    pictures = np.stack([rgb, rgb[::-1, ::-1]])
    planes = np.stack([known, turned_planes(known)])
    answers = session.run(pictures, {KNOWN: planes})
    return {name: mean_of_looks(both) for name, both in answers.items()}


def mean_of_looks(both: Map) -> Map:
    """The mean ``(H, W)`` of an output ``(2, H, W)`` whose second was given for the turned tray."""
    mean: Map = (both[0] + both[1, ::-1, ::-1]) * np.float32(0.5)
    return mean
