"""From the ``architecture`` of a checkpoint's card to an untrained network. Imports torch.

A network is known by its ``kind``. Each builder imports what it needs when it is called, so
that a missing optional library matters only to the networks that use it.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from foodwaste.models.card import CheckpointSource, ModelCard
from foodwaste.models.errors import ModelDamaged

Builder = Callable[[ModelCard, "dict[str, str | int | float | bool]"], nn.Module]


def _quantity_resnet(card: ModelCard, options: dict[str, str | int | float | bool]) -> nn.Module:
    from foodwaste.models.resnet import Library, build_quantity

    library: Library = "timm" if options.get("library", "timm") == "timm" else "torchvision"
    return build_quantity(card, str(options.get("backbone", "resnet18")), library)


def _quantity_siamese(card: ModelCard, options: dict[str, str | int | float | bool]) -> nn.Module:
    from foodwaste.models.siamese import ShippedQuantity, SiameseQuantity

    if card.head is None or not card.head.ratio_bins:
        raise ModelDamaged(f"model {card.name!r} has no quantity head with a ratio")
    first, second, third, last = _numbers(options.get("channels", "32,64,128,256"))
    compared = _numbers(options.get("comparing", ""))
    network = SiameseQuantity(
        (first, second, third, last),
        bins=len(card.head.bins),
        dishes=len(card.head.dishes),
        ratio_bins=len(card.head.ratio_bins),
        comparing=(compared[0], compared[1]) if compared else None,
        side_px=card.preprocessing.height_px,
    )
    return ShippedQuantity(network)


def _numbers(listed: str | float) -> list[int]:
    return [int(part) for part in str(listed).split(",") if part]


_BUILDERS: dict[str, Builder] = {
    "quantity-resnet": _quantity_resnet,
    "quantity-siamese": _quantity_siamese,
}


def register(kind: str, builder: Builder) -> None:
    """Makes a further kind of network known (once; a second builder is a programming error)."""
    if kind in _BUILDERS:
        raise ValueError(f"architecture {kind!r} is already known")
    _BUILDERS[kind] = builder


def build(card: ModelCard) -> nn.Module:
    """The untrained network of a checkpoint's card.

    Raises:
        ModelDamaged: the card is not a checkpoint's, or its kind is unknown to this version.
    """
    if not isinstance(card.source, CheckpointSource):
        raise ModelDamaged(f"model {card.name!r} is not a checkpoint")
    kind = str(card.source.architecture.get("kind", ""))
    if kind not in _BUILDERS:
        raise ModelDamaged(
            f"model {card.name!r} has the architecture {kind!r}, unknown to this version "
            f"(known: {', '.join(sorted(_BUILDERS))}); update foodwaste"
        )
    return _BUILDERS[kind](card, dict(card.source.architecture))
