"""Weights that depend on nothing but the parameters' names and shapes.

They stand in for published weights where only loading, exporting, time and memory matter, and
make answers that can be compared between versions of libraries.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np


def fill(network: Any) -> None:  # noqa: ANN401 - torch is untyped here
    """Gives a torch network such weights: normal with variance 1 / fan-in, norms at rest.

    Answers vary over a picture by half of their mean, as those of a trained network do; with
    torch's own initial values MiDaS's vary by an eighth.
    """
    import torch

    state = {}
    for name, tensor in network.state_dict().items():
        shape = tuple(tensor.shape)
        generator = np.random.default_rng(zlib.crc32(name.encode()))
        if len(shape) >= 2:
            fan_in = int(np.prod(shape[1:]))
            values = generator.standard_normal(shape) / np.sqrt(fan_in)
        elif name.endswith(("weight", "running_var")):
            values = 1.0 + 0.05 * np.abs(generator.standard_normal(shape))
        elif name.endswith("bias"):
            values = 0.1 + 0.05 * generator.standard_normal(shape)
        else:
            values = np.zeros(shape)
        state[name] = torch.as_tensor(values, dtype=tensor.dtype).reshape(shape)
    network.load_state_dict(state, strict=True)
