"""What the tray network is trained to: food, residue, height, and each well's volume.

Imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.nn import functional

from foodwaste.depth.tray_inputs import (
    FOLD,
    HEIGHT_SCALE_MM,
    SERVED_HEIGHT_FLAG,
    SERVED_HEIGHT_PLANE,
)
from foodwaste.train.pack import FOOD, HIDDEN, MOVED, RESIDUE
from foodwaste.train.tray_config import LossConfig
from foodwaste.train.tray_network import CARRIED_AT_FIRST, readings

#: A pixel of the frame is about 1 mm wide: its area in mm², and a millilitre has 1,000 mm³.
_ML_PER_MM = 1e-3
_MOST_WELLS = 16
#: Consistent heights: what is added to both heights before they are compared, mm, and the least and
#: most that a truth is scaled by.
_CALM_MM, _SCALES = 0.5, (0.4, 2.5)
#: What is left of a height where nothing changed and where food is gone; heights that count, mm.
_LEFT, _GONE, _STOOD_MM = 0.85, 0.35, 2.0


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
    told: torch.Tensor, batch: Mapping[str, torch.Tensor], share: float
) -> torch.Tensor:
    """Heights ``(N, H, W)`` that eaten trays should read, given what served ones read.

    Where the served tray was read a tenth too high, what is left is a tenth too high as well: the
    leftover ratio is then right, which heights that are right on one of both trays alone are not.

    Args:
        told: what the network knows of the eaten trays, with the heights seen on served ones;
            those that are not told of any should read the truth.
        batch: ``height_mm`` ``(N, 2, H, W)``, served first; ``served_mm`` ``(N, H / 2, W / 2)``,
            the true served heights where the eaten picture shows them.
        share: of the way from the truth to the consistent heights.
    """
    said = _around(told[:, SERVED_HEIGHT_PLANE] * HEIGHT_SCALE_MM)
    scale = ((said + _CALM_MM) / (_around(batch["served_mm"]) + _CALM_MM)).clamp(*_SCALES)
    scale = scale.repeat_interleave(FOLD, 1).repeat_interleave(FOLD, 2)
    # What was pushed elsewhere was served from other places than it lies in now.
    flag = told[:, SERVED_HEIGHT_FLAG, :1, :1] * _stayed(batch)
    return batch["height_mm"][:, 1] * (1.0 + share * flag * (scale - 1.0))


def unchanged_loss(
    planes: torch.Tensor, told: torch.Tensor, batch: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Cross-entropy of the share carried over, where food stood and was left, or where it is gone.

    In between, where part of a height is left, the heights themselves teach it.

    Args:
        planes: the output on eaten trays, ``(N, 5, H, W)``.
        told: as for :func:`consistent_heights`.
        batch: the same.
    """
    before = batch["served_mm"]
    left = functional.avg_pool2d(batch["height_mm"][:, 1:], FOLD)[:, 0]
    share = _around(left) / (_around(before) + _CALM_MM)
    clear = ((share > _LEFT) | (share < _GONE)) & (before > _STOOD_MM)
    stayed = _stayed(batch)[:, ::FOLD, ::FOLD]
    weight = clear.float() * told[:, SERVED_HEIGHT_FLAG] * stayed
    logit = functional.avg_pool2d(planes[:, 4:], FOLD)[:, 0] + CARRIED_AT_FIRST
    each = functional.binary_cross_entropy_with_logits(
        logit, (share > _LEFT).float(), reduction="none"
    )
    return (each * weight).sum() / weight.sum().clamp(min=1.0)


def _stayed(batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """``(N, H, W)``: 0 in wells of eaten trays whose dish was pushed about, 1 elsewhere."""
    return ((batch["classes"][:, 1] & MOVED) == 0).float()


def _around(height: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(height[:, None], 5, 1, 2, count_include_pad=False)[:, 0]


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
