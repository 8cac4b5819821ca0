"""Going on from a shipped file: norms folded into kernels are taken apart again."""

import warnings

import numpy as np
import onnx
import pytest
import torch

pytest.importorskip("segmentation_models_pytorch", reason="needs the extra 'train'")

from foodwaste.errors import UsageError
from foodwaste.resources import resource_dir
from foodwaste.train.shipped_start import folded_weights, take_up


def small_network(width=6):
    """What both networks are made of: a convolution with its norm, one with a bias, a matrix."""
    return torch.nn.Sequential(
        torch.nn.Sequential(
            torch.nn.Conv2d(3, width, 3, padding=1, bias=False),
            torch.nn.BatchNorm2d(width),
            torch.nn.ReLU(),
        ),
        torch.nn.Conv2d(width, 4, 1),
        torch.nn.Flatten(),
        torch.nn.Linear(4 * 64, 5),
    )


def trained(width=6):
    """A network whose norms have seen something."""
    torch.manual_seed(3)
    network = small_network(width)
    norm = network[0][1]
    with torch.no_grad():
        norm.weight.copy_(torch.rand(width) + 0.5)
        norm.bias.copy_(torch.randn(width))
        norm.running_mean.copy_(torch.randn(width))
        norm.running_var.copy_(torch.rand(width) + 0.1)
    return network.eval()


@pytest.fixture
def pictures():
    return torch.from_numpy(np.random.default_rng(1).normal(size=(6, 3, 8, 8)).astype(np.float32))


@pytest.fixture
def shipped(tmp_path, pictures):
    """The file of a trained network, as the exporter writes it."""
    file = tmp_path / "small.onnx"
    network = trained()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(network, (pictures[:1],), str(file), dynamo=False, opset_version=18)
    return network, file


def test_the_network_answers_as_the_file_does(shipped, pictures):
    original, file = shipped
    fresh = small_network().eval()
    take_up(fresh, folded_weights(file), lambda: fresh(pictures), file)
    assert torch.allclose(fresh(pictures), original(pictures), atol=1e-4)


def test_norms_know_what_they_are_given(shipped, pictures):
    """Training must not begin with a jump: with a batch's own statistics little changes."""
    original, file = shipped
    fresh = small_network().eval()
    take_up(fresh, folded_weights(file), lambda: fresh(pictures), file)
    assert torch.allclose(fresh.train()(pictures), original(pictures), atol=1e-2)


def test_kernels_are_as_large_as_new_ones(shipped, pictures):
    _, file = shipped
    fresh = small_network().eval()
    usual = float(fresh[0][0].weight.detach().square().mean().sqrt())
    take_up(fresh, folded_weights(file), lambda: fresh(pictures), file)
    by_channel = fresh[0][0].weight.detach().flatten(1).square().mean(1).sqrt()
    assert by_channel.tolist() == pytest.approx([usual] * 6, rel=1e-3)


def test_rounded_kernels_are_read_in_their_units():
    file = resource_dir("models") / "tray-embedded.int8.onnx"
    stored = folded_weights(file)
    # Five planes, of four pixels each.
    assert stored["head.1"].kernel.shape[0] == 20
    graph = onnx.load(str(file)).graph
    convolutions = sum(node.op_type == "Conv" for node in graph.node)
    assert len(stored) == convolutions
    # As whole numbers each would reach 63; a norm that is given little makes a few of them large.
    assert np.median([np.abs(each.kernel).max() for each in stored.values()]) < 5


def test_another_shape_is_refused(shipped, pictures):
    _, file = shipped
    wide = small_network(8).eval()
    with pytest.raises(UsageError, match=r"small\.onnx"):
        take_up(wide, folded_weights(file), lambda: wide(pictures), file)


def test_something_else_is_refused(tmp_path):
    file = tmp_path / "note.onnx"
    file.write_text("no network")
    with pytest.raises(UsageError, match=r"note\.onnx"):
        folded_weights(file)
