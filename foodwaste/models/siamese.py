"""The quantity network: one narrow ResNet-18 over the crop after and the crop before.

Imports torch. Both crops lie side by side in one picture, after on the left, so that every
part of the model layer (export, parity, int8, sessions) treats it as the one-picture network
it is. A right half of pure black says that there is no picture from before.
"""

from __future__ import annotations

import torch
from torch import nn

#: A crop without a single brighter pixel than this (of 1) is no photograph.
_BLACK = 2.0 / 255.0
#: Rough mean and spread of tray pictures; the network sees values around 0.
_MEAN, _SPREAD = 0.45, 0.25


class SiameseQuantity(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Amount, food, leftover ratio and an embedding of one compartment.

    Input ``(N, 3, side, 2 * side) float32``, 0..1. Output: ``quantity_logits (N, bins)``,
    ``food_logits (N, dishes)``, ``ratio_logits (N, ratio_bins)`` and ``embedding (N, 64)`` of
    length 1, of the crop after alone. Without a crop before the ratio says nothing.
    """

    def __init__(
        self, channels: tuple[int, int, int, int], *, bins: int, dishes: int, ratio_bins: int
    ) -> None:
        from timm.models.resnet import BasicBlock, ResNet

        super().__init__()
        self.trunk = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=0, channels=channels)
        width = channels[-1]
        self.fuse = nn.Sequential(nn.Linear(3 * width + 1, width), nn.ReLU(), nn.Dropout(0.1))
        self.quantity = nn.Linear(width, bins)
        self.ratio = nn.Linear(width, ratio_bins)
        self.food = nn.Linear(width, dishes)
        self.embed = nn.Linear(width, 64)

    def forward(self, pair: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Both halves through the same trunk, fused late."""
        after, before, present = self.features(pair)
        return (*self.heads(after, before, present), self.embedding(after))

    def features(self, pair: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Features after and before, ``(N, width)``, and whether there is a before ``(N, 1)``."""
        side = pair.shape[-1] // 2
        left, right = pair[..., :side], pair[..., side:]
        present = (right.amax(dim=(1, 2, 3)) > _BLACK).to(pair.dtype)[:, None]
        both = (torch.cat([left, right]) - _MEAN) / _SPREAD
        found = self.trunk(both)
        return found[: pair.shape[0]], found[pair.shape[0] :] * present, present

    def food_alone(self, crop: torch.Tensor) -> torch.Tensor:
        """Food logits of crops ``(N, 3, side, side)``, 0..1, without any before."""
        found = self.trunk((crop - _MEAN) / _SPREAD)
        nothing = torch.zeros_like(found)
        foods: torch.Tensor = self.heads(found, nothing, nothing[:, :1])[1]
        return foods

    def heads(
        self, after: torch.Tensor, before: torch.Tensor, present: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of amount, food and ratio."""
        joint = self.fuse(torch.cat([after, before, (after - before) * present, present], dim=1))
        return self.quantity(joint), self.food(joint), self.ratio(joint)

    def embedding(self, features: torch.Tensor) -> torch.Tensor:
        """What a dish looks like, as a direction: ``(N, 64)``."""
        raw = self.embed(features)
        return raw / raw.pow(2).sum(dim=1, keepdim=True).clamp_min(1e-12).sqrt()
