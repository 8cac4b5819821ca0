"""A larger tray network that begins where a smaller one stands. Imports torch.

Channels that are new are fed by kernels of usual size and listened to by kernels of zeros; stages
that are deeper end in a kernel of zeros: the larger network answers as the smaller one does, bit
for bit but for the order of sums, and learns on from there (Chen et al. 2016, Net2Net).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from foodwaste.depth.tray_inputs import FOLD, FOOD_PLANES, SITE_PLANES
from foodwaste.errors import UsageError
from foodwaste.train.norms import moments
from foodwaste.train.tray_network import TrayNetwork

#: Pieces of a kernel's input: channels of each map that is joined before it, in their order.
_Pieces = tuple[int, ...]


def grow(small: TrayNetwork, large: TrayNetwork, look: Callable[[], None]) -> None:
    """Gives ``large`` the weights of ``small``, and new channels norms of what they are given.

    Args:
        small: as trained.
        large: freshly made, in eval mode; changed in place. At least as wide and deep everywhere,
            with the same encoder.
        look: runs ``large`` on samples.

    Raises:
        UsageError: something in ``large`` is smaller, or it has another encoder.
    """
    if small.compares and large.contrast != small.contrast:
        # Planes of contrast come before those of change: they would take each other's kernels.
        raise UsageError("network: contrast cannot be added to one that compares")
    pieces = {name: (own, _pieces(small)[name]) for name, own in _pieces(large).items()}
    widened: dict[str, tuple[int, nn.BatchNorm2d]] = {}
    modules = dict(large.named_modules())
    for name, module in small.named_modules():
        if name not in modules:
            raise UsageError(f"network: nothing in it can take over {name} of grown_from")
        other = modules[name]
        if isinstance(module, nn.Conv2d):
            own, before = pieces.get(name, ((other.in_channels,), (module.in_channels,)))
            _widen(module, other, own, before)
        elif isinstance(module, nn.BatchNorm2d):
            _widen_norm(module, other)
            if other.num_features > module.num_features:
                widened[name] = (module.num_features, other)
    measured = moments({name: norm for name, (_, norm) in widened.items()}, look)
    for name, (known, norm) in widened.items():
        mean, variance = measured[name]
        norm.running_mean[known:] = mean[known:]
        norm.running_var[known:] = variance[known:]


def _pieces(network: TrayNetwork) -> dict[str, _Pieces]:
    """For every convolution that is given joined maps, their channels."""
    found: dict[str, _Pieces] = {}
    above = network.encoder.out_channels[-1]
    for count, block in enumerate(network.decoder.blocks):
        first = block.conv1[0]
        found[f"decoder.blocks.{count}.conv1.0"] = (above, first.in_channels - above)
        above = first.out_channels
    known = 3 * FOLD**2 + FOOD_PLANES
    stem = network.encoder.model["stem"].conv
    seen = 3 * FOLD**2 + SITE_PLANES
    found["encoder.model.stem.conv"] = (seen, stem.in_channels - seen)
    found["skip.0"] = (known, network.skip[0].in_channels - known)
    skip = network.skip[0].out_channels
    found["head.0.0"] = (skip, above)
    return found


def _widen(small: nn.Conv2d, large: nn.Conv2d, own: _Pieces, before: _Pieces) -> None:
    """Sets a kernel: the smaller one, ``own`` and ``before`` being the pieces of their inputs."""
    outputs = small.out_channels
    # Outputs of a group see a share of the inputs: such kernels cannot be widened.
    same = small.weight.shape == large.weight.shape
    grouped = large.groups != 1 or small.groups != 1
    smaller = large.out_channels < outputs or any(a < b for a, b in zip(own, before, strict=True))
    if smaller or (grouped and not same):
        shapes = f"{tuple(large.weight.shape)} cannot hold {tuple(small.weight.shape)}"
        raise UsageError(f"network is no larger than grown_from: {shapes}")
    with torch.no_grad():
        if same:
            large.weight.copy_(small.weight)
        else:
            _place(small, large, own, before)
        if small.bias is not None:
            large.bias.zero_()
            large.bias[:outputs].copy_(small.bias)


def _place(small: nn.Conv2d, large: nn.Conv2d, own: _Pieces, before: _Pieces) -> None:
    at, start = 0, 0
    for wide, narrow in zip(own, before, strict=True):
        # New inputs are not heard yet, by old outputs nor by new ones: norms can be measured
        # in one go, and gradients reach these kernels at once.
        large.weight[:, at + narrow : at + wide] = 0.0
        large.weight[: small.out_channels, at : at + narrow] = small.weight[
            :, start : start + narrow
        ]
        at, start = at + wide, start + narrow


def _widen_norm(small: nn.BatchNorm2d, large: nn.BatchNorm2d) -> None:
    known = small.num_features
    with torch.no_grad():
        for name in ("weight", "bias", "running_mean", "running_var"):
            getattr(large, name)[:known] = getattr(small, name)
