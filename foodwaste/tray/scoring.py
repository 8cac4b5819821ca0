"""How well a tray placed in the picture agrees with the picture's edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import EdgeMap, layer_of
from foodwaste.tray.geometry import camera_fit
from foodwaste.tray.template import Template, place

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


def agreement(
    edges: EdgeMap, homographies: NDArray[np.float64], template: Template
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Agreement of every contour group with the picture.

    Returns:
        ``(B, G)`` agreement: near 1 for edges all along and none around, about 0 by chance; and
        ``(B, G)`` the share of the group that lies in the picture.
    """
    blocks = [
        _agreement_of_few(edges, homographies[first : first + _BLOCK], template)
        for first in range(0, len(homographies), _BLOCK)
    ]
    if not blocks:
        none = np.zeros((0, template.member.shape[1]))
        return none, none
    return np.concatenate([gain for gain, _ in blocks]), np.concatenate(
        [seen for _, seen in blocks]
    )


def _agreement_of_few(
    edges: EdgeMap, homographies: NDArray[np.float64], template: Template
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, normals = place(homographies.astype(np.float32), template)
    height, width = edges.shape
    x, y = points[..., 0], points[..., 1]
    inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    row = np.where(inside, y + np.float32(height) * layer_of(normals), np.float32(-9))
    column = np.where(inside, x, np.float32(-9))
    evidence = cv2.remap(
        edges.evidence, column, row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT
    )
    member = template.member.astype(np.float32)
    seen = inside.astype(np.float32) @ member
    return (evidence @ member) / np.maximum(seen, 1.0), seen / member.sum(axis=0)


def score(
    edges: EdgeMap, homographies: NDArray[np.float64], template: Template
) -> NDArray[np.float64]:
    """``(B,)`` scores, at most 1; -1 for what no camera sees."""
    gain, seen = agreement(edges, homographies, template)
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
