import dataclasses

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from foodwaste.depth import EmbeddedDepth, MidasDepth, estimate_depth, open_depth
from foodwaste.depth.estimators import known_bare
from foodwaste.depth.tray_inputs import FOOD_PLANES, KNOWN, KNOWN_PLANES
from foodwaste.errors import ModelMissing, UsageError
from foodwaste.evidence import Evidence, Finding
from foodwaste.models.card import ModelCard, OnnxSource, Preprocessing, write_card
from foodwaste.models.hashing import sha256_file
from foodwaste.profile import load_profile


def write_grey_reader(folder, name, task, output, *, gain, bias, told=None):
    """A network that reads its answer off the picture's grey: ``gain * mean(rgb / 255) + bias``.

    With ``told`` it has so many planes of what is known as an input, which it ignores.
    """
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 288, 384])]
    if told is not None:
        shape = ["batch", told, 144, 192]
        inputs.append(helper.make_tensor_value_info(KNOWN, TensorProto.FLOAT, shape))
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["image", "axes"], ["grey"], keepdims=0),
            helper.make_node("Mul", ["grey", "gain"], ["scaled"]),
            helper.make_node("Add", ["scaled", "bias"], [output]),
        ],
        "grey",
        inputs,
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", 288, 384])],
        [
            helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
            helper.make_tensor("gain", TensorProto.FLOAT, [], [gain]),
            helper.make_tensor("bias", TensorProto.FLOAT, [], [bias]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    folder.mkdir(exist_ok=True)
    onnx.save(model, str(folder / f"{name}.onnx"))
    card = ModelCard(
        name=name,
        task=task,
        title=name,
        version="1",
        licence="Apache-2.0",
        source=OnnxSource(file=f"{name}.onnx"),
        preprocessing=Preprocessing(height_px=288, width_px=384),
        outputs=(output,),
        sha256=sha256_file(folder / f"{name}.onnx"),
        size_mb=0.001,
        figures={"height_error_mm": 1.5},
    )
    write_card(card, folder / f"{name}.json")


@pytest.fixture
def models_home(tmp_path, monkeypatch):
    monkeypatch.setenv("FOODWASTE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "models"


def painted(view, field, low, high):
    """The view's tray with a field painted as grey: 8 bit, ``low`` black and ``high`` white."""
    grey = np.clip((field - low) / (high - low) * 255, 0, 255).round().astype(np.uint8)
    return dataclasses.replace(view.tray, rgb=np.repeat(grey[..., None], 3, axis=2))


def colour_of(view):
    food = np.where(view.bare, 0.0, 1.0).astype(np.float32)
    return Finding({}, {"food": food})


def test_midas_depth_runs_the_network_once_and_aligns_it(scenes, meal, models_home):
    write_grey_reader(models_home, "DPT_Test", "depth", "inverse_depth", gain=900, bias=-20)
    estimator = open_depth("midas:DPT_Test")
    assert isinstance(estimator, MidasDepth)
    assert estimator.name == "depth"
    view = scenes.look(meal)
    ratio = 480 / (480 - view.hit_mm)
    tray = painted(view, ratio, ratio.min(), ratio.max())
    found = estimator.estimate(tray, load_profile("steel-5").profile, colour_of(view))
    # 8-bit grey steps are 0.2 mm each.
    assert found.evidence["rice"].amount == pytest.approx(meal.volumes_ml["rice"], rel=0.03)


def test_embedded_depth_integrates_its_heights(scenes, meal, models_home):
    write_grey_reader(models_home, "tray-embedded", "tray", "height_mm", gain=60, bias=0)
    estimator = open_depth("embedded")
    assert isinstance(estimator, EmbeddedDepth)
    view = scenes.look(meal)
    empty = scenes.look(scenes.make_scene(meal.layout, {}))
    tray = painted(view, np.maximum(view.hit_mm - empty.hit_mm, 0), 0, 60)
    found = estimator.estimate(tray, load_profile("steel-5").profile, None)
    for name in ("rice", "soup", "side-2"):
        assert found.evidence[name].amount == pytest.approx(meal.volumes_ml[name], rel=0.03)
    assert found.evidence["side-1"].amount < 1.0
    assert 0.8 < found.evidence["rice"].confidence < 0.95
    assert found.maps["height_mm"].dtype == np.float32


def test_embedded_depth_looks_at_the_tray_as_it_stands_and_turned(scenes, meal, models_home):
    write_grey_reader(models_home, "tray-embedded", "tray", "height_mm", gain=60, bias=0)
    estimator = open_depth("embedded")
    view = scenes.look(meal)

    class LeftHalf:
        """Sees food in the left half of whatever picture it is given."""

        card = estimator.session.card

        def run(self, rgb, extras):
            heights = np.zeros(rgb.shape[:3], np.float32)
            heights[:, :, : rgb.shape[2] // 2] = 20.0
            return {"height_mm": heights}

    profile = load_profile("steel-5").profile
    found = dataclasses.replace(estimator, session=LeftHalf()).estimate(view.tray, profile, None)
    inside = found.maps["height_mm"][view.frame.rim_masks["rice"]]
    assert inside == pytest.approx(np.full_like(inside, 10.0))
    assert found.evidence["soup"].amount > 0


def test_colours_are_told_where_nothing_was_served_to_compare_with(scenes, meal, models_home):
    write_grey_reader(models_home, "tray-embedded", "tray", "height_mm", gain=60, bias=0)
    estimator = open_depth("embedded")
    view = scenes.look(meal)
    profile, colour = load_profile("steel-5").profile, colour_of(view)
    told = []

    class Recorder:
        """Keeps what it is told."""

        card = estimator.session.card

        def run(self, rgb, extras):
            told.append(extras[KNOWN][0, :FOOD_PLANES])
            return {"height_mm": np.zeros(rgb.shape[:3], np.float32)}

    recording = dataclasses.replace(estimator, session=Recorder())
    served = recording.estimate(view.tray, profile, colour)
    assert told.pop(0).any()
    told.clear()
    recording.estimate(view.tray, profile, colour, served=view.tray, served_finding=served)
    assert not told[0].any()


def test_colour_tells_what_is_bare_and_residue_is_not_trusted(scenes, meal):
    view = scenes.look(meal)
    colour = colour_of(view)
    residue = np.zeros(view.bare.shape, bool)
    residue[60:80, 40:80] = True
    with_residue = Finding({}, {**colour.maps, "residue": residue})
    bare = known_bare(view.tray, with_residue)
    assert not bare[residue & view.frame.rim_masks["side-1"]].any()
    assert bare[view.frame.ridge_mask].mean() > 0.95
    assert not bare[view.frame.floor_masks["rice"]].any()


def test_a_well_that_colour_did_not_judge_is_not_taken_for_bare(scenes, meal):
    view = scenes.look(meal)
    food = np.zeros(view.bare.shape, np.float32)
    colour = Finding({}, {"food": food}, {"rice": "the dish has the tray's colour"})
    assert not known_bare(view.tray, colour)[view.frame.rim_masks["rice"]].any()


def test_without_colour_rim_and_table_are_the_reference(scenes, layout, meal):
    view = scenes.look(meal)
    found = estimate_depth(
        view.tray, layout, scenes.inverse_depth(view), known_bare(view.tray, None)
    )
    assert found.evidence["rice"].amount == pytest.approx(meal.volumes_ml["rice"], rel=0.03)
    assert isinstance(found.evidence["rice"], Evidence)


def test_estimators_that_are_not_installed_say_so(models_home):
    with pytest.raises(ModelMissing, match="models fetch DPT_Large"):
        open_depth("midas:DPT_Large")


def test_weights_of_another_version_are_refused_before_any_tray(models_home):
    """They would fail on every tray, each time with a fallback."""
    shape = {"task": "tray", "output": "height_mm", "gain": 60, "bias": 0}
    write_grey_reader(models_home, "tray-embedded", told=KNOWN_PLANES, **shape)
    assert isinstance(open_depth("embedded"), EmbeddedDepth)
    write_grey_reader(models_home, "tray-embedded", told=KNOWN_PLANES - 1, **shape)
    with pytest.raises(ModelMissing, match="another version of foodwaste"):
        open_depth("embedded")


@pytest.mark.parametrize("spec", ["", "midas:", "laser", "embedded:x"])
def test_unknown_estimators_are_a_usage_error(models_home, spec):
    with pytest.raises(UsageError):
        open_depth(spec)


def test_a_model_for_something_else_is_refused(models_home):
    write_grey_reader(models_home, "grey", "tray", "height_mm", gain=1, bias=0)
    with pytest.raises(UsageError, match="not for depth"):
        open_depth("midas:grey")
