"""A shipped ONNX file as the first weights of a run, where no checkpoint is at hand.

In the file every batch norm is folded into the kernel before it and kernels are rounded to 8 bits.
What a norm needs beside that, the mean and the spread of what it is given, is measured on samples;
from then on the network computes what the file does and can be trained on. Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import default_collate

from foodwaste.errors import UsageError
from foodwaste.train.checkpoint import read_state
from foodwaste.train.norms import moments
from foodwaste.train.trainer import Batch, Task

#: File ending of a shipped network; every other start is a run's checkpoint.
ENDING = ".onnx"
#: Samples on which norms are measured, in batches of so many.
_BATCHES, _BATCH = 12, 4

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Folded:
    """A convolution's or a matrix's weights in a file, with the norm after it folded in."""

    kernel: Array
    bias: Array


def begin_with(network: nn.Module, starts: Sequence[Path], task: Task, *, seed: int = 0) -> None:
    """Gives a network its first weights: a shipped file's, or another run's averaged ones.

    Of several, the mean: runs that went on from the same weights err each in its own way
    (Wortsman et al. 2022, model soups).

    Raises:
        UsageError: unreadable, or of another shape.
    """
    sums: dict[str, torch.Tensor] = {}
    for start in starts:
        _begin_with_one(network, start, task, seed)
        for name, tensor in network.state_dict().items():
            # Whole numbers count batches: those of the last start do.
            whole = not tensor.is_floating_point() or name not in sums
            sums[name] = tensor.clone() if whole else sums[name] + tensor
    network.load_state_dict(
        {n: each / len(starts) if each.is_floating_point() else each for n, each in sums.items()}
    )


def _begin_with_one(network: nn.Module, start: Path, task: Task, seed: int) -> None:
    if start.suffix == ENDING:
        start_from_file(network, start, task, seed=seed)
        return
    try:
        lacking, left_over = network.load_state_dict(read_state(start)["ema"], strict=False)
    except RuntimeError as error:
        raise UsageError(f"{start}: not a network of this shape") from error
    if left_over or not all(_may_be_new(network, name) for name in lacking):
        raise UsageError(f"{start}: not a network of this shape")


def _may_be_new(network: nn.Module, name: str) -> bool:
    """Whether a part of the network changes nothing before it is trained, and may be lacking."""
    return name.split(".")[0] in getattr(network, "may_be_new", ())


def start_from_file(network: nn.Module, file: Path, task: Task, *, seed: int = 0) -> None:
    """Gives a network the weights of a file that was exported from one of the same shape.

    Args:
        network: changed in place.
        file: ONNX, full precision or static int8.
        task: gives samples, and runs the network on them.
        seed: of the samples.

    Raises:
        UsageError: unreadable, or of another shape.
    """
    training = network.training
    network.eval()
    take_up(network, folded_weights(file), look_with(network, task, seed), file)
    network.train(training)


def look_with(network: nn.Module, task: Task, seed: int) -> Callable[[], None]:
    """Runs a network on a few samples of a task, always the same."""
    batches = _samples(task, seed)

    def look() -> None:
        with torch.no_grad():
            for batch in batches:
                task.losses(network, batch)

    return look


def take_up(
    network: nn.Module, stored: dict[str, Folded], look: Callable[[], None], file: Path
) -> None:
    """Sets every convolution, matrix and batch norm of a network in eval mode.

    Args:
        network: changed in place.
        stored: weights by module path; ``file`` is where they are from, for messages.
        look: runs the network on samples.
        file: named in errors.

    Raises:
        UsageError: a module has no weights in the file, or others than it needs.
    """
    norms = _norm_after(network, look)
    modules = {n: m for n, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
    new = {name for name in modules.keys() - stored.keys() if _may_be_new(network, name)}
    modules = {name: module for name, module in modules.items() if name not in new}
    if modules.keys() != stored.keys():
        other = ", ".join(sorted(modules.keys() ^ stored.keys())[:3])
        raise UsageError(f"{file}: not a network of this shape ({other})")
    typical = {path: _rms(module.weight) for path, module in modules.items()}
    for path, module in modules.items():
        kernel = torch.from_numpy(stored[path].kernel)
        if kernel.shape != module.weight.shape:
            raise UsageError(f"{file}: {path} is {tuple(kernel.shape)} in it, "
                             f"{tuple(module.weight.shape)} here")  # fmt: skip
        bias = torch.from_numpy(stored[path].bias)
        with torch.no_grad():
            module.weight.copy_(kernel)
            if path in norms:
                _pass_through(norms[path], bias)
            else:
                module.bias.copy_(bias)
    measured = moments(norms, look)
    for path, norm in norms.items():
        _settle(modules[path], norm, *measured[path], typical[path])


def folded_weights(file: Path) -> dict[str, Folded]:
    """Weights of a file's convolutions and matrices by the path of their module.

    Raises:
        UsageError: not a readable ONNX file.
    """
    try:
        graph = onnx.load(str(file)).graph
    except Exception as error:  # onnx raises protobuf's own errors
        raise UsageError(f"{file}: cannot be read ({error})") from error
    constants = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}

    def value(name: str) -> Array:
        node = made_by.get(name)
        if node is None and name in constants:
            return np.array(constants[name], np.float32)
        if node is None or node.op_type != "DequantizeLinear":
            raise UsageError(f"{file}: weights are neither full precision nor static int8 ({name})")
        axis = next((each.i for each in node.attribute if each.name == "axis"), 1)
        whole, scale, zero = (constants[each] for each in node.input)
        shape = [1] * whole.ndim
        if scale.ndim:
            shape[axis] = -1
        step = scale.reshape(shape) if scale.ndim else scale
        offset = zero.astype(np.int32).reshape(shape) if scale.ndim else zero.astype(np.int32)
        return np.array((whole.astype(np.int32) - offset) * step, np.float32)

    return {
        _module_path(node.name): Folded(value(node.input[1]), value(node.input[2]))
        for node in graph.node
        if node.op_type in ("Conv", "Gemm") and len(node.input) > 2
    }


def _module_path(name: str) -> str:
    """``/skip/skip.0/Conv`` is the module ``skip.0``: a sequence's name stands twice."""
    parts: list[str] = []
    for part in name.strip("/").split("/")[:-1]:
        if parts and part.startswith(parts[-1] + "."):
            parts.pop()
        parts.append(part)
    return ".".join(parts)


def _samples(task: Task, seed: int) -> Sequence[Batch]:
    source = task.source()
    rng = np.random.default_rng([seed, len(source)])
    picks = rng.integers(len(source), size=(_BATCHES, _BATCH))
    return [default_collate([source.sample(int(i), rng) for i in row]) for row in picks]


def _norm_after(network: nn.Module, look: Callable[[], None]) -> dict[str, Any]:
    """By path of a convolution, the batch norm that is given its answer."""
    last: list[str] = []
    found: dict[str, Any] = {}

    def called(module: nn.Module, given: object, answer: object, *, path: str) -> None:
        del given, answer
        if isinstance(module, nn.Conv2d):
            last.append(path)
        elif last:
            found[last[-1]] = module

    hooks = [
        module.register_forward_hook(partial(called, path=path))
        for path, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    look()
    for hook in hooks:
        hook.remove()
    return found


def _pass_through(norm: Any, bias: torch.Tensor) -> None:  # noqa: ANN401 - torch is untyped
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0 - norm.eps)
    norm.weight.data.fill_(1.0)
    norm.bias.data.copy_(bias)


def _settle(
    convolution: Any,  # noqa: ANN401 - torch is untyped
    norm: Any,  # noqa: ANN401
    mean: torch.Tensor,
    variance: torch.Tensor,
    rms: torch.Tensor,
) -> None:
    """Splits a folded kernel into one of usual size and the norm that makes up for it."""
    kernel = convolution.weight.data
    own = kernel.flatten(1).square().mean(1).sqrt()
    # The optimiser's steps are meant for kernels as large as a new one's. A channel that is off
    # has no kernel to speak of and stays as it is.
    scale = torch.where(own > 1e-3 * rms, rms / own.clamp_min(1e-12), torch.ones_like(own)).double()
    kernel.mul_(scale.to(kernel.dtype)[:, None, None, None])
    norm.running_mean.copy_(mean * scale)
    norm.running_var.copy_(variance * scale.square())
    norm.weight.data.copy_((variance * scale.square() + norm.eps).sqrt() / scale)
    norm.bias.data.add_(mean.to(norm.bias.dtype))


def _rms(kernel: torch.Tensor) -> torch.Tensor:
    return kernel.detach().square().mean().sqrt()
