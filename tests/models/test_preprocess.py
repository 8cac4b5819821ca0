import numpy as np
import pytest

from foodwaste.models.card import Preprocessing
from foodwaste.models.catalogue import BUILT_IN
from foodwaste.models.preprocess import hub_size, to_input

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
