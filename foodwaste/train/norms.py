"""What batch norms are given, measured by running a network on samples. Imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import nn


def moments(
    norms: Mapping[str, nn.Module], look: Callable[[], None]
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Mean and variance by channel, ``(C,) float64`` each, of what every norm is given.

    Args:
        norms: by any name.
        look: runs the network that they belong to.
    """
    sums: dict[str, list[torch.Tensor]] = {path: [] for path in norms}

    def called(module: nn.Module, given: tuple[torch.Tensor, ...], *, path: str) -> None:
        del module
        seen = given[0].detach().double().transpose(0, 1).flatten(1)
        sums[path].append(torch.stack([seen.mean(1), seen.square().mean(1)]))

    hooks = [
        norm.register_forward_pre_hook(partial(called, path=path)) for path, norm in norms.items()
    ]
    look()
    for hook in hooks:
        hook.remove()
    means = {path: torch.stack(each).mean(0) for path, each in sums.items()}
    return {path: (m[0], (m[1] - m[0].square()).clamp_min(0.0)) for path, m in means.items()}
