"""Int8 variants of exported models.

``dynamic``, for transformers: weights of the matrix products become int8, their activations
are quantised as they come; where such a net also has convolutions, these become static QDQ.
DPT_Large, 288 x 384, one thread: torch 4.15 s, ONNX fp32 3.90, products alone 1.85, products
and convolutions 1.20. Quantising the products *within* attention as well costs time (1.33 s:
the int8 softmax is eight times slower than the float one).

``static``, for convolutional nets: QDQ per channel, uint8 activations and int8 weights.
Signed activations would be two to three times slower on x86.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import dropwhile
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from foodwaste.models.card import ModelCard, WeightBits
from foodwaste.models.preprocess import to_input
from foodwaste.models.session import Extras

Kind = Literal["dynamic", "static"]


_PRODUCTS = ("Conv", "Gemm", "MatMul")
_ACTIVATIONS = ("Relu", "Clip")


def quantise(
    source: Path,
    target: Path,
    kind: Kind,
    card: ModelCard,
    pictures: NDArray[np.uint8],
    extras: Extras | None = None,
    *,
    weight_bits: WeightBits = 8,
) -> None:
    """Writes an int8 variant of an fp32 ONNX file.

    Args:
        source: the fp32 file.
        target: where to write.
        kind: see the module.
        card: for the preprocessing of the calibration pictures.
        pictures: ``(N, H, W, 3) uint8``, RGB: their activations' ranges are the int8 scales.
        extras: the network's further inputs with these pictures.
        weight_bits: of static kernels; see :class:`foodwaste.models.card.OnnxSource`.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, _quiet():
        plain = Path(folder) / "plain.onnx"
        convolutions = _write_plain(source, plain)
        if kind == "static":
            _static(plain, target, _Pictures(card, pictures, extras), None, weight_bits)
        elif convolutions:
            middle = Path(folder) / "convolutions.onnx"
            _static(plain, middle, _Pictures(card, pictures, extras), ["Conv"], weight_bits)
            _dynamic(middle, target)
        else:
            _dynamic(plain, target)


def _static(
    source: Path,
    target: Path,
    pictures: _Pictures,
    kinds: list[str] | None,
    weight_bits: WeightBits,
) -> None:
    from onnxruntime.quantization import (
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    quantize_static(
        str(source),
        str(target),
        pictures,
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=kinds,
        nodes_to_exclude=_beside_products(source),
        per_channel=True,
        reduce_range=weight_bits == 7,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )


def _dynamic(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(target),
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )


def _write_plain(source: Path, target: Path) -> int:
    """Copies a model without identities of constants; answers how many convolutions it has.

    Where two parameters have equal values the exporter keeps one and passes the other through
    an identity. A bias that is no constant then keeps its convolution out of int8.
    """
    import onnx

    model = onnx.load(str(source))
    graph = model.graph
    constants = {tensor.name for tensor in graph.initializer}
    stands_for: dict[str, str] = {}
    kept = []
    for node in graph.node:
        original = stands_for.get(node.input[0], node.input[0]) if node.input else ""
        if node.op_type == "Identity" and original in constants:
            stands_for[node.output[0]] = original
        else:
            kept.append(node)
    for node in kept:
        for index, name in enumerate(node.input):
            node.input[index] = stands_for.get(name, name)
    del graph.node[:]
    graph.node.extend(kept)
    onnx.save(model, str(target))
    return sum(node.op_type == "Conv" for node in kept)


def _beside_products(source: Path) -> list[str]:
    """Names of the nodes before the first convolution or matrix product and behind the last one.

    They work on inputs, or turn raw numbers into millimetres and probabilities: there is no
    product to gain time with, and differences and exponentials in 256 steps would lose the answer.
    An activation belongs to its product: without it the 256 steps would have to reach over
    negative numbers as well.
    """
    import onnx

    nodes = onnx.load(str(source), load_external_data=False).graph.node
    products = [place for place, node in enumerate(nodes) if node.op_type in _PRODUCTS]
    if not products:
        return []
    behind = dropwhile(lambda node: node.op_type in _ACTIVATIONS, nodes[products[-1] + 1 :])
    return [node.name for node in (*nodes[: products[0]], *behind)]


class _Pictures:
    """The calibration reader's protocol: one input after the other, then ``None``."""

    def __init__(
        self, card: ModelCard, pictures: NDArray[np.uint8], extras: Extras | None = None
    ) -> None:
        self._card = card
        self._extras = dict(extras or {})
        self._pictures = pictures
        self._next = 0

    def get_next(self) -> dict[str, Any] | None:
        if self._next >= len(self._pictures):
            return None
        here = slice(self._next, self._next + 1)
        self._next += 1
        image = to_input(self._pictures[here], self._card.preprocessing)
        return {"image": image, **{name: each[here] for name, each in self._extras.items()}}

    def rewind(self) -> None:
        self._next = 0

    def __len__(self) -> int:
        return len(self._pictures)

    def set_range(self, start_index: int, end_index: int) -> None:
        here = slice(start_index, end_index)
        self._pictures = self._pictures[here]
        self._extras = {name: each[here] for name, each in self._extras.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """The quantiser advises on the root logger at every call; what it advises is measured."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
