"""Moves the sides of a tray's likely places to where they agree best with the picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import EdgeMap
from foodwaste.tray.scoring import evidence_rows, score
from foodwaste.tray.template import Template

Homographies = NDArray[np.float64]

#: Places that go on after each round of shifts.
_MOST_SHIFTED = 6
#: Offsets tried in rounds (mm, inwards positive).
_OFFSETS_MM = ((-18, -12, -8, -4, 4, 8, 12, 18), (-12, -8, -4, 4, 8, 12), (-4, -2, 2, 4))
#: Of these, the ones by which a bead is mistaken for the outline.
_BEAD_MM = (8, 12)


def best_shifts(edges: EdgeMap, homographies: Homographies, template: Template) -> Homographies:
    """Each place with its sides moved to where it agrees best with the picture.

    A quad often has three sides right and the fourth on a bead, a chopstick or a shadow,
    farther away than the refinement looks. A side moved by 18 mm hardly turns: the directions of
    contours are those of the unmoved place.
    """
    current = homographies
    width, height = (float(side) for side in template.corners_mm[2])
    for offsets in _OFFSETS_MM:
        tried = current[:, None] @ _moves(width, height, offsets)
        tried = tried / tried[..., 2:, 2:]
        rows = np.repeat(evidence_rows(edges, current, template), tried.shape[1], axis=0)
        scores = score(edges, tried.reshape(-1, 3, 3), template, rows).reshape(tried.shape[:2])
        best = scores.argmax(axis=1)
        order = np.argsort(-scores.max(axis=1), kind="stable")[:_MOST_SHIFTED]
        current = tried[order, best[order]]
    return current


@lru_cache(maxsize=32)
def _moves(width: float, height: float, offsets_mm: tuple[int, ...]) -> Homographies:
    """``(K, 3, 3)`` maps in mm: none; for each offset one side, two that meet, all, or the whole.

    Two that meet: a tray lit from one corner shows its bead there and its outer edge elsewhere.
    """
    moves = [np.eye(3)]
    for d in offsets_mm:
        # Inwards by d: left, top, right, bottom.
        shifts = [
            (d, 0, 0, 0),
            (0, d, 0, 0),
            (0, 0, d, 0),
            (0, 0, 0, d),
            (d, d, d, d),
            (d, 0, -d, 0),
            (0, d, 0, -d),
        ]
        if abs(d) in _BEAD_MM:
            shifts += [(d, d, 0, 0), (0, d, d, 0), (0, 0, d, d), (d, 0, 0, d)]
        for left, top, right, bottom in shifts:
            across, down = 1 - (left + right) / width, 1 - (top + bottom) / height
            moves.append(np.array([[across, 0, left], [0, down, top], [0, 0, 1.0]]))
    return np.stack(moves)
