"""What the quantity network is punished for. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from foodwaste.models.siamese import SiameseQuantity
from foodwaste.train.quantity_pairs import pair_features
from foodwaste.train.trainer import Batch

#: Sharpness of the contrast between dishes, as in common practice of contrastive training.
_CONTRAST_TEMPERATURE = 0.1
#: Of the terms; amounts and ratios are what the product answers with.
_FOOD_WEIGHT, _CONTRAST_WEIGHT, _EXPECTATION_WEIGHT = 0.5, 0.15, 2.0


def soft_bins(values: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """Values ``(N,)`` as distributions over bins ``(N, B)`` whose expectation is the value.

    The two nearest bins share each value; values beyond the bins are the last bin's.
    """
    values = values.clamp(float(bins[0]), float(bins[-1]))
    upper = torch.searchsorted(bins, values.contiguous()).clamp(1, len(bins) - 1)
    low, high = bins[upper - 1], bins[upper]
    share = (values - low) / (high - low)
    target = torch.zeros(len(values), len(bins), device=values.device)
    target.scatter_(1, upper[:, None], share[:, None])
    return target.scatter_(1, upper[:, None] - 1, 1.0 - share[:, None])


def quantity_losses(
    network: nn.Module, batch: Batch, bins: torch.Tensor, ratio_bins: torch.Tensor
) -> Mapping[str, torch.Tensor]:
    """Cross-entropy and error of the expectation of both distributions, food, contrast."""
    assert isinstance(network, SiameseQuantity)
    after, before = pair_features(network, batch["pair"].float() / 255.0)
    amounts, foods, ratios = (each.float() for each in network.heads(after, before))
    amount = _distribution(amounts, batch["amount"], bins)
    ratio = _distribution(ratios, batch["ratio"], ratio_bins)
    known = batch["food"] >= 0
    food = foods.sum() * 0.0
    if known.any():
        food = functional.cross_entropy(foods[known], batch["food"][known], label_smoothing=0.05)
    contrast = _contrast(
        network.embedding(after.float()),
        network.embedding(before[:, :-1].float()),
        batch["food"],
        batch["seen_before"] > 0,
    )
    loss = amount + ratio + _FOOD_WEIGHT * food + _CONTRAST_WEIGHT * contrast
    return {"loss": loss, "amount": amount, "ratio": ratio, "food": food, "contrast": contrast}


def _distribution(logits: torch.Tensor, truth: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    known = truth >= 0
    if not known.any():
        return logits.sum() * 0.0
    logits, truth = logits[known], truth[known]
    entropy = functional.cross_entropy(logits, soft_bins(truth, bins))
    expected = logits.softmax(dim=1) @ bins
    return (
        entropy + _EXPECTATION_WEIGHT * (expected - truth.clamp(max=float(bins[-1]))).abs().mean()
    )


def _contrast(
    after: torch.Tensor, before: torch.Tensor, food: torch.Tensor, both: torch.Tensor
) -> torch.Tensor:
    """InfoNCE (van den Oord et al. 2018): a dish is nearest to itself before it was eaten.

    Other trays' servings of the same dish are neither near nor far.
    """
    if int(both.sum()) < 2:
        return after.sum() * 0.0
    after, before, food = after[both], before[both], food[both]
    nearness = after @ before.T / _CONTRAST_TEMPERATURE
    same = food[:, None] == food[None]
    same.fill_diagonal_(False)
    nearness = nearness.masked_fill(same, -1e4)
    own = torch.arange(len(food), device=food.device)
    return functional.cross_entropy(nearness, own)
