import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from foodwaste.models import ModelCard, Preprocessing
from foodwaste.models.card import OnnxSource
from foodwaste.models.drawn_trays import drawn_trays
from foodwaste.models.onnx_file import write_onnx
from foodwaste.models.preprocess import to_input
from foodwaste.models.quantise import quantise

CARD = ModelCard(
    name="twins",
    task="backbone",
    title="two convolutions with equal biases",
    version="1",
    licence="Apache-2.0",
    source=OnnxSource(file="twins.onnx"),
    preprocessing=Preprocessing(height_px=32, width_px=32),
    outputs=("logits",),
    sha256="0" * 64,
    size_mb=0,
)


@pytest.fixture
def exported(tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )
    with torch.no_grad():
        network[0].bias.fill_(0.1)
        network[2].bias.fill_(0.1)
    path = tmp_path / "twins.onnx"
    write_onnx(network.eval(), CARD, path, opset=18)
    return path


def operations(path):
    return [node.op_type for node in onnx.load(str(path)).graph.node]


def test_parameters_of_equal_value_do_not_keep_a_convolution_out_of_int8(exported, tmp_path):
    assert "Identity" in operations(exported)
    target = tmp_path / "int8.onnx"
    quantise(exported, target, "static", CARD, drawn_trays(4))
    assert "Identity" not in operations(target)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(target), options, providers=["CPUExecutionProvider"])
    assert operations(tmp_path / "optimised.onnx").count("QLinearConv") == 2


def test_activations_are_unsigned_and_weights_signed_per_channel(exported, tmp_path):
    target = tmp_path / "int8.onnx"
    quantise(exported, target, "static", CARD, drawn_trays(4))
    tensors = {each.name: each for each in onnx.load(str(target)).graph.initializer}
    weights = [each for each in tensors.values() if each.data_type == onnx.TensorProto.INT8]
    points = [each for each in tensors.values() if each.data_type == onnx.TensorProto.UINT8]
    assert weights
    assert points
    assert any(list(each.dims) == [8] for name, each in tensors.items() if "scale" in name)


@pytest.mark.parametrize(("bits", "largest"), [(7, 64), (8, 127)])
def test_weights_use_as_many_bits_as_asked_for(exported, tmp_path, bits, largest):
    target = tmp_path / "int8.onnx"
    quantise(exported, target, "static", CARD, drawn_trays(4), weight_bits=bits)
    stored = [onnx.numpy_helper.to_array(each) for each in onnx.load(str(target)).graph.initializer]
    kernels = [each for each in stored if each.dtype == np.int8 and each.ndim > 1]
    assert kernels
    assert largest - 2 <= max(int(np.abs(each.astype(int)).max()) for each in kernels) <= largest


def test_dynamic_quantisation_makes_products_int8_and_convolutions_static(exported, tmp_path):
    target = tmp_path / "int8.onnx"
    quantise(exported, target, "dynamic", CARD, drawn_trays(4))
    kinds = set(operations(target))
    assert {"Conv", "QuantizeLinear", "DequantizeLinear"} <= kinds
    assert not list(tmp_path.glob("tmp*"))


class Doubling(nn.Module):
    """Halves and doubles its map again, and ends in an exponential."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1, stride=2)
        self.last = nn.Conv2d(8, 1, 1)

    def forward(self, picture):
        seen = nn.functional.interpolate(self.first(picture), size=(32, 32), mode="nearest")
        return torch.exp(4.0 * self.last(seen))


def test_maps_are_doubled_without_a_resize_and_ends_stay_in_full_precision(tmp_path):
    torch.manual_seed(0)
    network = Doubling().eval()
    card = CARD.model_copy(update={"name": "doubling", "outputs": ("map",)})
    path, target = tmp_path / "doubling.onnx", tmp_path / "int8.onnx"
    write_onnx(network, card, path, opset=18)
    assert "Resize" not in operations(path)
    picture = to_input(drawn_trays(1), card.preprocessing)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"image": picture})
    with torch.inference_mode():
        expected = network(torch.from_numpy(picture)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    quantise(path, target, "static", card, drawn_trays(4))
    graph = onnx.load(str(target)).graph
    makers = {output: node for node in graph.node for output in node.output}
    # Multiplied and raised as floats: no rounding to 256 steps on the way out.
    product = makers[makers[graph.output[0].name].input[0]]
    assert makers[graph.output[0].name].op_type == "Exp"
    assert product.op_type == "Mul"


class Grain(nn.Module):
    """A convolution over what differs from its surroundings."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, picture):
        around = nn.functional.avg_pool2d(picture, 5, 1, 2)
        return self.first(10.0 * (picture - around))


def test_what_is_made_of_a_picture_before_the_first_product_stays_in_full_precision(tmp_path):
    torch.manual_seed(0)
    card = CARD.model_copy(update={"name": "grain", "outputs": ("map",)})
    path, target = tmp_path / "grain.onnx", tmp_path / "int8.onnx"
    write_onnx(Grain().eval(), card, path, opset=18)
    quantise(path, target, "static", card, drawn_trays(4))
    nodes = onnx.load(str(target)).graph.node
    makers = {output: node.op_type for node in nodes for output in node.output}
    (scaled,) = (node for node in nodes if node.op_type == "Mul")
    assert "DequantizeLinear" not in {makers.get(name) for name in scaled.input}
    (product,) = (node for node in nodes if node.op_type == "Conv")
    assert makers[product.input[0]] == "DequantizeLinear"
