"""Rendered meals as they are read and prepared: pictures, truth, and what the site knows."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

from foodwaste.errors import UsageError
from foodwaste.profile import load_profile
from foodwaste.render.camera import CameraSpec, frame_view
from foodwaste.render.surface import compose
from foodwaste.render.tray import TraySpec
from foodwaste.render.truth import cast
from foodwaste.train import pack
from foodwaste.train.pack import FOOD, HIDDEN, MOVED, RESIDUE, pack_folder, read_pack
from foodwaste.train.rendered import find_meals, read_truth
from foodwaste.train.stay import stay_of
from foodwaste.train.tray_config import LossConfig
from foodwaste.train.tray_loss import tray_losses
from foodwaste.train.tray_scores import Readings, score_meal, well_sums
from foodwaste.tray.frame import frame_of

FRAME = frame_of(load_profile("steel-5").profile.layout)


def test_two_runs_may_prepare_the_same_meal_at_once(folders, tmp_path, monkeypatch):
    meal = find_meals([folders[0]])[0]
    arrays = pack._arrays

    def after_another_run(meal, seed):
        monkeypatch.setattr(pack, "_arrays", arrays)
        mine = arrays(meal, seed=seed)
        pack_folder(meal, tmp_path)
        return mine

    monkeypatch.setattr(pack, "_arrays", after_another_run)
    done = pack_folder(meal, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [done.name]
    assert read_pack(done).rgb.shape[0] == 1 + len(meal.states)


def test_a_rendered_folder_is_read_as_it_was_written(folders):
    meals = find_meals([folders[0]])
    assert [meal.folder.name for meal in meals] == ["000000", "000001"]
    assert meals[0].dishes == {"rice": "red heap"}
    served, eaten = meals[0].states
    assert eaten.volume_ml["rice"] == pytest.approx(0.5 * served.volume_ml["rice"], rel=0.01)
    assert read_truth(served).food.any()


def test_a_folder_without_meals_says_what_makes_them(tmp_path):
    with pytest.raises(UsageError, match="foodwaste render"):
        find_meals([tmp_path])


def test_photographs_are_refused(folders, tmp_path):
    shutil.copytree(folders[1], tmp_path / "rendered")
    file = tmp_path / "rendered" / "meals" / "000000" / "meal.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "pictures": "camera"}))
    with pytest.raises(UsageError, match="own frame"):
        find_meals([tmp_path / "rendered"])


def test_a_pack_holds_truth_and_what_colour_says(packed):
    pack = read_pack(packed[0])
    food = (pack.classes[0] & FOOD) > 0
    assert (pack.classes[0] & RESIDUE).any()
    assert pack.colour[0, 1][food].mean() > 150  # the dish has a colour of its own
    assert pack.colour[0, 0][food].mean() < 60  # the empty tray has not
    assert pack.surface_mm.min() < -15
    assert len(pack.surface_mm) == 2 + len(pack.classes)
    rice = well_sums(pack.height_mm[0].astype(np.float32), pack.wells)
    assert rice[list(FRAME.rim_masks).index("rice")] == pytest.approx(rice.sum())


def test_a_stirred_dish_lies_otherwise_in_its_well_once_it_is_eaten(folders, tmp_path):
    shutil.copytree(folders[1], tmp_path / "rendered")
    file = tmp_path / "rendered" / "meals" / "000000" / "meal.json"
    data = json.loads(file.read_text())
    data["spec"]["dishes"] = [
        {"compartment": "rice", "kind": "white rice", "stirred": 0.4},
        {"compartment": "soup", "kind": "red soup", "stirred": 0.7},
        {"compartment": "side-1", "kind": "egg roll", "stirred": 0.0},
    ]
    file.write_text(json.dumps(data))
    (tmp_path / "packed").mkdir()
    (meal,) = find_meals([tmp_path / "rendered"])
    made = read_pack(pack_folder(meal, tmp_path / "packed"))
    rice = made.wells == 1 + list(FRAME.rim_masks).index("rice")
    served, eaten = (np.asarray(each) & MOVED > 0 for each in made.classes)
    assert not served.any()
    np.testing.assert_array_equal(eaten, rice)  # a soup stands as high, stirred or not
    assert stay_of(made, 1).bared[rice].min() == 1.0


@pytest.fixture
def under_a_spoon(folders, tmp_path):
    """A packed meal with a spoon across the heap of its eaten picture, and where it lies."""
    shutil.copytree(folders[1], tmp_path / "rendered")
    (meal,) = find_meals([tmp_path / "rendered"])
    with np.load(meal.states[1].truth) as arrays:
        truth = dict(arrays)
    spoon = np.zeros(FRAME.shape, bool)
    row = int(np.nonzero(truth["food"])[0].mean())
    spoon[row - 4 : row + 4] = True
    covered = spoon & truth["food"]
    truth["food"][spoon] = False
    truth["kind"][spoon] = 201
    np.savez_compressed(meal.states[1].truth, **truth)
    (tmp_path / "packed").mkdir()
    return read_pack(pack_folder(meal, tmp_path / "packed")), covered


def test_food_under_a_spoon_is_still_there(under_a_spoon):
    pack, covered = under_a_spoon
    assert ((pack.classes[1] & HIDDEN) > 0).tolist() == covered.tolist()
    assert (pack.height_mm[1][covered] > 0).all()
    height, classes = (
        torch.from_numpy(np.array(each[1:])) for each in (pack.height_mm, pack.classes)
    )
    batch = {
        "height_mm": height.float(),
        "classes": classes,
        "wells": torch.from_numpy(np.array(pack.wells))[None],
    }
    terms = {}
    for name, food in (("all of it", height > 0), ("what is seen", (classes & FOOD) > 0)):
        sure = torch.where(food, 20.0, -20.0)
        planes = torch.stack([sure, torch.full_like(sure, -20.0), height.float() / 10, sure * 0], 1)
        terms[name] = float(tray_losses(planes, batch, LossConfig())["food"])
    assert terms["all of it"] < 0.1 * terms["what is seen"]


def test_pixels_under_a_spoon_are_no_matter_of_outlines(under_a_spoon):
    pack, covered = under_a_spoon
    served = Readings(pack.height_mm[0].astype(np.float32), np.zeros(FRAME.shape, np.float32))
    overlaps = []
    for eaten in (pack.height_mm[1], np.where(covered, 0, pack.height_mm[1])):
        seen = Readings(eaten.astype(np.float32), served.food)
        overlaps.append(score_meal(pack, [served, seen])["food_iou"])
    assert overlaps[0] == overlaps[1]


def test_every_state_is_packed_with_the_surface_that_its_own_camera_sees(packed, eyes_mm):
    """Against the renderer's own rays through a clean tray, where walls are near."""
    pack = read_pack(packed[0])
    layout, tray = FRAME.layout, TraySpec(1, 0.0, 0.1, 0.0, (0.6, 0.6, 0.6), 0)
    clean = compose(layout, tray, [], None, 1.0)
    for state, (x, y, z) in enumerate(eyes_mm):
        spec = CameraSpec(z, 0.0, 0.0, 0.0, (x, y), 0.8, 640, 480)
        seen = cast(clean, layout, frame_view(spec, FRAME)).z_mm
        off = [float(np.abs(each - seen)[FRAME.tray_mask].mean()) for each in pack.surface_mm]
        assert off[state + 2] == min(off[2:])
        assert off[state + 2] < 0.7
    assert off[0] > 1.0  # the usual place is another one than the eaten picture's
