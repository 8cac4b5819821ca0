"""A session on torch: for weights that have not been exported. Imports torch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from foodwaste.models.card import BEFORE, ModelCard
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.preprocess import to_input, unfolded
from foodwaste.models.session import Extras, Outputs


class TorchSession:
    """One network in eval mode; see :class:`foodwaste.models.session.Session`."""

    backend = "torch"

    def __init__(self, card: ModelCard, network: torch.nn.Module, *, threads: int) -> None:
        """Takes over the network; torch's thread count is one for the whole process."""
        self.card = card
        self.threads = threads
        self.network = network.eval()
        torch.set_num_threads(threads)
        if torch.get_num_threads() != threads:
            raise RuntimeError(f"torch keeps {torch.get_num_threads()} threads, not {threads}")

    def nothing_known(self, count: int = 1) -> Extras:
        """See :meth:`foodwaste.models.session.Session.nothing_known`.

        A torch module does not name its inputs: those of a Siamese network are known by its card.
        """
        head = self.card.head
        if head is None or not head.features:
            return {}
        return {BEFORE: np.zeros((count, head.features + 1), np.float32)}

    def run(self, rgb: NDArray[np.uint8], extras: Extras | None = None) -> Outputs:
        """See :meth:`foodwaste.models.session.Session.run`."""
        return self.run_input(to_input(rgb, self.card.preprocessing), extras)

    def run_input(self, batch: NDArray[np.float32], extras: Extras | None = None) -> Outputs:
        """Runs on an already preprocessed ``(N, *input_shape) float32`` batch."""
        # Another library may have changed the process's thread count since.
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        further = [torch.from_numpy(each) for each in (extras or {}).values()]
        with torch.inference_mode():
            answer = self.network(torch.from_numpy(batch), *further)
        tensors = answer if isinstance(answer, tuple) else (answer,)
        if len(tensors) != len(self.card.outputs):
            raise ModelDamaged(
                f"model {self.card.name!r} answers with {len(tensors)} outputs, its card names "
                f"{len(self.card.outputs)}"
            )
        return {
            name: unfolded(tensor.numpy().astype(np.float32, copy=False), self.card.preprocessing)
            for name, tensor in zip(self.card.outputs, tensors, strict=True)
        }
