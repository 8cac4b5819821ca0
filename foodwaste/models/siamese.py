"""The quantity network: one narrow ResNet-18 over the crop after and the crop before.

Imports torch. What the trunk saw in the crop before is an input of its own: the served tray is
looked at once, however many pictures are compared with it.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from foodwaste.models.residual import ResidualBlock

#: Rough mean and spread of tray pictures; the network sees values around 0.
MEAN, SPREAD = 0.45, 0.25


class SiameseQuantity(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """The trunk that sees a crop, and the heads that read what it saw.

    Features of a crop are a vector of ``width`` numbers, what the trunk makes of it as a whole;
    of a network that compares, behind them a map of the trunk's second stage: two maps say where
    a dish differs from what it was, which no two vectors can.
    :class:`ShippedQuantity` puts the parts together; training asks for them.
    """

    #: Modules that weights of before may lack: without their training they change no answer.
    may_be_new = ("compare",)

    def __init__(
        self,
        channels: tuple[int, int, int, int],
        *,
        bins: int,
        dishes: int,
        ratio_bins: int,
        comparing: tuple[int, int] | None = None,
        side_px: int = 96,
    ) -> None:
        """``comparing``: channels of the two stages that compare maps; ``None``: no maps."""
        super().__init__()
        self.trunk = _new_trunk(channels)
        self.width = channels[-1]
        self.fuse = nn.Sequential(
            nn.Linear(3 * self.width + 1, self.width), nn.ReLU(), nn.Dropout(0.1)
        )
        self.quantity = nn.Linear(self.width, bins)
        self.ratio = nn.Linear(self.width, ratio_bins)
        self.food = nn.Linear(self.width, dishes)
        self.embed = nn.Linear(self.width, 64)
        self.map_shape = (channels[1], map_side(side_px), map_side(side_px))
        self.compare = None if comparing is None else Comparison(channels[1], comparing, self.width)

    @property
    def feature_count(self) -> int:
        """Numbers in a crop's features."""
        return self.width + (0 if self.compare is None else math.prod(self.map_shape))

    def features(self, crops: torch.Tensor) -> torch.Tensor:
        """What the trunk sees in crops ``(N, 3, side, side)``, 0..1: ``(N, feature_count)``."""
        return self.seen_in((crops - MEAN) / SPREAD)

    def seen_in(self, values: torch.Tensor) -> torch.Tensor:
        """The same of crops less ``MEAN`` over ``SPREAD``."""
        whole: torch.Tensor
        whole, near = self.trunk(values)
        return whole if self.compare is None else torch.cat([whole, near.flatten(1)], dim=1)

    def known(self, features: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """The input ``before`` from the features of crops before ``(N, feature_count)``.

        ``there (N,)`` is 1 where there was a crop at all, else 0.
        """
        present = there.to(features.dtype)[:, None]
        return torch.cat([features * present, present], dim=1)

    def heads(
        self, after: torch.Tensor, before: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of amount, food and ratio from features and the input ``before``."""
        present = before[:, -1:]
        own, seen = after[:, : self.width], before[:, : self.width]
        joint = self.fuse[0](torch.cat([own, seen, (own - seen) * present, present], dim=1))
        if self.compare is not None:
            maps = (each[:, self.width : self.feature_count] for each in (after, before))
            now, then = (each.reshape(-1, *self.map_shape) for each in maps)
            joint = joint + self.compare(now, then) * present
        joint = self.fuse[1:](joint)
        return self.quantity(joint), self.food(joint), self.ratio(joint)

    def embedding(self, features: torch.Tensor) -> torch.Tensor:
        """What a dish looks like, as a direction: ``(N, 64)``."""
        raw = self.embed(features[:, : self.width])
        return raw / raw.pow(2).sum(dim=1, keepdim=True).clamp_min(1e-12).sqrt()


class Comparison(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Two maps of the same well, place by place; answers with nothing before it has learned."""

    def __init__(self, channels: int, own: tuple[int, int], width: int) -> None:
        super().__init__()
        self.join = nn.Conv2d(3 * channels, own[0], 3, padding=1)
        self.near = ResidualBlock(own[0])
        self.shrink = nn.Conv2d(own[0], own[1], 3, stride=2, padding=1)
        self.far = ResidualBlock(own[1])
        self.tell = nn.Linear(own[1], width)
        for each in (self.join, self.shrink):
            nn.init.kaiming_normal_(each.weight, nonlinearity="relu")
            nn.init.zeros_(each.bias)
        for zero in (self.tell.weight, self.tell.bias):
            nn.init.zeros_(zero)

    def forward(self, now: torch.Tensor, then: torch.Tensor) -> torch.Tensor:
        """``(N, width)`` from maps ``(N, channels, side, side)`` after and before."""
        seen = self.near(functional.relu(self.join(torch.cat([now, then, now - then], dim=1))))
        seen = self.far(functional.relu(self.shrink(seen)))
        told: torch.Tensor = self.tell(seen.mean(dim=(2, 3)))
        return told


def _new_trunk(channels: tuple[int, int, int, int]) -> nn.Module:
    """A ResNet-18 that answers with its vector and with the map of its second stage."""
    from timm.models.resnet import BasicBlock, ResNet

    class Trunk(ResNet):  # type: ignore[misc]  # timm is untyped here
        def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            seen = self.maxpool(self.act1(self.bn1(self.conv1(values))))
            near = self.layer2(self.layer1(seen))
            return self.global_pool(self.layer4(self.layer3(near))), near

    return Trunk(BasicBlock, [2, 2, 2, 2], num_classes=0, channels=channels)


def map_side(side_px: int) -> int:
    """Side of the trunk's second stage: three times half, rounded up."""
    for _ in range(3):
        side_px = -(-side_px // 2)
    return side_px


class ShippedQuantity(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Amount, food, leftover ratio, an embedding and the trunk's features of one compartment.

    Input: a crop less ``MEAN`` over ``SPREAD``, ``(N, 3, side, side) float32``, and what is
    known of the crop before, ``(N, feature_count + 1)``: its features and a 1, or zeros where
    there is none. Output: ``quantity_logits (N, bins)``, ``food_logits (N, dishes)``,
    ``ratio_logits (N, ratio_bins)``, ``embedding (N, 64)`` of length 1, and
    ``features (N, feature_count)``, the last two of the crop alone. Without a crop before the ratio
    says nothing.
    """

    def __init__(self, network: SiameseQuantity) -> None:
        super().__init__()
        self.network = network

    def forward(self, crop: torch.Tensor, before: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One look at the crop, fused with what was seen before."""
        seen = self.network.seen_in(crop)
        return (*self.network.heads(seen, before), self.network.embedding(seen), seen)
