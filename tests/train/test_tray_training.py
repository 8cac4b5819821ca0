"""From a rendered folder to a file that ships: read, packed, sampled, trained, exported."""

from __future__ import annotations

import json
import shutil
import warnings

import cv2
import numpy as np
import pytest
import torch

from foodwaste.depth import EmbeddedDepth
from foodwaste.depth.tray_inputs import KNOWN_PLANES, SERVED_HEIGHT_PLANE
from foodwaste.errors import UsageError
from foodwaste.imaging import encode_jpeg
from foodwaste.models.registry import open_model
from foodwaste.pipeline.served import as_rectified
from foodwaste.profile import load_profile
from foodwaste.render.camera import CameraSpec, frame_view
from foodwaste.render.surface import compose
from foodwaste.render.tray import TraySpec
from foodwaste.render.truth import cast
from foodwaste.train import pack
from foodwaste.train.augment import AugmentConfig
from foodwaste.train.config import OptimiserConfig, TrainerConfig
from foodwaste.train.food_texture import lay, solid_wells
from foodwaste.train.pack import FOOD, HIDDEN, RESIDUE, pack_folder, read_pack
from foodwaste.train.rendered import find_meals, read_truth
from foodwaste.train.tray_changes import PackedMeal
from foodwaste.train.tray_config import LossConfig, TrayConfig, TrayNetworkConfig
from foodwaste.train.tray_held_out import panel_of, read
from foodwaste.train.tray_scores import Readings, mean_scores, score_meal, well_sums
from foodwaste.train.tray_source import TraySource
from foodwaste.tray.frame import frame_of

pytest.importorskip("segmentation_models_pytorch", reason="needs the extra 'train'")

from foodwaste.train.tray_export import ship_tray
from foodwaste.train.tray_loss import tray_losses
from foodwaste.train.tray_task import train_tray

PROFILE = load_profile("steel-5").profile
FRAME = frame_of(PROFILE.layout)
SMALL = TrayConfig(
    network=TrayNetworkConfig(
        encoder="tu-regnetx_002", decoder_channels=(16, 16, 8, 8), skip_channels=4
    ),
    trainer=TrainerConfig(
        batch=2,
        steps=2,
        epoch_steps=2,
        loader_workers=0,
        threads=1,
        device="cpu",
        optimiser=OptimiserConfig(warmup_steps=0),
    ),
)


#: Of the served and the eaten picture, in the renderer's world: from the middle, y up.
EYES_MM = ((0.0, 0.0, 450.0), (150.0, 80.0, 500.0))


def draw_meal(folder, index, keep=(1.0, 0.5)):
    """A meal as the renderer writes it: a domed heap of red food in the rice well, and a smear."""
    place = folder / "meals" / f"{index:06d}"
    place.mkdir(parents=True)
    steel = np.full((*FRAME.shape, 3), 120, np.uint8)
    steel[FRAME.tray_mask] = 185
    (place / "empty.jpg").write_bytes(encode_jpeg(steel, quality=95))
    rice, side = FRAME.rim_masks["rice"], FRAME.rim_masks["side-1"]
    inside = cv2.distanceTransform(rice.astype(np.uint8), cv2.DIST_L2, 5)
    smear = cv2.erode(side.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    shots = [{"picture": "empty.jpg", "truth": None, "state": None, "eye_mm": [0, 0, 450]}]
    for state, share in enumerate(keep):
        height = np.where(inside > 6, share * np.minimum(inside, 30.0), 0.0).astype(np.float16)
        rgb = steel.copy()
        rgb[height > 0] = (190, 60, 40)
        rgb[smear] = (200, 120, 90)
        (place / f"state-{state}.jpg").write_bytes(encode_jpeg(rgb, quality=95))
        np.savez_compressed(
            place / f"state-{state}.npz",
            height_mm=height,
            kind=(height > 0).astype(np.uint8),
            owner=rice.astype(np.uint8),
            food=height > 0,
            residue=smear,
        )
        volume = {"rice": float(height.astype(float).sum() / 1000.0)}
        shots.append(
            {
                "picture": f"state-{state}.jpg",
                "truth": f"state-{state}.npz",
                "state": state,
                "eye_mm": EYES_MM[state],
                "volume_ml": volume,
                "mass_g": volume,
            }
        )
    dishes = [{"compartment": "rice", "kind": "red heap"}]
    meal = {
        "pictures": "tray",
        "kinds": {"red heap": 1},
        "shots": shots,
        "spec": {"profile": "steel-5", "dishes": dishes},
    }
    (place / "meal.json").write_text(json.dumps(meal))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("rendered")
    for name, meals in (("learn", 2), ("judge", 1)):
        for index in range(meals):
            draw_meal(home / name, index)
    return home / "learn", home / "judge"


@pytest.fixture(scope="module")
def packed(folders, tmp_path_factory):
    cache = tmp_path_factory.mktemp("packed")
    return [pack_folder(meal, cache) for meal in find_meals([folders[0]])]


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
    draw_meal(tmp_path, 0)
    file = tmp_path / "meals" / "000000" / "meal.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "pictures": "camera"}))
    with pytest.raises(UsageError, match="own frame"):
        find_meals([tmp_path])


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


def test_every_state_is_packed_with_the_surface_that_its_own_camera_sees(packed):
    """Against the renderer's own rays through a clean tray, where walls are near."""
    pack = read_pack(packed[0])
    layout, tray = FRAME.layout, TraySpec(1, 0.0, 0.1, 0.0, (0.6, 0.6, 0.6), 0)
    clean = compose(layout, tray, [], None, 1.0)
    for state, (x, y, z) in enumerate(EYES_MM):
        spec = CameraSpec(z, 0.0, 0.0, 0.0, (x, y), 0.8, 640, 480)
        seen = cast(clean, layout, frame_view(spec, FRAME)).z_mm
        off = [float(np.abs(each - seen)[FRAME.tray_mask].mean()) for each in pack.surface_mm]
        assert off[state + 2] == min(off[2:])
        assert off[state + 2] < 0.7
    assert off[0] > 1.0  # the usual place is another one than the eaten picture's


def test_samples_repeat_and_mirror_everything_alike(packed):
    meals = tuple(PackedMeal(folder, "steel-5", 2) for folder in packed)
    source = TraySource(meals, SMALL.model_copy(update={"empty_share": 0.0}))
    assert len(source) == 2  # each meal's one eaten state
    first, again = (source.sample(1, np.random.default_rng(9)) for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    for seed in range(6):
        sample = source.sample(0, np.random.default_rng(seed))
        high = sample["height_mm"] > 3
        # The wells are where the surface is deep, and the food lies in one of them.
        assert (sample["wells"][high] > 0).all()
        assert sample["known"][:, 13][high[:, ::2, ::2]].mean() < -0.1
        assert (sample["classes"][high] & FOOD).mean() > 0.95


def test_a_sample_is_the_served_tray_and_the_same_tray_eaten(packed):
    meals = tuple(PackedMeal(folder, "steel-5", 2) for folder in packed)
    source = TraySource(meals, SMALL.model_copy(update={"empty_share": 0, "untouched_share": 0}))
    sample = source.sample(0, np.random.default_rng(1))
    served, eaten = sample["height_mm"].sum(axis=(1, 2))
    assert eaten == pytest.approx(0.5 * served, rel=0.05)
    assert not sample["known"][0, 8:12].any()  # the served tray was never served before
    assert not sample["known"][:, SERVED_HEIGHT_PLANE].any()


def test_an_eaten_up_tray_has_no_height(packed):
    meals = tuple(PackedMeal(folder, "steel-5", 2) for folder in packed)
    source = TraySource(meals, SMALL.model_copy(update={"empty_share": 1.0}))
    sample = source.sample(0, np.random.default_rng(0))
    assert sample["height_mm"][0].any()
    assert not sample["height_mm"][1].any()
    assert not sample["classes"][1].any()


def test_an_untouched_tray_is_as_high_as_it_was_served(packed):
    meals = tuple(PackedMeal(folder, "steel-5", 2) for folder in packed)
    source = TraySource(meals, SMALL.model_copy(update={"empty_share": 0, "untouched_share": 1}))
    served, eaten = source.sample(0, np.random.default_rng(0))["height_mm"].sum(axis=(1, 2))
    assert eaten == pytest.approx(served, rel=0.02)


STILL = AugmentConfig(
    **dict.fromkeys(("white_balance", "exposure", "gamma", "contrast", "saturation"), 0.0),
    **{f"{each}_share": 0.0 for each in ("blur", "coarse", "noise", "jpeg", "glare", "warp")},
)


def without_and_with(packed, share):
    """Sources of the same eaten states, nothing else augmented, with this share at 0 and at 1."""
    meals = tuple(PackedMeal(folder, "steel-5", 2) for folder in packed)
    config = SMALL.model_copy(update={"augment": STILL, "empty_share": 0, "untouched_share": 0})
    return [TraySource(meals, config.model_copy(update={share: n})) for n in (0.0, 1.0)]


def test_dishes_are_cut_in_the_eaten_picture_alone_and_the_truth_follows(packed):
    sources = without_and_with(packed, "cut_share")
    cut = 0
    for seed in range(8):
        plain, less = (each.sample(0, np.random.default_rng(seed)) for each in sources)
        assert np.array_equal(plain["image"][0], less["image"][0])
        assert np.array_equal(plain["height_mm"][0], less["height_mm"][0])
        assert (less["height_mm"][1] <= plain["height_mm"][1]).all()
        gone = ((plain["classes"][1] & FOOD) > 0) & ((less["classes"][1] & FOOD) == 0)
        assert not less["height_mm"][1][gone].any()
        cut += gone.any()
    assert cut >= 2


def test_floors_are_lit_in_the_eaten_picture_alone(packed):
    sources = without_and_with(packed, "shine_share")
    changed = 0
    for seed in range(6):
        plain, lit = (each.sample(0, np.random.default_rng(seed)) for each in sources)
        assert np.array_equal(plain["image"][0], lit["image"][0])
        assert np.array_equal(plain["height_mm"], lit["height_mm"])
        other = (plain["image"][1] != lit["image"][1]).any(axis=0)
        assert not other[(plain["classes"][1] & FOOD) > 0].any()
        changed += other.any()
    assert changed >= 2


def test_texture_is_laid_over_the_dish_alone_and_over_both_pictures_alike(packed):
    pack = read_pack(packed[0])
    assert solid_wells(pack) == [1 + list(FRAME.rim_masks).index("rice")]
    mask = (pack.classes[0] & FOOD) > 0
    patch = np.random.default_rng(2).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    rgb = np.asarray(pack.rgb[1])
    one, two = lay([(rgb, mask), (rgb, mask)], patch, np.random.default_rng(3))
    assert np.array_equal(one, two)
    far = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert np.array_equal(one[far], rgb[far])
    assert np.abs(one[mask].astype(int) - rgb[mask]).mean() > 5


def test_learned_and_held_out_folders_must_differ(folders, tmp_path):
    with pytest.raises(UsageError, match="held out"):
        train_tray(SMALL, [folders[0]], [folders[0]], tmp_path)


@pytest.mark.slow
def test_a_run_ships_a_network_that_the_product_uses(folders, tmp_path, monkeypatch):
    monkeypatch.delenv("FOODWASTE_DATA", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer, task = train_tray(SMALL, [folders[0]], [folders[1]], tmp_path / "run")
        score = trainer.run()
        assert score is not None
        assert {"judge/ratio_mae", "judge/food_iou"} <= set(score.figures)
        shipped = tmp_path / "models"
        best = tmp_path / "run" / "best.pt"
        done = ship_tray(SMALL, best, task.held_out, shipped, version="test")
    assert done.card.task == "tray"
    assert done.path.stat().st_size < 4e6
    monkeypatch.setenv("FOODWASTE_MODELS", str(shipped))
    session = open_model("tray-embedded")
    assert session.card.version == "test"
    pack = read_pack(task.held_out[0])
    tray = as_rectified(np.asarray(pack.rgb[2]), PROFILE)
    estimator, empty = EmbeddedDepth(session), np.asarray(pack.rgb[0])
    before = as_rectified(np.asarray(pack.rgb[1]), PROFILE)
    served = estimator.estimate(before, PROFILE, None, empty_rgb=empty)
    seen = {"served": before, "empty_rgb": empty}
    found = estimator.estimate(tray, PROFILE, None, served_finding=served, **seen)
    alone = estimator.estimate(tray, PROFILE, None, **seen)
    assert set(found.evidence) == set(PROFILE.layout.compartments)
    # A run can go on from what shipped.
    again, task = train_tray(
        SMALL, [folders[0]], [folders[1]], tmp_path / "again", start=[done.path]
    )
    taken_up = task.score(again.ema.network).figures
    for name in ("judge/height_mae_mm", "judge/food_iou", "judge/ratio_mae"):
        assert taken_up[name] == pytest.approx(score.figures[name], rel=0.1, abs=0.02)
    # The heights seen on the served tray are an input.
    assert not np.array_equal(found.maps["raw_height_mm"], alone.maps["raw_height_mm"])
    assert found.maps["food"].shape == FRAME.shape


def test_a_panel_shows_each_tray_beside_its_heights(packed):
    pack = read_pack(packed[0])

    class Flat(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.level = torch.nn.Parameter(torch.zeros(1))

        def folded(self, image, known):
            size = (len(image), 16, *image.shape[2:])
            return torch.zeros(size) + self.level

    rgb = np.asarray(pack.rgb[1])
    height, width = FRAME.shape
    known = np.zeros((KNOWN_PLANES, height // 2, width // 2), np.float32)
    readings = read(Flat(), [rgb, rgb], [known, known])
    assert readings[0].height_mm.max() == pytest.approx(10 * np.log(2), rel=1e-5)
    assert panel_of([rgb, rgb], readings).shape == (2 * 288, 2 * 384, 3)


def test_the_truth_scores_without_error(packed):
    pack = read_pack(packed[0])
    maps = [pack.height_mm[state].astype(np.float32) for state in range(2)]
    right = [Readings(each, (each > 0).astype(np.float32)) for each in maps]
    means = mean_scores([score_meal(pack, right)])
    assert means["ratio_mae"] == means["volume_error"] == pytest.approx(0.0, abs=1e-6)
    assert means["food_iou"] == 1.0
    doubled = [right[0], Readings(2 * right[1].height_mm, right[1].food)]
    assert mean_scores([score_meal(pack, doubled)])["ratio_mae"] == pytest.approx(0.5, abs=0.01)
