"""How fast is a model here, and how near to what this core can do? One thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import onnxruntime

from foodwaste.models.drawn_trays import drawn_trays
from foodwaste.models.onnx_session import session_options
from foodwaste.models.session import Session
from foodwaste.models.timing import median_seconds

_SIDE = 1024
_PEAK_ROUNDS = 7


@dataclass(frozen=True)
class Timing:
    """One model on one thread: median of the rounds, and the share of the measured peak.

    ``share`` is arithmetic per second over the peak of the same kind (int8 products for int8
    models); ``None`` where the card does not state the operations of a pass.
    """

    name: str
    backend: str
    ms: float
    share: float | None


@dataclass(frozen=True)
class Peak:
    """What one thread reaches on a 1024³ matrix product, 10⁹ operations per second."""

    float_gops: float
    int8_gops: float


def measure_peak() -> Peak:
    """Measures this core with ONNX Runtime's own matrix products."""
    generator = np.random.default_rng(0)
    a = generator.standard_normal((_SIDE, _SIDE)).astype(np.float32)
    floats = _product("MatMul", ("FLOAT", "FLOAT", "FLOAT"))
    bytes_ = _product("MatMulInteger", ("UINT8", "INT8", "INT32"))
    signed = generator.integers(-100, 100, (_SIDE, _SIDE)).astype(np.int8)
    unsigned = generator.integers(0, 200, (_SIDE, _SIDE)).astype(np.uint8)
    seconds = median_seconds(
        [
            lambda: floats.run(None, {"a": a, "b": a}),
            lambda: bytes_.run(None, {"a": unsigned, "b": signed}),
        ],
        _PEAK_ROUNDS,
    )
    gop = 2.0 * _SIDE**3 / 1e9
    return Peak(gop / seconds[0], gop / seconds[1])


def measure(sessions: list[Session], peak: Peak, *, rounds: int = 5) -> list[Timing]:
    """Times sessions in turn on one drawn tray."""
    picture = drawn_trays(1)
    runs = [partial(each.run, picture, each.nothing_known()) for each in sessions]
    seconds = median_seconds(runs, rounds)
    timings = []
    for session, value in zip(sessions, seconds, strict=True):
        gflop = session.card.figures.get("gflop")
        quantised = getattr(session.card.source, "quantised", "none") != "none"
        best = peak.int8_gops if quantised else peak.float_gops
        share = float(gflop) / value / best if gflop is not None else None
        timings.append(Timing(session.card.name, session.backend, value * 1e3, share))
    return timings


def _product(operation: str, types: tuple[str, str, str]) -> onnxruntime.InferenceSession:
    from onnx import TensorProto, helper

    kinds = [getattr(TensorProto, each) for each in types]
    shape = [_SIDE, _SIDE]
    graph = helper.make_graph(
        [helper.make_node(operation, ["a", "b"], ["c"])],
        "product",
        [
            helper.make_tensor_value_info("a", kinds[0], shape),
            helper.make_tensor_value_info("b", kinds[1], shape),
        ],
        [helper.make_tensor_value_info("c", kinds[2], shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), session_options(1), providers=["CPUExecutionProvider"]
    )
