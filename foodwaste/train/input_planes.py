"""Planes the tray network makes of its own inputs: grain, and what changed since serving.

Both compare a picture with what it shows nearby, so that light and exposure fall out. Imports
torch.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from foodwaste.depth.tray_inputs import (
    MEAN,
    SERVED_HEIGHT_FLAG,
    SERVED_HEIGHT_PLANE,
    SERVED_PLANE,
    STD,
)

#: Local contrast: planes, the window it is local in (folded pixels), what is added to brightness so
#: that noise in the dark is none, and what makes its values as large as the picture's.
CONTRAST_PLANES, _AROUND, _DARK, _CONTRAST_SCALE = 5, 5, 0.02, 10.0
#: Change: planes, and the two windows in which patterns are compared, folded pixels.
CHANGE_PLANES, _NEAR, _FAR = 7, 5, 11
#: Brightness by which a pattern must vary to be one: squared, as a share.
_FLAT = 3e-4
#: How far a dish may have moved between the pictures: its camera stood elsewhere.
_SHIFTS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))


def local_contrast(folded: torch.Tensor) -> torch.Tensor:
    """Grain whatever the light: ``(N, 5, h, w)`` of a folded picture ``(N, 12, h, w)``.

    Four planes of brightness against its surroundings' as a share of these, one of how strong
    that is around. In a dim picture grains of rice differ from a smooth floor by a few levels.
    """
    grey = _channels(folded).mean(1)
    around = _mean_around(grey.mean(1, keepdim=True), _AROUND)
    share = (grey - around) / (around + _DARK)
    strength = _mean_around(share.square().mean(1, keepdim=True), _AROUND)
    grain = (share * _CONTRAST_SCALE).clamp(-4.0, 4.0)
    return torch.cat([grain, torch.log(strength + 1e-5) * 0.5 + 2.5], 1)


def change(folded: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """What differs from the served tray: ``(N, 7, h, w)``, 0 where that is not known.

    Correlation of the brightness in small and in large windows with the served picture's, the best
    of a few shifts for the small ones; how much brighter, redder and bluer it is than the whole
    tray got; and the heights seen on the served tray with their flag.

    Args:
        folded: the picture ``(N, 12, h, w)``.
        known: the planes ``(N, 16, h, w)``.
    """
    height, width = folded.shape[2:]
    # A graph that is traced must hold for trays of which the served one is known as well.
    if not torch.jit.is_tracing() and not bool(known[:, SERVED_HEIGHT_FLAG].any()):
        return folded.new_zeros(len(folded), CHANGE_PLANES, height, width)
    now = _channels(folded).mean(2)
    served = known[:, SERVED_PLANE : SERVED_PLANE + 3] * STD + MEAN
    flag = known[:, SERVED_HEIGHT_FLAG : SERVED_HEIGHT_FLAG + 1]
    tones = torch.log(_mean_around(now, _NEAR).clamp(min=0.0) + _DARK)
    tones = tones - torch.log(_mean_around(served, _NEAR).clamp(min=0.0) + _DARK)
    tones = tones - tones.mean((2, 3), keepdim=True)
    grey = tones.mean(1, keepdim=True)
    red_and_blue = torch.cat([tones[:, :1], tones[:, 2:]], 1) - grey
    one, other = now.mean(1, keepdim=True), served.mean(1, keepdim=True)
    near = _likeness(one, other, _NEAR, _SHIFTS)
    far = _likeness(one, other, _FAR, _SHIFTS[:1])
    tones = torch.cat([grey * 2.0, red_and_blue * 6.0], 1).clamp(-4.0, 4.0)
    seen = torch.cat([near * 2.0, far * 2.0, tones], 1) * flag
    return torch.cat([seen, known[:, SERVED_HEIGHT_PLANE : SERVED_HEIGHT_FLAG + 1]], 1)


def _likeness(
    one: torch.Tensor, other: torch.Tensor, window: int, shifts: tuple[tuple[int, int], ...]
) -> torch.Tensor:
    """Correlation -1..1 of two grey pictures in every window; flat ones are like nothing: 0."""
    mine, mine_varies = _own(one, window)
    theirs, theirs_varies = _own(other, window)
    best: torch.Tensor | None = None
    for down, right in shifts:
        moved, varies = _shifted(theirs, down, right), _shifted(theirs_varies, down, right)
        product = _mean_around(mine * moved, window)
        found = product / torch.sqrt((mine_varies + _FLAT) * (varies + _FLAT))
        best = found if best is None else torch.maximum(best, found)
    assert best is not None
    return best


def _own(grey: torch.Tensor, window: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Brightness against its surroundings as a share of these, and that squared, in the mean."""
    around = _mean_around(grey, window)
    share = (grey - around) / (around.clamp(min=0.0) + _DARK)
    return share, _mean_around(share.square(), window)


def _shifted(plane: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """Moved by so many pixels; what comes in at the border is what was there."""
    if not (down or right):
        return plane
    height, width = plane.shape[-2:]
    padded = functional.pad(plane, (1, 1, 1, 1), mode="replicate")
    return padded[..., 1 - down : 1 - down + height, 1 - right : 1 - right + width]


def _channels(folded: torch.Tensor) -> torch.Tensor:
    """``(N, 3, 4, h, w)``, 0..1: red's four places, then green's, then blue's."""
    return torch.stack(folded.chunk(3, dim=1), 1) * STD + MEAN


def _mean_around(plane: torch.Tensor, window: int) -> torch.Tensor:
    # Rows, then columns: a third of the time of both at once.
    reach = window // 2
    rows = functional.avg_pool2d(plane, (1, window), 1, (0, reach), count_include_pad=False)
    return functional.avg_pool2d(rows, (window, 1), 1, (reach, 0), count_include_pad=False)
