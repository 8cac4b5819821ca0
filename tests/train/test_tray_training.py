"""From a rendered folder to a file that ships: read, packed, sampled, trained, exported."""

from __future__ import annotations

import dataclasses
import warnings

import cv2
import numpy as np
import pytest
import torch

from foodwaste.depth import EmbeddedDepth
from foodwaste.depth.tray_inputs import FOOD_PLANES, KNOWN_PLANES, SERVED_HEIGHT_PLANE
from foodwaste.errors import UsageError
from foodwaste.models.registry import open_model
from foodwaste.pipeline.served import as_rectified
from foodwaste.profile import load_profile
from foodwaste.train.augment import AugmentConfig
from foodwaste.train.config import OptimiserConfig, TrainerConfig
from foodwaste.train.food_texture import lay, solid_wells
from foodwaste.train.pack import FOOD, HIDDEN, MOVED, read_pack
from foodwaste.train.rendered import find_meals
from foodwaste.train.tray_changes import PackedMeal, TrayChanges
from foodwaste.train.tray_config import LossConfig, TrayConfig, TrayNetworkConfig
from foodwaste.train.tray_held_out import panel_of, read
from foodwaste.train.tray_scores import Readings, mean_scores, score_meal
from foodwaste.train.tray_source import TraySource, _mirrored
from foodwaste.tray.frame import frame_of

pytest.importorskip("segmentation_models_pytorch", reason="needs the extra 'train'")

from foodwaste.train.tray_export import ship_tray
from foodwaste.train.tray_task import train_tray

PROFILE = load_profile("steel-5").profile
FRAME = frame_of(PROFILE.layout)
SMALL = TrayConfig(
    network=TrayNetworkConfig(
        encoder="tu-regnetx_002",
        decoder_channels=(16, 16, 8, 8),
        skip_channels=4,
        contrast=True,
        compares=True,
    ),
    loss=LossConfig(consistent=1.0, unchanged=0.3),
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


def test_a_mirrored_tray_was_seen_from_a_mirrored_place(packed):
    pack = read_pack(packed[0])
    height = np.asarray(pack.height_mm[0], np.float32)
    straight = pack.places(1, height)
    assert straight is not None
    rows, columns = straight.shape[:2]
    seen = set()
    for seed in range(12):
        mirrored, _, mirror = _mirrored(pack, {}, np.random.default_rng(seed))
        wanted = straight[mirror].copy()
        ways = tuple(each.step == -1 for each in mirror)
        for axis, size, back in ((1, rows, ways[0]), (0, columns, ways[1])):
            if back:
                wanted[..., axis] = size - 1 - wanted[..., axis]
        np.testing.assert_allclose(mirrored.places(1, height[mirror]), wanted, atol=0.02)
        seen.add(ways)
    assert len(seen) == 4


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


@pytest.mark.parametrize("untouched", [0, 1])
def test_a_napkin_hides_food_in_the_eaten_picture_alone_and_the_truth_goes_on(packed, untouched):
    bare, thrown = (
        dataclasses.replace(
            each, config=each.config.model_copy(update={"untouched_share": untouched})
        )
        for each in without_and_with(packed, "cover_share")
    )
    hidden = 0
    for seed in range(6):
        plain, covered = (each.sample(0, np.random.default_rng(seed)) for each in (bare, thrown))
        assert np.array_equal(plain["image"][0], covered["image"][0])
        assert np.array_equal(plain["height_mm"], covered["height_mm"])
        was, now = (each["classes"][1] & (FOOD | HIDDEN) > 0 for each in (plain, covered))
        assert np.array_equal(was, now)
        under = (plain["classes"][1] & FOOD > 0) & (covered["classes"][1] & HIDDEN > 0)
        assert (plain["image"][1] != covered["image"][1])[:, under].any()
        hidden += under.any()
    assert hidden >= 4


def test_dishes_are_dyed_in_both_pictures_alike_and_floors_are_not(packed):
    pack = read_pack(packed[0])
    changes = TrayChanges(SMALL.model_copy(update={"dye_share": 1.0}), None)
    plain = {each: np.asarray(pack.rgb[each + 1]) for each in (0, 1)}
    floor = cv2.dilate((pack.classes[:2] > 0).any(axis=0).astype(np.uint8), np.ones((9, 9))) == 0
    moved = np.zeros(2)
    for seed in range(6):
        dyed = dict(plain)
        changes.dyed(pack, 1, dyed, np.random.default_rng(seed))
        for each, rgb in plain.items():
            food = (pack.classes[each] & FOOD) > 0
            moved[each] += np.abs(dyed[each].astype(int) - rgb)[food].mean()
            np.testing.assert_array_equal(dyed[each][floor], rgb[floor])
    assert (moved > 10).all()


def test_what_colour_says_of_dyed_dishes_is_not_told(packed):
    plain, dyed = (
        [
            source.sample(0, np.random.default_rng(seed))["known"][:, :FOOD_PLANES].any()
            for seed in range(4)
        ]
        for source in without_and_with(packed, "dye_share")
    )
    assert any(plain)
    assert not any(dyed)


@pytest.mark.parametrize("untouched", [0, 1])
def test_dishes_are_pushed_in_the_eaten_picture_alone_and_none_is_eaten(packed, untouched):
    still, moved = (
        dataclasses.replace(
            each, config=each.config.model_copy(update={"untouched_share": untouched})
        )
        for each in without_and_with(packed, "push_share")
    )
    pushed = 0
    for seed in range(8):
        plain, other = (each.sample(0, np.random.default_rng(seed)) for each in (still, moved))
        assert np.array_equal(plain["image"][0], other["image"][0])
        assert np.array_equal(plain["height_mm"][0], other["height_mm"][0])
        assert not (other["classes"][0] & MOVED).any()
        where = (other["classes"][1] & MOVED) > 0
        assert np.array_equal(plain["height_mm"][1][~where], other["height_mm"][1][~where])
        was, now = (each["height_mm"][1].sum() for each in (plain, other))
        assert now == pytest.approx(was, rel=0.1)
        pushed += where.any()
    assert pushed >= 2


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


def test_a_larger_network_needs_one_to_start_with(folders, tmp_path):
    grown = SMALL.model_copy(update={"grown_from": SMALL.network})
    with pytest.raises(UsageError, match="--start"):
        train_tray(grown, [folders[0]], [folders[1]], tmp_path / "run")


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
    cameras = [state.camera for state in find_meals([folders[1]])[0].states]
    tray = as_rectified(np.asarray(pack.rgb[2]), PROFILE, cameras[1])
    estimator, empty = EmbeddedDepth(session), np.asarray(pack.rgb[0])
    before = as_rectified(np.asarray(pack.rgb[1]), PROFILE, cameras[0])
    served = estimator.estimate(before, PROFILE, None, empty_rgb=empty)
    seen = {"served": before, "empty_rgb": empty}
    found = estimator.estimate(tray, PROFILE, None, served_finding=served, **seen)
    alone = estimator.estimate(tray, PROFILE, None, **seen)
    assert set(found.evidence) == set(PROFILE.layout.compartments)
    # A run can go on from what shipped, also with a larger network.
    shape = {"decoder_channels": (24, 20, 12, 10), "skip_channels": 6, "deeper": (1, 1, 1)}
    larger = SMALL.network.model_copy(update=shape)
    grown = SMALL.model_copy(update={"network": larger, "grown_from": SMALL.network})
    for config in (SMALL, grown):
        out = tmp_path / f"again-{config is grown}"
        again, task = train_tray(config, [folders[0]], [folders[1]], out, start=[done.path])
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
            return torch.full(size, 5.0) + self.level

    rgb = np.asarray(pack.rgb[1])
    height, width = FRAME.shape
    known = np.zeros((KNOWN_PLANES, height // 2, width // 2), np.float32)
    readings = read(Flat(), [rgb, rgb], lambda state, served: known)
    assert readings[0].height_mm.max() == pytest.approx(5.0, rel=1e-5)
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
