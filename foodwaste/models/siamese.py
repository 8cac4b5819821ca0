"""The quantity network: one narrow ResNet-18 over the crop after and the crop before.

Imports torch. What the trunk saw in the crop before is an input of its own: the served tray is
looked at once, however many pictures are compared with it.
"""

from __future__ import annotations

import torch
from torch import nn

#: Rough mean and spread of tray pictures; the network sees values around 0.
MEAN, SPREAD = 0.45, 0.25


class SiameseQuantity(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """The trunk that sees a crop, and the heads that read what it saw.

    :class:`ShippedQuantity` puts them together; training asks for the parts.
    """

    def __init__(
        self, channels: tuple[int, int, int, int], *, bins: int, dishes: int, ratio_bins: int
    ) -> None:
        from timm.models.resnet import BasicBlock, ResNet

        super().__init__()
        self.trunk = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=0, channels=channels)
        self.width = channels[-1]
        self.fuse = nn.Sequential(
            nn.Linear(3 * self.width + 1, self.width), nn.ReLU(), nn.Dropout(0.1)
        )
        self.quantity = nn.Linear(self.width, bins)
        self.ratio = nn.Linear(self.width, ratio_bins)
        self.food = nn.Linear(self.width, dishes)
        self.embed = nn.Linear(self.width, 64)

    def features(self, crops: torch.Tensor) -> torch.Tensor:
        """What the trunk sees in crops ``(N, 3, side, side)``, 0..1: ``(N, width)``."""
        found: torch.Tensor = self.trunk((crops - MEAN) / SPREAD)
        return found

    def known(self, features: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """The input ``before`` from the features of crops before ``(N, width)``.

        ``there (N,)`` is 1 where there was a crop at all, else 0.
        """
        present = there.to(features.dtype)[:, None]
        return torch.cat([features * present, present], dim=1)

    def nothing_before(self, crops: torch.Tensor) -> torch.Tensor:
        """The input ``before`` for as many crops when there is none."""
        return crops.new_zeros(len(crops), self.width + 1)

    def heads(
        self, after: torch.Tensor, before: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of amount, food and ratio from features and the input ``before``."""
        seen, present = before[:, :-1], before[:, -1:]
        joint = self.fuse(torch.cat([after, seen, (after - seen) * present, present], dim=1))
        return self.quantity(joint), self.food(joint), self.ratio(joint)

    def embedding(self, features: torch.Tensor) -> torch.Tensor:
        """What a dish looks like, as a direction: ``(N, 64)``."""
        raw = self.embed(features)
        return raw / raw.pow(2).sum(dim=1, keepdim=True).clamp_min(1e-12).sqrt()


class ShippedQuantity(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Amount, food, leftover ratio, an embedding and the trunk's features of one compartment.

    Input: a crop less ``MEAN`` over ``SPREAD``, ``(N, 3, side, side) float32``, and what is
    known of the crop before, ``(N, width + 1)``: its features and a 1, or zeros where there is
    none. Output: ``quantity_logits (N, bins)``, ``food_logits (N, dishes)``,
    ``ratio_logits (N, ratio_bins)``, ``embedding (N, 64)`` of length 1, and
    ``features (N, width)``, the last two of the crop alone. Without a crop before the ratio
    says nothing.
    """

    def __init__(self, network: SiameseQuantity) -> None:
        super().__init__()
        self.network = network

    def forward(self, crop: torch.Tensor, before: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One look at the crop, fused with what was seen before."""
        seen = self.network.trunk(crop)
        return (*self.network.heads(seen, before), self.network.embedding(seen), seen)
