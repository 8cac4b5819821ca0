"""Int8 sums on every processor: none is cut off where there are no instructions for them."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from foodwaste.models import onnx_session
from foodwaste.models.card import read_card
from foodwaste.models.onnx_session import OnnxSession, session_options
from foodwaste.resources import resource_dir

CHANNELS, SIDE = 64, 8


def a_convolution(largest=127):
    """Sums 64 channels with the largest weight, as QDQ: ``(1, 64, 8, 8)`` to as many."""
    weights = np.full((CHANNELS, CHANNELS, 1, 1), largest, np.int8)
    constants = {
        "weights": weights,
        "weight_scale": np.full(CHANNELS, 1 / largest, np.float32),
        "weight_zero": np.zeros(CHANNELS, np.int8),
        "in_scale": np.float32(1 / 255),
        "out_scale": np.float32(CHANNELS / 255),
        "zero": np.uint8(0),
    }
    dequantised = helper.make_node(
        "DequantizeLinear", ["weights", "weight_scale", "weight_zero"], ["kernel"], axis=0
    )
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "in_scale", "zero"], ["x8"]),
        helper.make_node("DequantizeLinear", ["x8", "in_scale", "zero"], ["x32"]),
        dequantised,
        helper.make_node("Conv", ["x32", "kernel"], ["y32"]),
        helper.make_node("QuantizeLinear", ["y32", "out_scale", "zero"], ["y8"]),
        helper.make_node("DequantizeLinear", ["y8", "out_scale", "zero"], ["y"]),
    ]
    shape = [1, CHANNELS, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "sum",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(each), name) for name, each in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def test_whole_sums_are_asked_for_on_every_processor():
    key = "session.x64quantprecision"
    assert session_options(1).get_session_config_entry(key) == "1"


@pytest.mark.parametrize("level", [0.25, 0.6, 1.0])
def test_sums_of_large_products_are_whole(level):
    onnx.checker.check_model(onnx.load_from_string(a_convolution()))
    session = onnxruntime.InferenceSession(
        a_convolution(), session_options(1), providers=["CPUExecutionProvider"]
    )
    x = np.full((1, CHANNELS, SIDE, SIDE), level, np.float32)
    (y,) = session.run(None, {"x": x})
    np.testing.assert_allclose(y, CHANNELS * level, rtol=0.01)


def test_sums_of_seven_bit_weights_fit_without_asking_for_it():
    options = session_options(1, whole_sums=False)
    assert options.get_session_config_entry("session.x64quantprecision") == "0"
    session = onnxruntime.InferenceSession(
        a_convolution(63), options, providers=["CPUExecutionProvider"]
    )
    x = np.full((1, CHANNELS, SIDE, SIDE), 1.0, np.float32)
    (y,) = session.run(None, {"x": x})
    np.testing.assert_allclose(y, CHANNELS, rtol=0.01)


@pytest.mark.parametrize("bits", [7, 8])
def test_a_session_asks_for_whole_sums_unless_its_kernels_have_seven_bits(bits, monkeypatch):
    asked = []

    def noted(threads, *, whole_sums=True):
        asked.append(whole_sums)
        return session_options(threads, whole_sums=whole_sums)

    monkeypatch.setattr(onnx_session, "session_options", noted)
    folder = resource_dir("models")
    card = read_card(folder / "tray-embedded.int8.json")
    source = card.source.model_copy(update={"weight_bits": bits})
    card = card.model_copy(update={"source": source})
    OnnxSession(card, folder / card.source.file, threads=1, mend="")
    assert asked == [bits == 8]


@pytest.mark.parametrize("name", ["tray-embedded", "quantity-embedded"])
def test_shipped_kernels_have_no_more_bits_than_their_card_says(name):
    folder = resource_dir("models")
    source = read_card(folder / f"{name}.int8.json").source
    stored = onnx.load(str(folder / source.file)).graph.initializer
    kernels = [numpy_helper.to_array(each) for each in stored]
    largest = max(int(np.abs(each.astype(int)).max()) for each in kernels if each.dtype == np.int8)
    assert largest <= (64 if source.weight_bits == 7 else 128)
