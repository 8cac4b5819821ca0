"""A residual block that a trained network can be given without changing its answers.

Imports torch.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class ResidualBlock(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Changes nothing at first. It has no norms, so none to measure."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        for zero in (self.first.bias, self.second.weight, self.second.bias):
            nn.init.zeros_(zero)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """The map with what the block adds to it; same shape."""
        return functional.relu(seen + self.second(functional.relu(self.first(seen))))
