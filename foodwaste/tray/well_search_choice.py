"""Chooses boxes that do not touch: exactly among a few, by beam search among lists of options."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.well_search_boxes import Boxes, Values, gaps
from foodwaste.tray.well_search_edges import PX_PER_MM

#: Steps of the exact choice after which the best so far is taken (500 to 24,000 were seen).
_MOST_STEPS = 200_000
#: Rims leave this much between them, mm: 6 on the steel tray, whose edges are rounded and read
#: up to 1.2 mm outside.
_RIDGE_MM = 3.0
#: Worth of a side in line with that of a neighbour, as a share of a usual well's value, and
#: what is in line: one standard deviation, px. Rims in a row are cut by one line.
_IN_LINE, _IN_LINE_PX = 0.05, 3.0
_BEAM = 300


def best_apart(values: Values, apart: NDArray[np.bool_]) -> list[int]:
    """Indices of the boxes of the largest sum of values, all apart from each other.

    Branch and bound: the bound is the sum of all that are still free.

    Args:
        values: ``(N,)``, positive, largest first.
        apart: ``(N, N)``.
    """
    best, chosen, steps = 0.0, list[int](), 0
    pending: list[tuple[NDArray[np.bool_], float, list[int]]] = [
        (np.ones(len(values), bool), 0.0, [])
    ]
    while pending and steps < _MOST_STEPS:
        free, total, taken = pending.pop()
        steps += 1
        if total > best:
            best, chosen = total, taken
        rest = np.flatnonzero(free)
        if len(rest) == 0 or total + values[rest].sum() <= best:
            continue
        first = int(rest[0])
        without = free.copy()
        without[first] = False
        pending.append((without, total, taken))
        pending.append((without & apart[first], total + float(values[first]), [*taken, first]))
    return chosen


def best_together(options: Sequence[tuple[Boxes, Values]]) -> list[int | None]:
    """For each well the index of its box, or ``None``: apart, in line, and of the most value.

    Args:
        options: for each well its boxes ``(N, 5)`` and their values, best first.
    """
    if not options:
        return []
    in_line = _IN_LINE * float(np.median([values[0] for _, values in options]))
    chosen, total = np.zeros((1, 0), np.intp), np.zeros(1)
    for boxes, values in options:
        # The last choice is none.
        gain = np.repeat(np.append(values, 0.0)[None], len(total), axis=0)
        for column in range(chosen.shape[1]):
            beside = np.zeros((len(options[column][0]) + 1, len(boxes) + 1))
            beside[:-1, :-1] = _side_by_side(options[column][0], boxes, in_line)
            gain += beside[chosen[:, column]]
        gain += total[:, None]
        order = np.argsort(-gain, axis=None, kind="stable")[:_BEAM]
        order = order[np.isfinite(gain.reshape(-1)[order])]
        before, now = np.unravel_index(order, gain.shape)
        chosen, total = np.column_stack([chosen[before], now]), gain[before, now]
    return [
        int(index) if index < len(values) else None
        for index, (_, values) in zip(chosen[0], options, strict=True)
    ]


def _side_by_side(boxes: Boxes, others: Boxes, in_line: float) -> Values:
    """``(N, M)``: what two wells' boxes are worth together; minus infinity when they touch."""
    across, down = gaps(boxes, others)
    offset = (boxes[:, None, :4] - others[None, :, :4]) / _IN_LINE_PX
    near = np.exp(-0.5 * offset**2)
    width = np.minimum((boxes[:, 2] - boxes[:, 0])[:, None], (others[:, 2] - others[:, 0])[None])
    height = np.minimum((boxes[:, 3] - boxes[:, 1])[:, None], (others[:, 3] - others[:, 1])[None])
    row, column = down < -0.5 * height, across < -0.5 * width
    worth = row * (near[..., 1] + near[..., 3]) + column * (near[..., 0] + near[..., 2])
    apart = np.maximum(across, down) >= _RIDGE_MM * PX_PER_MM
    return np.where(apart, in_line * worth, -np.inf)
