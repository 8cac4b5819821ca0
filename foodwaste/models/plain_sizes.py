"""Lets networks be traced that unflatten to sizes taken from their input. Imports torch.

While a graph is traced, ``x.shape`` holds tensors, and ``nn.Unflatten`` refuses tensors as
sizes. MiDaS makes such a layer inside ``forward``. So while tracing, the class gives way to
one that takes the sizes' values; the network's own code stays as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn


class _PlainUnflatten(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """``nn.Unflatten`` with sizes as plain integers, which a traced graph can hold."""

    def __init__(self, dim: int, unflattened_size: Sequence[Any]) -> None:
        super().__init__()
        self.dim = dim
        self.sizes = tuple(int(size) for size in unflattened_size)

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.unflatten(self.dim, self.sizes)


@contextlib.contextmanager
def plain_unflatten() -> Iterator[None]:
    """Replaces ``nn.Unflatten`` for the duration."""
    original = nn.Unflatten
    nn.Unflatten = _PlainUnflatten
    try:
        yield
    finally:
        nn.Unflatten = original
