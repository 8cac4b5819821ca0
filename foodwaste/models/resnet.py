"""ResNet-18 and ResNet-50 of timm or torchvision, and the two heads of the quantity network.

Imports torch. The two libraries name these networks' parameters alike, so that weights of one
load into the other.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

from foodwaste.models.card import ModelCard

Library = Literal["timm", "torchvision"]
ARCHITECTURES = ("resnet18", "resnet50")


def build_backbone(architecture: str, library: Library, *, classes: int = 1000) -> nn.Module:
    """An untrained ResNet; its classifier is called ``fc``.

    Raises:
        ValueError: not one of ``ARCHITECTURES``.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"{architecture!r} is not one of {', '.join(ARCHITECTURES)}")
    if library == "timm":
        import timm

        network: nn.Module = timm.create_model(architecture, pretrained=False, num_classes=classes)
        return network
    import torchvision

    return getattr(torchvision.models, architecture)(weights=None, num_classes=classes)


class QuantityNet(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """A ResNet with a quantity head over the bins and, when there are dishes, a food head.

    Input ``(N, 3, H, W) float32``; output ``(quantity_logits (N, bins), food_logits
    (N, dishes))``, the second only when the card's head names dishes. Temperature and bin
    values stay with the card.
    """

    def __init__(self, architecture: str, library: Library, *, bins: int, dishes: int) -> None:
        super().__init__()
        self.backbone = build_backbone(architecture, library)
        features = int(self.backbone.fc.in_features)
        self.backbone.fc = nn.Identity()
        self.quantity = nn.Linear(features, bins)
        self.food = nn.Linear(features, dishes) if dishes else None

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Both heads' logits."""
        features = self.backbone(picture)
        logits = self.quantity(features)
        return (logits,) if self.food is None else (logits, self.food(features))

    def start_from(self, backbone: nn.Module) -> None:
        """Takes over the features of an ImageNet network (its classifier is left behind)."""
        state = {k: v for k, v in backbone.state_dict().items() if not k.startswith("fc.")}
        self.backbone.load_state_dict(state, strict=True)


def build_quantity(card: ModelCard, architecture: str, library: Library) -> QuantityNet:
    """The untrained quantity network that a card describes.

    Raises:
        ValueError: the card has no quantity head.
    """
    if card.head is None:
        raise ValueError(f"model {card.name!r} has no quantity head")
    return QuantityNet(
        architecture, library, bins=len(card.head.bins), dishes=len(card.head.dishes)
    )
