"""The running average of a network's weights, which is what is judged and shipped."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Ema:
    """Exponential moving average of weights and of the norms' statistics.

    The decay starts low, ``(1 + n) / (10 + n)``, so that the first steps' weights are
    forgotten soon.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay
        self.updates = 0

    def update(self, network: nn.Module) -> None:
        """Takes in the weights after one step."""
        self.updates += 1
        decay = min(self._decay, (1 + self.updates) / (10 + self.updates))
        current = network.state_dict()
        with torch.no_grad():
            for name, average in self.network.state_dict().items():
                if average.dtype.is_floating_point:
                    average.lerp_(current[name], 1.0 - decay)
                else:
                    average.copy_(current[name])
