"""How well a tray placed in the picture agrees with the picture's edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import EdgeMap, layer_of
from foodwaste.tray.geometry import camera_fit
from foodwaste.tray.template import Template, place, points_of

#: Share of the outline in the score, the wells have the rest. Wells win: table edges and the
#: tray's own shadow imitate an outline, nothing imitates the pattern of wells. Of 166 views the
#: true place scored highest in 88 % at 0.5, 93 % at 0.35, 96 % at 0.25.
OUTLINE_SHARE = 0.25
#: What a view costs that no usual camera has, and the misfit (geometry.py) that costs half.
_MISFIT_COST, _MISFIT = 0.2, 0.03
#: A view is refused altogether beyond these.
_MOST_MISFIT, _MOST_TILT_DEG = 0.2, 40.0
#: Places scored at a time: 48 x 300 points stay in the cache, where 800 at once spent most of
#: their time getting fresh memory (40 ms against 3).
_BLOCK = 48


def evidence_rows(
    edges: EdgeMap, homographies: NDArray[np.float64], template: Template
) -> NDArray[np.float32]:
    """``(B, N)``: the row at which the evidence layer of each contour point's direction begins."""
    _, normals = place(homographies.astype(np.float32), template)
    return np.asarray(layer_of(normals) * np.float32(edges.shape[0]), np.float32)


def agreement(
    edges: EdgeMap,
    homographies: NDArray[np.float64],
    template: Template,
    rows: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Agreement of every contour group with the picture.

    Args:
        edges: the picture's edges.
        homographies: ``(B, 3, 3)`` places.
        template: the contours.
        rows: from :func:`evidence_rows`, where contours are known to run as in places looked
            at before (they are half the cost).

    Returns:
        ``(B, G)`` agreement: near 1 for edges all along and none around, about 0 by chance; and
        ``(B, G)`` the share of the group that lies in the picture.
    """
    blocks = []
    for first in range(0, len(homographies), _BLOCK):
        few = homographies[first : first + _BLOCK]
        begin = (
            evidence_rows(edges, few, template) if rows is None else rows[first : first + _BLOCK]
        )
        blocks.append(_agreement_of_few(edges, few, template, begin))
    if not blocks:
        none = np.zeros((0, template.member.shape[1]))
        return none, none
    return np.concatenate([gain for gain, _ in blocks]), np.concatenate(
        [seen for _, seen in blocks]
    )


def _agreement_of_few(
    edges: EdgeMap,
    homographies: NDArray[np.float64],
    template: Template,
    rows: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = points_of(homographies.astype(np.float32), template)
    height, width = edges.shape
    member = template.member.astype(np.float32)
    whole = member.sum(axis=0)
    if x.min() > -0.5 and x.max() < width - 0.5 and y.min() > -0.5 and y.max() < height - 0.5:
        y += rows
        seen = np.broadcast_to(whole, (len(x), len(whole)))
    else:
        inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
        x, y = np.where(inside, x, np.float32(-9)), np.where(inside, y + rows, np.float32(-9))
        seen = inside.astype(np.float32) @ member
    evidence = cv2.remap(edges.evidence, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    gain = (evidence @ member) / (np.float32(255) * np.maximum(seen, 1.0))
    return gain, seen / whole


def score(
    edges: EdgeMap,
    homographies: NDArray[np.float64],
    template: Template,
    rows: NDArray[np.float32] | None = None,
) -> NDArray[np.float64]:
    """``(B,)`` scores, at most 1; -1 for what no camera sees. For ``rows`` see `agreement`."""
    gain, seen = agreement(edges, homographies, template, rows)
    # Groups that are half out of view cannot speak with a full voice.
    gain = np.maximum(gain, 0.0) * np.minimum(1.0, 2.0 * seen)
    shape = OUTLINE_SHARE * gain[:, :4].mean(axis=1) + (1 - OUTLINE_SHARE) * gain[:, 4:].mean(
        axis=1
    )
    fit = camera_fit(homographies, edges.camera)
    misfit = np.hypot(fit.stretch, fit.skew)
    total = shape - _MISFIT_COST * np.minimum(1.0, 0.5 * (misfit / _MISFIT) ** 2)
    possible = (misfit < _MOST_MISFIT) & (fit.tilt_deg < _MOST_TILT_DEG) & np.isfinite(total)
    return np.where(possible, total, -1.0)
