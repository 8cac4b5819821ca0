"""A larger network that begins where a smaller one stands."""

import pytest
import torch

pytest.importorskip("segmentation_models_pytorch", reason="needs the extra 'train'")

from foodwaste.depth.tray_inputs import (
    HEIGHT_SCALE_MM,
    KNOWN_PLANES,
    SERVED_HEIGHT_FLAG,
    SERVED_HEIGHT_PLANE,
)
from foodwaste.errors import UsageError
from foodwaste.train.grow import grow
from foodwaste.train.tray_config import TrayNetworkConfig
from foodwaste.train.tray_network import PLANES, TrayNetwork

SMALL = TrayNetworkConfig(decoder_channels=(12, 10, 8, 6), skip_channels=5)
LARGE = TrayNetworkConfig(
    decoder_channels=(20, 14, 11, 9), skip_channels=8, contrast=True, deeper=(1, 2, 1)
)


@pytest.fixture
def small():
    """A network whose norms have seen something."""
    torch.manual_seed(4)
    network = TrayNetwork(SMALL)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            module.weight.data.uniform_(0.5, 1.5)
    return network.eval()


@pytest.fixture
def tray():
    """A picture of noise and what is known of it."""
    generator = torch.Generator().manual_seed(1)
    return (
        torch.randn(2, 3, 96, 64, generator=generator),
        torch.randn(2, KNOWN_PLANES, 48, 32, generator=generator),
    )


@pytest.fixture
def grown(small, tray):
    torch.manual_seed(5)
    large = TrayNetwork(LARGE).eval()
    with torch.no_grad():
        grow(small, large, lambda: large(*tray))
    return large


def test_a_grown_network_answers_as_before(small, grown, tray):
    with torch.no_grad():
        assert torch.allclose(grown(*tray), small(*tray), atol=1e-4)


def test_a_network_that_compares_begins_close_to_one_that_does_not(small, tray):
    """With the served tray unknown exactly as before, with it known carrying little over."""
    torch.manual_seed(5)
    large = TrayNetwork(SMALL.model_copy(update={"contrast": True, "compares": True})).eval()
    picture, known = tray
    with torch.no_grad():
        grow(small, large, lambda: large(*tray))
        known[:, SERVED_HEIGHT_FLAG] = torch.tensor([0.0, 1.0])[:, None, None]
        known[:, SERVED_HEIGHT_PLANE] = 1.0
        before, after = small(picture, known), large(picture, known)[:, :PLANES]
    assert torch.allclose(after[0], before[0], atol=1e-4)
    height = slice(2, 3)
    carried = (after - before)[1, height] / (HEIGHT_SCALE_MM - before[1, height])
    assert 0.02 < carried.mean() < 0.3


def test_contrast_cannot_be_added_to_a_network_that_compares():
    shapes = [
        SMALL.model_copy(update={"compares": True, "contrast": each}) for each in (False, True)
    ]
    small, large = (TrayNetwork(shape).eval() for shape in shapes)
    with pytest.raises(UsageError, match="contrast"):
        grow(small, large, lambda: None)


def test_new_channels_have_norms_of_what_they_are_given(grown, tray):
    seen = []
    norm = grown.decoder.blocks[1].conv1[1]
    norm.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        grown(*tray)
    known = SMALL.decoder_channels[1]
    mean, variance = (seen[0].mean((0, 2, 3)), seen[0].var((0, 2, 3), correction=0))
    assert torch.allclose(norm.running_mean[known:], mean[known:], atol=1e-5)
    assert torch.allclose(norm.running_var[known:], variance[known:], rtol=1e-4)


def test_what_is_new_learns(grown, tray):
    """No part of what was added is cut off from the loss for good."""
    optimiser = torch.optim.AdamW(grown.parameters(), lr=1e-3)
    before = {name: each.detach().clone() for name, each in grown.named_parameters()}
    for _ in range(4):
        optimiser.zero_grad()
        grown(*tray).square().mean().backward()
        optimiser.step()
    after = dict(grown.named_parameters())
    deeper = [name for name in before if "deeper" in name and name.endswith("weight")]
    assert len(deeper) == 2 * sum(LARGE.deeper)
    assert all(not torch.equal(before[name], after[name]) for name in deeper)
    head = "head.0.0.weight"
    moved = (after[head] != before[head]).flatten(2).any(2)
    # A channel of noise may be off from the start.
    assert moved.float().mean() > 0.9


def test_a_smaller_network_is_refused(small, tray):
    narrow = TrayNetwork(TrayNetworkConfig(decoder_channels=(12, 10, 8, 4), skip_channels=5)).eval()
    with pytest.raises(UsageError, match="cannot hold"):
        grow(small, narrow, lambda: narrow(*tray))
