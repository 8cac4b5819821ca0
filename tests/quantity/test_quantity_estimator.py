import numpy as np
import pytest
import torch

from foodwaste.errors import ModelMissing, UsageError
from foodwaste.models import ModelCard, Preprocessing, QuantityHead
from foodwaste.models.card import CheckpointSource
from foodwaste.models.checkpoint import save_checkpoint
from foodwaste.models.export import export_onnx
from foodwaste.models.onnx_session import OnnxSession
from foodwaste.models.resnet import QuantityNet
from foodwaste.models.torch_session import TorchSession
from foodwaste.profile import load_profile
from foodwaste.quantity import compartment_crops, open_quantity
from foodwaste.quantity.dishes import softmax
from foodwaste.quantity.estimator import QuantityEstimator
from foodwaste.tray.frame import frame_of
from foodwaste.tray.types import RectifiedTray, TrayLocation

PROFILE = load_profile("steel-5").profile
FRAME = frame_of(PROFILE.layout)
BINS = (0.25, 0.5, 0.75, 1.0, 1.25)


def a_tray(rgb=None, valid=None):
    rgb = np.zeros((*FRAME.shape, 3), np.uint8) if rgb is None else rgb
    valid = np.ones(FRAME.shape, bool) if valid is None else valid
    location = TrayLocation(np.zeros((4, 2)), 0, 1.0, (384, 288))
    return RectifiedTray(rgb, valid, FRAME, FRAME.mm_to_px, location)


def a_card(bins=BINS, dishes=(), temperature=1.0, side=64):
    return ModelCard(
        name="quantity-test",
        task="quantity",
        title="test",
        version="1",
        licence="Apache-2.0",
        source=CheckpointSource(
            architecture={"kind": "quantity-resnet", "backbone": "resnet18", "library": "timm"}
        ),
        preprocessing=Preprocessing(height_px=side, width_px=side),
        outputs=("quantity_logits", "food_logits") if dishes else ("quantity_logits",),
        sha256="0" * 64,
        size_mb=0,
        head=QuantityHead(bins=bins, dishes=dishes, temperature=temperature),
    )


class ByRed(torch.nn.Module):
    """Chooses a bin by how red the crop is; counts how often it ran."""

    def __init__(self, dishes=0):
        super().__init__()
        self.batches = []
        self.dishes = dishes

    def forward(self, x):
        self.batches.append(len(x))
        red = x[:, 0].mean(dim=(1, 2))
        centres = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
        logits = -((red[:, None] - centres) ** 2) * 200
        if not self.dishes:
            return logits
        return logits, torch.stack([red * 10, 5 - red * 10], dim=1)


def painted(shares):
    rgb = np.zeros((*FRAME.shape, 3), np.uint8)
    for name, share in shares.items():
        ys, xs = np.nonzero(FRAME.rim_masks[name])
        rgb[max(0, ys.min() - 12) : ys.max() + 12, max(0, xs.min() - 12) : xs.max() + 12, 0] = (
            share * 255
        )
    return a_tray(rgb)


def test_all_compartments_go_through_in_one_batch():
    network = ByRed()
    QuantityEstimator(TorchSession(a_card(), network, threads=1)).estimate(a_tray(), PROFILE, None)
    assert network.batches == [5]


def test_amounts_are_the_expectation_over_the_checkpoints_own_bins():
    session = TorchSession(a_card(bins=(0.1, 0.3, 0.5, 0.7, 0.9)), ByRed(), threads=1)
    found = QuantityEstimator(session).estimate(painted({"rice": 1.0}), PROFILE, None)
    assert found.evidence["rice"].amount > 0.8
    assert found.evidence["side-3"].amount == pytest.approx(0.1, abs=0.01)
    shares = np.array(found.extra["shares"]["rice"])
    assert found.evidence["rice"].amount == pytest.approx(shares @ (0.1, 0.3, 0.5, 0.7, 0.9))
    assert found.evidence["rice"].confidence == pytest.approx(shares.max())


def test_temperature_softens_the_confidence_and_widens_the_error():
    tray = painted({"rice": 0.6})
    sharp, soft = (
        QuantityEstimator(TorchSession(a_card(temperature=t), ByRed(), threads=1))
        .estimate(tray, PROFILE, None)
        .evidence["rice"]
        for t in (1.0, 5.0)
    )
    assert soft.confidence < sharp.confidence
    assert soft.amount_error > sharp.amount_error


def test_a_dish_is_named_only_when_the_food_head_is_sure():
    session = TorchSession(a_card(dishes=("rice", "soup")), ByRed(dishes=2), threads=1)
    found = QuantityEstimator(session).estimate(painted({"rice": 1.0}), PROFILE, None)
    assert found.evidence["rice"].dish == "rice"
    assert found.evidence["side-3"].dish == "soup"


def test_an_empty_well_has_no_dish_however_sure_the_food_head_is():
    card = a_card(bins=(0.0, 0.25, 0.5, 0.75, 1.0), dishes=("rice", "soup"))
    session = TorchSession(card, ByRed(dishes=2), threads=1)
    found = QuantityEstimator(session).estimate(painted({"rice": 1.0}), PROFILE, None)
    assert found.evidence["rice"].dish == "rice"
    assert found.evidence["side-3"].amount < 0.01
    assert found.evidence["side-3"].dish is None


def test_a_compartment_outside_the_picture_is_dropped_not_guessed():
    valid = np.ones(FRAME.shape, bool)
    valid[:, :160] = False
    session = TorchSession(a_card(), ByRed(), threads=1)
    found = QuantityEstimator(session).estimate(a_tray(valid=valid), PROFILE, None)
    assert found.dropped == dict.fromkeys(found.dropped, "out of the picture")
    assert "rice" in found.dropped
    assert "soup" in found.evidence


def test_crops_show_the_well_with_its_rim_at_one_scale():
    rgb = np.zeros((*FRAME.shape, 3), np.uint8)
    for mask in FRAME.rim_masks.values():
        rgb[mask] = 255
    crops = compartment_crops(a_tray(rgb), 96)
    assert set(crops) == set(FRAME.rim_masks)
    crop = crops["rice"][..., 0]
    assert crop.shape == (96, 96)
    assert crop[48, 48] == 255
    assert crop[48, :3].max() < 128  # rim on both sides of the longer side
    wide, tall = (crop[48] > 128).sum(), (crop[:, 48] > 128).sum()
    assert wide / tall == pytest.approx(166 / 145, rel=0.06)


def test_export_answers_as_torch_does_and_quantity_opens_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("FOODWASTE_MODELS", str(tmp_path))
    torch.manual_seed(0)
    network = QuantityNet("resnet18", "timm", bins=5, dishes=2).eval()
    card = save_checkpoint(tmp_path / "q.pt", a_card(dishes=("rice", "soup")), network)
    pictures = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    done = export_onnx(
        TorchSession(card, network, threads=1), tmp_path, pictures, name="quantity-embedded"
    )
    assert done.parity.effect_unit == "serving"
    assert done.parity.effect < 1e-4
    estimator = open_quantity("embedded")
    assert isinstance(estimator.session, OnnxSession)
    found = estimator.estimate(painted({"soup": 0.5}), PROFILE, None)
    assert set(found.evidence) == set(FRAME.rim_masks)
    assert all(0.25 <= each.amount <= 1.25 for each in found.evidence.values())


def test_without_a_network_there_is_no_estimate(tmp_path, monkeypatch):
    monkeypatch.setenv("FOODWASTE_MODELS", str(tmp_path))
    # An installation whose folder of shipped networks is gone.
    monkeypatch.setattr("foodwaste.models.registry.resource_dir", lambda _: tmp_path / "none")
    with pytest.raises(ModelMissing, match="quantity-embedded"):
        open_quantity()


def test_a_model_without_bins_is_refused():
    card = a_card().model_copy(update={"head": None})
    with pytest.raises(UsageError, match="has no bins"):
        QuantityEstimator(TorchSession(card, ByRed(), threads=1))


def test_softmax_stands_huge_logits():
    assert softmax(np.array([[1e4, 0.0]], np.float32)).tolist() == [[1.0, 0.0]]
