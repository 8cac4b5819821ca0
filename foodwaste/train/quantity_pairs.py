"""Pairs of crops, after on the left and before on the right, through the Siamese network.

Samples hold both in one picture, so that they are moved together; a right half of pure black
says that there is no crop before. Imports torch.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from foodwaste.models import Session
from foodwaste.models.card import BEFORE, FEATURES
from foodwaste.models.session import Outputs
from foodwaste.models.siamese import SiameseQuantity

#: A crop without a single brighter pixel than this (of 255) is no photograph.
_BLACK = 2


def pair_features(
    network: SiameseQuantity, pairs: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of the crops after ``(N, width)``, and the input ``before`` of these before.

    Both go through the trunk at once: its statistics in training are of both.
    ``pairs`` is ``(N, 3, side, 2 * side)``, 0..1.
    """
    after, before = pairs.chunk(2, dim=3)
    there = before.amax(dim=(1, 2, 3)) > _BLACK / 255.0
    found = network.features(torch.cat([after, before]))
    return found[: len(pairs)], network.known(found[len(pairs) :], there)


def run_pairs(session: Session, pairs: NDArray[np.uint8]) -> Outputs:
    """An opened model's outputs for pairs ``(N, side, 2 * side, 3) uint8``, as the product asks.

    First the crops before are looked at, then these after.
    """
    after, before = np.split(pairs, 2, axis=2)
    known = dict(session.nothing_known(len(pairs)))
    there = before.max(axis=(1, 2, 3)) > _BLACK
    if there.any():
        known[BEFORE][:, :-1] = session.run(np.ascontiguousarray(before), known)[FEATURES]
        known[BEFORE][:, -1] = 1.0
        known[BEFORE][~there] = 0.0
    return session.run(np.ascontiguousarray(after), known)
