import numpy as np
import pytest
import torch

from foodwaste import models
from foodwaste.models import ModelCard, ModelDamaged, Preprocessing, QuantityHead
from foodwaste.models.card import CheckpointSource
from foodwaste.models.checkpoint import load_checkpoint, save_checkpoint
from foodwaste.models.resnet import QuantityNet, build_backbone

BINS = (0.25, 0.5, 0.75, 1.0, 1.25)


def quantity_card(bins=BINS, dishes=("rice", "soup"), library="timm"):
    return ModelCard(
        name="quantity-test",
        task="quantity",
        title="test",
        version="1",
        licence="Apache-2.0",
        source=CheckpointSource(
            architecture={"kind": "quantity-resnet", "backbone": "resnet18", "library": library}
        ),
        preprocessing=Preprocessing(height_px=64, width_px=64),
        outputs=("quantity_logits", "food_logits") if dishes else ("quantity_logits",),
        sha256="0" * 64,
        size_mb=0,
        head=QuantityHead(bins=bins, dishes=dishes, temperature=1.7),
    )


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(5)
    network = QuantityNet("resnet18", "timm", bins=5, dishes=2).eval()
    path = tmp_path / "quantity.pt"
    return path, save_checkpoint(path, quantity_card(), network), network


def test_a_checkpoint_brings_its_bins_and_temperature_along(saved):
    path, _, network = saved
    card, again = load_checkpoint(path)
    assert (card.head.bins, card.head.temperature) == (BINS, 1.7)
    picture = torch.zeros(1, 3, 64, 64)
    with torch.inference_mode():
        for ours, theirs in zip(again(picture), network(picture), strict=True):
            assert torch.equal(ours, theirs)


def test_a_checkpoint_opens_by_its_path(saved):
    path, _, _ = saved
    session = models.open(str(path))
    answer = session.run(np.zeros((5, 80, 80, 3), np.uint8))
    assert answer["quantity_logits"].shape == (5, 5)
    assert answer["food_logits"].shape == (5, 2)


def test_the_same_weights_fit_timm_and_torchvision(saved):
    _, _, network = saved
    other = QuantityNet("resnet18", "torchvision", bins=5, dishes=2).eval()
    other.load_state_dict(network.state_dict(), strict=True)
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(other(picture), network(picture))


@pytest.mark.parametrize("library", ["timm", "torchvision"])
def test_imagenet_features_are_taken_over(library):
    backbone = build_backbone("resnet18", library)
    network = QuantityNet("resnet18", "timm", bins=5, dishes=0)
    network.start_from(backbone)
    assert torch.equal(network.backbone.conv1.weight, backbone.conv1.weight)


def test_a_truncated_checkpoint_is_refused(saved):
    path, _, _ = saved
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(ModelDamaged, match="not readable as weights"):
        load_checkpoint(path)


def test_weights_that_are_no_checkpoint_are_refused(tmp_path):
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(ModelDamaged, match="not a checkpoint of foodwaste"):
        load_checkpoint(tmp_path / "other.pt")


def test_another_number_of_bins_than_the_card_says_is_refused(tmp_path):
    network = QuantityNet("resnet18", "timm", bins=4, dishes=2)
    save_checkpoint(tmp_path / "q.pt", quantity_card(), network)
    with pytest.raises(ModelDamaged, match=r"quantity.weight has shape \(4, 512\)"):
        load_checkpoint(tmp_path / "q.pt")


def test_another_architecture_than_the_card_says_is_refused(tmp_path):
    network = QuantityNet("resnet50", "timm", bins=5, dishes=2)
    save_checkpoint(tmp_path / "q.pt", quantity_card(), network)
    with pytest.raises(ModelDamaged, match="another architecture"):
        load_checkpoint(tmp_path / "q.pt")


def test_an_architecture_of_a_later_version_is_named(tmp_path):
    source = CheckpointSource(architecture={"kind": "hologram"})
    card = quantity_card().model_copy(update={"source": source})
    save_checkpoint(tmp_path / "q.pt", card, torch.nn.Linear(2, 2))
    with pytest.raises(ModelDamaged, match="'hologram', unknown to this version"):
        load_checkpoint(tmp_path / "q.pt")


def test_nothing_in_a_checkpoint_is_executed(tmp_path):
    class Trap:
        def __reduce__(self):
            return (print, ("this ran",))

    torch.save({"format": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(ModelDamaged, match="not readable as weights"):
        load_checkpoint(tmp_path / "trap.pt")
