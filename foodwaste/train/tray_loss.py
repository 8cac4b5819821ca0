"""What the tray network is trained to: food, residue, height, and each well's volume.

Imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.nn import functional

from foodwaste.depth.tray_inputs import SERVED_HEIGHT_FLAG
from foodwaste.train.pack import FOOD, HIDDEN, RESIDUE
from foodwaste.train.tray_config import LossConfig
from foodwaste.train.tray_network import readings

#: A pixel of the frame is about 1 mm wide: its area in mm², and a millilitre has 1,000 mm³.
_ML_PER_MM = 1e-3
_MOST_WELLS = 16
#: Consistent heights: what is added to both heights before they are compared, mm, and the least and
#: most that a truth is scaled by.
_CALM_MM, _SCALES = 0.5, (0.4, 2.5)


def tray_losses(
    planes: torch.Tensor, batch: Mapping[str, torch.Tensor], config: LossConfig
) -> dict[str, torch.Tensor]:
    """The terms of single trays by name.

    Args:
        planes: the network's output, ``(N, 4, H, W)``.
        batch: ``height_mm`` ``(N, H, W) float32``, ``classes`` and ``wells`` ``(N, H, W) uint8``.
        config: the weights.
    """
    food_logit, residue_logit, height, error = readings(planes)
    truth, classes = batch["height_mm"], batch["classes"]
    food = ((classes & (FOOD | HIDDEN)) > 0).float()
    residue = ((classes & RESIDUE) > 0).float() * (1.0 - food)
    inside = (batch["wells"] > 0).float()

    terms = {
        "food": _cross_entropy(food_logit, food, inside) + _dice(food_logit, food, inside),
        "residue": _cross_entropy(residue_logit, residue, inside),
    }
    weight = food + config.residue_weight * residue
    weight = torch.clamp(weight + config.bare_weight * (1.0 - food - residue), max=1.0) * inside
    off = functional.huber_loss(height, truth, reduction="none", delta=config.huber_mm)
    terms["height"] = (weight * off).sum() / weight.sum().clamp(min=1.0) / config.huber_mm

    held = torch.sigmoid(food_logit)
    volume = well_volumes_ml(height * held, batch["wells"])
    true_volume = well_volumes_ml(truth, batch["wells"])
    there = well_volumes_ml(torch.ones_like(truth), batch["wells"]) > 0
    relative = (volume - true_volume).abs() / (true_volume + config.volume_floor_ml)
    terms["volume"] = relative[there].mean()

    miss = (height.detach() - truth).abs()
    stated = miss / error + torch.log(error)
    terms["error"] = (stated * weight).sum() / weight.sum().clamp(min=1.0)

    return terms


def weighted(terms: dict[str, torch.Tensor], config: LossConfig) -> dict[str, torch.Tensor]:
    """The same terms with their weighted sum ``loss``."""
    weights = config.model_dump()
    loss = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    return {**terms, "loss": loss}


def ratio_loss(
    served: torch.Tensor,
    eaten: torch.Tensor,
    batch: Mapping[str, torch.Tensor],
    floor_ml: float,
) -> torch.Tensor:
    """Mean error of the leftover ratio over all wells that were served ``floor_ml`` and more.

    Args:
        served: the network's output on the served trays, ``(N, 4, H, W)``.
        eaten: the same on these trays after the meal.
        batch: ``height_mm`` and ``wells``, ``(N, 2, H, W)``, served first.
        floor_ml: least true volume.
    """
    said = []
    for place, planes in enumerate((served, eaten)):
        food, _, height, _ = readings(planes)
        said.append(well_volumes_ml(height * torch.sigmoid(food), batch["wells"][:, place]))
    true = [
        well_volumes_ml(batch["height_mm"][:, place], batch["wells"][:, place]) for place in (0, 1)
    ]
    enough = (true[0] >= floor_ml).float()
    answered = (said[1] / said[0].clamp(min=0.25 * floor_ml)).clamp(max=1.5)
    right = true[1] / true[0].clamp(min=floor_ml)
    # Moved corners and other cameras leave a well's seen volume a little over what was served.
    off = (answered - right.clamp(max=1.0)).abs()
    return (off * enough).sum() / enough.sum().clamp(min=1.0)


def consistent_heights(
    served: torch.Tensor, batch: Mapping[str, torch.Tensor], share: float
) -> torch.Tensor:
    """Heights ``(N, H, W)`` that eaten trays should read, given what served ones read.

    Where the served tray was read a tenth too high, what is left is a tenth too high as well: the
    leftover ratio is then right, which heights that are right on one of both trays alone are not.

    Args:
        served: the network's output on the served trays, ``(N, 4, H, W)``; passes no gradient.
        batch: ``height_mm`` ``(N, 2, H, W)``, served first, and ``known`` with the flag of trays
            whose served heights the network is told; others should read the truth.
        share: of the way from the truth to the consistent heights.
    """
    food, _, height, _ = readings(served.detach())
    truth, after = batch["height_mm"].unbind(1)
    said = _around(height * torch.sigmoid(food))
    true = _around(truth)
    scale = ((said + _CALM_MM) / (true + _CALM_MM)).clamp(*_SCALES)
    told = batch["known"][:, 1, SERVED_HEIGHT_FLAG, :1, :1]
    return after * (1.0 + share * told * (scale - 1.0))


def _around(height: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(height[:, None], 9, 1, 4, count_include_pad=False)[:, 0]


def well_volumes_ml(height_mm: torch.Tensor, wells: torch.Tensor) -> torch.Tensor:
    """``(N, 16)``: ml over each well; pixels are taken for 1 mm wide and seen from afar."""
    sums = height_mm.new_zeros(len(height_mm), _MOST_WELLS)
    sums = sums.scatter_add(1, wells.flatten(1).long(), height_mm.flatten(1) * _ML_PER_MM)
    return torch.cat([sums[:, 1:], sums.new_zeros(len(sums), 1)], 1)


def _cross_entropy(logit: torch.Tensor, truth: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    # Beside the wells there is little to learn; a tenth keeps it from answering at random.
    weight = inside + 0.1 * (1.0 - inside)
    each = functional.binary_cross_entropy_with_logits(logit, truth, reduction="none")
    return (each * weight).sum() / weight.sum()


def _dice(logit: torch.Tensor, truth: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    found = torch.sigmoid(logit) * inside
    both = (found * truth * inside).flatten(1).sum(1)
    either = (found + truth * inside).flatten(1).sum(1)
    return (1.0 - (2.0 * both + 50.0) / (either + 50.0)).mean()
