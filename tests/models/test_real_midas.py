"""Against a real checkout of MiDaS; skipped unless its folder is named.

``FOODWASTE_MIDAS_CHECKOUT`` is a folder with checkouts of ``intel-isl/MiDaS`` (as ``MiDaS``)
and ``rwightman/gen-efficientnet-pytorch`` (as ``gen-efficientnet-pytorch``). Weights are made up,
saved and loaded again: no published ones are needed.
"""

import importlib.util
import os
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from foodwaste import models
from foodwaste.models import hub
from foodwaste.models.catalogue import BUILT_IN
from foodwaste.models.drawn_trays import drawn_trays
from foodwaste.models.export import export_onnx
from foodwaste.models.hashing import sha256_file
from foodwaste.models.hub_code import find_code
from foodwaste.models.preprocess import hub_size, to_input
from foodwaste.models.registry import open_original
from foodwaste.models.torch_session import TorchSession

CARDS = {card.name: card for card in BUILT_IN if card.task == "depth"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout():
    folder = os.environ.get("FOODWASTE_MIDAS_CHECKOUT")
    if not folder:
        pytest.skip("FOODWASTE_MIDAS_CHECKOUT is not set: no checkout of MiDaS to test against")
    return Path(folder)


@pytest.fixture(scope="module")
def formula_weights(project):
    path = project / "benchmarks" / "formula_weights.py"
    spec = importlib.util.spec_from_file_location("formula_weights", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def saved(checkout, tmp_path, formula_weights):
    """Made-up weights of a MiDaS network as a file, and the card that fits them."""

    def make(name):
        card = CARDS[name]
        code, pinned = find_code(card.source.code, hub_dir=checkout, mend="")
        assert pinned, "the checkout is not at the pinned revision"
        nested = {
            each.repository: find_code(each, hub_dir=checkout, mend="")[0]
            for each in card.source.nested
        }
        network = hub.build(card.source, code, nested)
        formula_weights.fill(network)
        path = tmp_path / "torch" / "hub" / "checkpoints" / card.source.weights_file
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(network.state_dict(), path)
        return card.model_copy(update={"sha256": sha256_file(path)})

    return make


@pytest.mark.parametrize("name", sorted(CARDS))
def test_hub_transforms_and_ours_give_the_same_input(checkout, name, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "MiDaS"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MiDaS imports from where timm no longer wants it
        transforms = torch.hub.load(str(checkout / "MiDaS"), "transforms", source="local")
    theirs = transforms.small_transform if name == "MiDaS_small" else transforms.dpt_transform
    for shape in ((288, 384), (480, 640), (1200, 900), (333, 777)):
        rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
        rgb = cv2.GaussianBlur(rgb, (0, 0), 2)
        expected = theirs(rgb).numpy()
        height, width = hub_size(CARDS[name].preprocessing, *shape)
        sized = CARDS[name].preprocessing.model_copy(
            update={"height_px": height, "width_px": width}
        )
        np.testing.assert_allclose(to_input(rgb[None], sized), expected, atol=2e-5)


@pytest.mark.parametrize("name", sorted(CARDS))
def test_every_network_loads_strictly_and_runs(checkout, saved, name, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    session = open_original(saved(name), hub_dir=checkout)
    answer = session.run(drawn_trays(1))["inverse_depth"]
    size = CARDS[name].preprocessing
    assert answer.shape == (1, size.height_px, size.width_px)
    assert np.isfinite(answer).all()
    assert np.ptp(answer) > 0


def test_midas_small_exports_matches_and_opens(checkout, saved, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("FOODWASTE_MODELS", str(tmp_path / "models"))
    session = open_original(saved("MiDaS_small"), hub_dir=checkout)
    done = export_onnx(session, tmp_path / "models", drawn_trays(4))
    assert done.parity.relative_error <= 1e-4
    assert models.open("MiDaS_small").backend == "onnxruntime"


#: Mean, standard deviation and centre of the answer to the first drawn tray; the same to six
#: digits with timm 0.6.13 (MiDaS's own time) and 1.0.31.
GOLDEN = {
    "DPT_Large": (0.753115, 1.205450, 1.401866),
    "DPT_Hybrid": (2.623398, 1.673213, 2.592590),
    "MiDaS_small": (2.016953, 0.653999, 2.313325),
}


@pytest.mark.parametrize("name", sorted(CARDS))
def test_golden_answers_hold_with_the_installed_libraries(checkout, name, formula_weights):
    source = CARDS[name].source
    nested = {
        each.repository: find_code(each, hub_dir=checkout, mend="")[0] for each in source.nested
    }
    network = hub.build(source, find_code(source.code, hub_dir=checkout, mend="")[0], nested)
    formula_weights.fill(network)
    session = TorchSession(CARDS[name], network, threads=1)
    answer = session.run(drawn_trays(1))["inverse_depth"][0]
    centre = answer[answer.shape[0] // 2, answer.shape[1] // 2]
    found = (float(answer.mean()), float(answer.std()), float(centre))
    assert found == pytest.approx(GOLDEN[name], rel=1e-3)
