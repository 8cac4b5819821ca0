"""A session on ONNX Runtime: the default path, free of torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from foodwaste.models.card import ModelCard, OnnxSource
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.preprocess import to_input, unfolded
from foodwaste.models.session import Extras, Outputs


class OnnxSession:
    """One ONNX file, loaded once; see :class:`foodwaste.models.session.Session`."""

    backend = "onnxruntime"

    def __init__(self, card: ModelCard, path: Path, *, threads: int, mend: str) -> None:
        """Loads the file.

        Raises:
            ModelDamaged: not readable as ONNX, or another network than the card says.
        """
        self.card = card
        self.threads = threads
        try:
            self._runtime = onnxruntime.InferenceSession(
                str(path),
                session_options(threads, whole_sums=not _sums_fit(card)),
                providers=["CPUExecutionProvider"],
            )
        except Exception as error:
            # ONNX Runtime raises a dozen unrelated classes for unreadable models.
            reason = str(error).splitlines()[0][:160]
            raise ModelDamaged(f"{path}: ONNX Runtime cannot load it ({reason}); {mend}") from error
        inputs = self._runtime.get_inputs()
        outputs = {output.name for output in self._runtime.get_outputs()}
        missing = [name for name in card.outputs if name not in outputs]
        size = list(inputs[0].shape[1:])
        wanted = list(card.preprocessing.input_shape)
        if missing or size != wanted:
            raise ModelDamaged(
                f"{path}: not the network its card describes (input {size} for {wanted}, "
                f"outputs without {missing}); {mend}"
            )
        self._picture_name = inputs[0].name
        self._extra_names = tuple(each.name for each in inputs[1:])
        self._extra_shapes = [each.shape[1:] for each in inputs[1:]]

    @property
    def metadata(self) -> dict[str, str]:
        """What was written into the file at export."""
        return dict(self._runtime.get_modelmeta().custom_metadata_map)

    def nothing_known(self, count: int = 1) -> Extras:
        """See :meth:`foodwaste.models.session.Session.nothing_known`."""
        return {
            name: np.zeros((count, *shape), np.float32)
            for name, shape in zip(self._extra_names, self._extra_shapes, strict=True)
        }

    def run(self, rgb: NDArray[np.uint8], extras: Extras | None = None) -> Outputs:
        """See :meth:`foodwaste.models.session.Session.run`."""
        return self.run_input(to_input(rgb, self.card.preprocessing), extras)

    def run_input(self, batch: NDArray[np.float32], extras: Extras | None = None) -> Outputs:
        """Runs on an already preprocessed ``(N, *input_shape) float32`` batch."""
        feed = {self._picture_name: batch}
        for name in self._extra_names:
            if extras is None or name not in extras:
                raise ValueError(f"model {self.card.name!r} needs the input {name!r}")
            feed[name] = extras[name]
        results = self._runtime.run(list(self.card.outputs), feed)
        return {
            name: unfolded(np.asarray(result, np.float32), self.card.preprocessing)
            for name, result in zip(self.card.outputs, results, strict=True)
        }


def _sums_fit(card: ModelCard) -> bool:
    """Whether sums of this file's int8 products cannot overflow 16 bits."""
    return isinstance(card.source, OnnxSource) and card.source.weight_bits == 7


def session_options(threads: int, *, whole_sums: bool = True) -> onnxruntime.SessionOptions:
    """Options for exactly ``threads`` threads that sleep, not spin, while they wait.

    Spinning threads of several workers take the cores from each other. Without VNNI, sums of two
    products of uint8 and int8 overflow 16 bits and are cut off; ``whole_sums`` keeps them whole
    on such processors, for half as much time again, and changes nothing on others.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.add_session_config_entry("session.x64quantprecision", str(int(whole_sums)))
    options.log_severity_level = 3
    return options
