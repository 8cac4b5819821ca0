"""AdamW without decay on norms and biases, warm-up and cosine. Imports torch."""

from __future__ import annotations

import math

import torch
from torch import nn

from foodwaste.train.config import OptimiserConfig


def make_optimiser(network: nn.Module, config: OptimiserConfig) -> torch.optim.AdamW:
    """AdamW in two groups: kernels and matrices decay, vectors and scalars do not."""
    named = [each for each in network.parameters() if each.requires_grad]
    groups = [
        {
            "params": [each for each in named if each.ndim > 1],
            "weight_decay": config.weight_decay,
        },
        {"params": [each for each in named if each.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def make_schedule(
    optimiser: torch.optim.Optimizer, config: OptimiserConfig, steps: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Learning rate rising linearly over the warm-up, then a half cosine down to the last step."""

    def share(step: int) -> float:
        if step < config.warmup_steps:
            return (step + 1) / (config.warmup_steps + 1)
        done = (step - config.warmup_steps) / max(steps - config.warmup_steps, 1)
        cosine = 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))
        return config.final_share + (1.0 - config.final_share) * cosine

    return torch.optim.lr_scheduler.LambdaLR(optimiser, share)
