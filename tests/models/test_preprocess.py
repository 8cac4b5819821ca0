import numpy as np
import pytest

from foodwaste.models.card import Preprocessing
from foodwaste.models.catalogue import BUILT_IN
from foodwaste.models.preprocess import hub_size, to_input, unfolded

CARDS = {card.name: card for card in BUILT_IN}


@pytest.mark.parametrize(
    ("name", "picture", "expected"),
    [
        ("DPT_Large", (288, 384), (288, 384)),
        ("DPT_Large", (480, 640), (384, 512)),
        ("DPT_Hybrid", (1200, 900), (512, 384)),
        ("DPT_Large", (300, 300), (384, 384)),
        ("MiDaS_small", (288, 384), (192, 256)),
        ("MiDaS_small", (1080, 1920), (128, 256)),
    ],
)
def test_hub_rule_gives_the_sizes_of_the_hubs_transforms(name, picture, expected):
    assert hub_size(CARDS[name].preprocessing, *picture) == expected


@pytest.mark.parametrize("name", ["DPT_Large", "DPT_Hybrid", "MiDaS_small"])
def test_the_fixed_input_size_is_the_hubs_own_for_the_rectified_tray(name):
    preprocessing = CARDS[name].preprocessing
    fixed = (preprocessing.height_px, preprocessing.width_px)
    assert hub_size(preprocessing, 288, 384) == fixed


def test_pixels_are_scaled_and_normalised_per_channel():
    preprocessing = Preprocessing(
        height_px=4, width_px=4, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4)
    )
    rgb = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    expected = (rgb / 255.0 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    batch = to_input(rgb, preprocessing)
    assert batch.dtype == np.float32
    np.testing.assert_allclose(batch, expected.transpose(0, 3, 1, 2), atol=1e-5)


def test_pictures_of_a_wrong_shape_are_refused():
    preprocessing = CARDS["DPT_Large"].preprocessing
    with pytest.raises(ValueError, match=r"expected \(N, H, W, 3\) uint8"):
        to_input(np.zeros((288, 384, 3), np.uint8), preprocessing)


def test_folded_pixels_are_torchs_and_unfold_to_their_places():
    torch = pytest.importorskip("torch")
    plain = Preprocessing(height_px=6, width_px=8, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))
    folding = plain.model_copy(update={"fold": 2})
    rgb = np.random.default_rng(0).integers(0, 256, (2, 6, 8, 3), dtype=np.uint8)
    batch = to_input(rgb, folding)
    assert batch.shape == (2, *folding.input_shape) == (2, 12, 3, 4)
    expected = torch.nn.functional.pixel_unshuffle(torch.from_numpy(to_input(rgb, plain)), 2)
    np.testing.assert_allclose(batch, expected.numpy(), atol=1e-6)
    planes = np.random.default_rng(1).normal(size=(2, 4, 3, 4)).astype(np.float32)
    pixels = torch.nn.functional.pixel_shuffle(torch.from_numpy(planes), 2)[:, 0]
    np.testing.assert_array_equal(unfolded(planes, folding), pixels.numpy())


def test_outputs_that_are_no_folded_pixels_stay_as_they_are():
    folding = Preprocessing(height_px=6, width_px=8, fold=2)
    logits = np.ones((2, 4), np.float32)
    assert unfolded(logits, folding) is logits
    planes = np.ones((2, 4, 3, 4), np.float32)
    assert unfolded(planes, Preprocessing(height_px=3, width_px=4)) is planes
