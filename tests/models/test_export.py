import json

import numpy as np
import onnx
import pytest
import torch

from foodwaste import models
from foodwaste.errors import ExitCode
from foodwaste.models import ParityFailed, parity
from foodwaste.models.drawn_trays import drawn_trays
from foodwaste.models.export import export_onnx
from foodwaste.models.onnx_file import CARD_KEY
from foodwaste.models.registry import open_original
from foodwaste.models.torch_session import TorchSession
from foodwaste.models.torchscript import export_torchscript

PICTURES = drawn_trays(4)


@pytest.fixture
def original(make_tiny, install):
    def open_entry(entry="DPT_Large"):
        tiny = make_tiny(entry)
        install(tiny)
        return open_original(tiny.card)

    return open_entry


@pytest.mark.parametrize("entry", ["DPT_Large", "MiDaS_small"])
def test_nets_with_hooks_and_traced_sizes_export_and_match(original, homes, entry):
    session = original(entry)
    done = export_onnx(session, homes / "models", PICTURES)
    assert done.parity.relative_error <= 1e-4
    assert done.path.name == f"{entry}.fp32.onnx"
    again = models.open(entry)
    assert again.backend == "onnxruntime"
    expected, found = session.run(PICTURES), again.run(PICTURES)
    np.testing.assert_allclose(found["inverse_depth"], expected["inverse_depth"], rtol=1e-4)


def test_only_the_batch_is_dynamic_and_the_card_is_inside(original, homes):
    done = export_onnx(original(), homes / "models", PICTURES)
    model = onnx.load(str(done.path))
    onnx.checker.check_model(model)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_param or dim.dim_value for dim in dims] == ["batch", 3, 64, 96]
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    inside = json.loads(metadata[CARD_KEY])
    assert (inside["name"], inside["licence"]) == ("DPT_Large.fp32", "Apache-2.0")
    assert metadata["weights_sha256"] == done.card.weights_sha256
    assert inside["preprocessing"]["mean"] == [0.5, 0.5, 0.5]
    assert model.opset_import[0].version == 18


class Fickle(torch.nn.Module):
    """Chooses its way by its input, which a traced graph cannot follow."""

    def forward(self, x):
        depth = x.mean(dim=1)
        return depth + 1.0 if float(x.abs().max()) == 0.0 else depth * 3.0 + 1.0


def test_a_graph_that_answers_differently_fails_and_leaves_no_file(original, homes):
    card = original().card
    session = TorchSession(card, Fickle(), threads=1)
    with pytest.raises(ParityFailed, match=r"at most 0\.0001 relative is allowed") as caught:
        export_onnx(session, homes / "models", PICTURES)
    assert caught.value.exit_code == ExitCode.SOME_FAILED
    assert list((homes / "models").iterdir()) == []


def test_a_failed_export_takes_an_older_file_with_it(original, homes):
    session = original()
    done = export_onnx(session, homes / "models", PICTURES)
    with pytest.raises(ParityFailed):
        export_onnx(TorchSession(session.card, Fickle(), threads=1), homes / "models", PICTURES)
    assert not done.path.exists()
    assert "DPT_Large.fp32" not in models.known_models()


@pytest.mark.parametrize("kind", ["dynamic", "static"])
def test_an_int8_variant_is_kept_only_when_close_and_faster(original, homes, kind):
    session = original()
    refusal = None
    try:
        done = export_onnx(session, homes / "models", PICTURES, quantised=kind)
    except ParityFailed as error:
        refusal = str(error)
    if refusal is not None:
        # On a net this small int8 may gain nothing; then nothing may be left of it.
        assert "no gain" in refusal or "is allowed" in refusal
        assert list((homes / "models").iterdir()) == []
        return
    # Stated to a tenth of a millisecond, which may be all there is between them.
    assert done.card.figures["onnx_ms"] <= done.card.figures["onnx_fp32_ms"]
    assert done.card.figures["effect_ml"] <= parity.EFFECT_LIMITS["depth"]
    assert models.open("DPT_Large").card.name == "DPT_Large.int8"


def test_int8_beyond_a_limit_of_ones_own_is_refused(original, homes):
    with pytest.raises(ParityFailed, match="at most 0 ml is allowed"):
        export_onnx(original(), homes / "models", PICTURES, quantised="dynamic", effect_limit=0.0)
    assert list((homes / "models").iterdir()) == []


def test_parity_is_stated_in_millilitres_whatever_the_scale_of_the_inverse_depth(original):
    card = original().card
    field = np.random.default_rng(0).uniform(100, 900, (3, 288, 384)).astype(np.float32)

    def scaled(rgb):
        return {"inverse_depth": field[: len(rgb)] * 7.0 + 100.0}

    def exact(rgb):
        return {"inverse_depth": field[: len(rgb)]}

    found = parity.compare(card, exact, scaled, PICTURES)
    assert found.effect_unit == "ml"
    assert found.effect < 0.01
    assert found.relative_error > 1.0


def test_parity_sees_a_heap_that_is_5_percent_higher(original):
    card = original().card.model_copy(update={"task": "tray", "outputs": ("height_mm",)})
    heights = np.full((3, 288, 384), 20.0, np.float32)

    def exact(rgb):
        return {"height_mm": heights[: len(rgb)]}

    def higher(rgb):
        return {"height_mm": heights[: len(rgb)] * 1.05}

    found = parity.compare(card, exact, higher, PICTURES)
    # 1 mm over the largest well of the steel tray, 235 cm².
    assert found.effect == pytest.approx(23.5, rel=0.03)


def test_torchscript_matches_too(original, homes):
    path, found = export_torchscript(original(), homes / "out", PICTURES)
    assert found.relative_error <= 1e-4
    assert path.name == "DPT_Large.torchscript.pt"
    assert [each.name for each in (homes / "out").iterdir()] == [path.name]
