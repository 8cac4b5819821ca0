"""What a Siamese network is told of crops before, when its files are made and compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.models.card import BEFORE, FEATURES
from foodwaste.models.session import Extras, Session


def seen_before(
    session: Session, crops: NDArray[np.uint8], before: NDArray[np.uint8] | None = None
) -> Extras:
    """The further inputs of a batch; none for a network that takes pictures alone.

    Every second crop has one before: half of what the network is asked comes without.

    Args:
        session: the network.
        crops: ``(N, H, W, 3) uint8``, RGB.
        before: as many crops before; where they are not at hand, each crop is its own.
    """
    nothing = session.nothing_known(len(crops))
    if BEFORE not in nothing:
        return nothing
    known = nothing[BEFORE].copy()
    features = session.run(crops if before is None else before, nothing)[FEATURES]
    known[1::2, :-1], known[1::2, -1] = features[1::2], 1.0
    return {BEFORE: known}
