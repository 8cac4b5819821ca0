"""A loaded model: one ``run``, whatever runs behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foodwaste.models.card import ModelCard

Outputs = dict[str, NDArray[np.float32]]
Extras = Mapping[str, NDArray[np.float32]]


class Session(Protocol):
    """A model that is ready to run.

    Attributes:
        card: what is known about it.
        backend: ``onnxruntime`` or ``torch``.
        threads: how many threads one ``run`` may use.
    """

    @property
    def card(self) -> ModelCard: ...  # noqa: D102
    @property
    def backend(self) -> str: ...  # noqa: D102
    @property
    def threads(self) -> int: ...  # noqa: D102

    def run(self, rgb: NDArray[np.uint8], extras: Extras | None = None) -> Outputs:
        """Runs the network once on a batch.

        Args:
            rgb: ``(N, H, W, 3) uint8``, RGB; resized and normalised by the card.
            extras: further inputs by name, as the network takes them, ``(N, …) float32``.

        Returns:
            The card's ``outputs`` by name, each ``(N, …) float32``.
        """
        ...

    def nothing_known(self, count: int = 1) -> Extras:
        """Every further input of ``count`` pictures as networks take it for "unknown": zeros."""
        ...
