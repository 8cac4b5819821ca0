"""The tray network and what it is trained to, on rendered truth where truth is needed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch.nn import functional

from foodwaste.depth.tray_inputs import (
    FOLD,
    KNOWN_PLANES,
    SERVED_HEIGHT_FLAG,
    SERVED_HEIGHT_PLANE,
    known_planes,
)
from foodwaste.train.augment import AugmentConfig, photograph, shaky_corners, warp
from foodwaste.train.pack import MOVED
from foodwaste.train.tray_config import LossConfig, TrayNetworkConfig
from foodwaste.train.tray_loss import (
    consistent_heights,
    ratio_loss,
    tray_losses,
    unchanged_loss,
    weighted,
    well_volumes_ml,
)
from foodwaste.train.tray_source import shares_of_sides

smp = pytest.importorskip("segmentation_models_pytorch", reason="needs the extra 'train'")

from foodwaste.train.tray_network import (  # noqa: E402
    PLANES,
    TrayNetwork,
    TrayReadings,
    readings,
    with_served_height,
)


@pytest.fixture
def network():
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = TrayNetworkConfig(
            encoder="tu-regnetx_002", decoder_channels=(16, 16, 8, 8), skip_channels=4
        )
        return TrayNetwork(small)


def some_batch(size=2, height=64, width=96):
    rng = np.random.default_rng(1)
    food = np.zeros((size, height, width), np.uint8)
    food[:, 10:30, 10:40] = 1
    food[:, 40:50, 50:60] = 2  # residue
    wells = np.zeros((size, height, width), np.uint8)
    wells[:, 5:35, 5:45], wells[:, 38:60, 45:90] = 1, 2
    return {
        "image": torch.from_numpy(rng.normal(size=(size, 3, height, width)).astype(np.float32)),
        "known": torch.from_numpy(
            rng.normal(size=(size, KNOWN_PLANES, height // 2, width // 2)).astype(np.float32)
        ),
        "height_mm": torch.from_numpy(12.0 * (food == 1).astype(np.float32)),
        "classes": torch.from_numpy(food),
        "wells": torch.from_numpy(wells),
    }


def test_it_answers_pixel_for_pixel_in_units(network):
    batch = some_batch()
    planes = network(batch["image"], batch["known"])
    assert planes.shape == (2, PLANES, 64, 96)
    folded = functional.pixel_unshuffle(batch["image"], FOLD)
    shipped = TrayReadings(network.eval())(folded, batch["known"])
    assert all(each.shape == (2, FOLD**2, 32, 48) for each in shipped)
    height, error, food, _ = shipped
    expected = readings(network(batch["image"], batch["known"]))[2]
    torch.testing.assert_close(functional.pixel_shuffle(height, FOLD)[:, 0], expected)
    assert float(height.detach().min()) >= 0.0
    assert float(error.detach().min()) >= 0.2
    assert 0.0 <= float(food.detach().min()) <= float(food.detach().max()) <= 1.0


def test_it_learns_one_tray_by_heart(network):
    batch = some_batch()
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    losses = []
    for _ in range(60):
        planes = network(batch["image"], batch["known"])
        terms = weighted(tray_losses(planes, batch, LossConfig()), LossConfig())
        optimiser.zero_grad()
        terms["loss"].backward()
        optimiser.step()
        losses.append(float(terms["loss"].detach()))
    assert losses[-1] < 0.35 * losses[0]


def planes_of(batch, height_mm, food):
    """Planes that read as this height where this is food, and as sure of both."""
    sure = torch.where(food, 12.0, -12.0)
    no_residue, errors = torch.full_like(height_mm, -12.0), torch.zeros_like(height_mm)
    return torch.stack([sure, no_residue, height_mm, errors], 1)


def test_the_truth_has_the_least_loss():
    batch = some_batch()
    truth, food = batch["height_mm"], batch["classes"] == 1
    right, higher, wider = (
        weighted(tray_losses(planes, batch, LossConfig()), LossConfig())
        for planes in (
            planes_of(batch, truth, food),
            planes_of(batch, 1.3 * truth, food),
            planes_of(batch, truth + 3.0 * ~food, ~food | food),
        )
    )
    assert float(right["height"]) < 0.01
    assert float(right["volume"]) < 0.01
    assert float(right["loss"]) < float(higher["loss"])
    assert float(right["loss"]) < float(wider["loss"])


def test_a_well_that_holds_a_third_too_much_is_that_much_off():
    batch = some_batch()
    food = batch["classes"] == 1
    loss = LossConfig(volume_floor_ml=0.001)
    terms = tray_losses(planes_of(batch, 4.0 / 3.0 * batch["height_mm"], food), batch, loss)
    # One of the two wells is empty and read as empty.
    assert float(terms["volume"]) == pytest.approx(1 / 6, rel=0.01)


def test_a_ratio_is_wrong_by_what_the_eaten_tray_reads_too_much():
    one = some_batch()
    pair = {name: torch.stack([one[name], one[name]], 1) for name in ("height_mm", "wells")}
    pair["height_mm"][:, 1] *= 0.5
    food = one["classes"] == 1
    served = planes_of(one, one["height_mm"], food)
    right = planes_of(one, 0.5 * one["height_mm"], food)
    more = planes_of(one, 0.75 * one["height_mm"], food)
    assert float(ratio_loss(served, right, pair, 5.0)) == pytest.approx(0.0, abs=0.01)
    assert float(ratio_loss(served, more, pair, 5.0)) == pytest.approx(0.25, abs=0.01)


def told_of(served_mm, flags):
    """What a network knows of eaten trays when it saw these heights, where flagged."""
    known = torch.zeros(len(served_mm), KNOWN_PLANES, *served_mm.shape[1:])
    known[:, SERVED_HEIGHT_PLANE] = served_mm / 30.0
    known[:, SERVED_HEIGHT_FLAG] = torch.tensor(flags)[:, None, None]
    return known


def test_what_is_left_is_held_to_what_the_served_tray_reads():
    """Read a quarter too high when served, half of it should read a quarter too high as well."""
    batch = some_batch()
    true = functional.avg_pool2d(batch["height_mm"], FOLD)
    pair = {"height_mm": torch.stack([batch["height_mm"], 0.5 * batch["height_mm"]], 1)}
    pair["served_mm"] = true
    pair["classes"] = torch.stack([batch["classes"]] * 2, 1)
    known = told_of(1.25 * true, [1.0, 0.0])
    told, alone = consistent_heights(known, pair, 1.0)
    inside = (slice(16, 24), slice(16, 34))  # a window's reach from the food's edges
    assert torch.allclose(told[inside], torch.tensor(1.25 * 6.0), rtol=0.02)
    assert torch.equal(alone, 0.5 * batch["height_mm"][1])
    halfway = consistent_heights(known, pair, 0.5)[0][inside]
    assert torch.allclose(halfway, torch.tensor(1.125 * 6.0), rtol=0.02)
    pair["classes"][:, 1] |= MOVED  # What lies there now was served elsewhere.
    assert torch.equal(consistent_heights(known, pair, 1.0)[0], 0.5 * batch["height_mm"][0])


@pytest.mark.parametrize(("left", "right"), [(1.0, 6.0), (0.0, -6.0)])
def test_carrying_over_is_right_where_food_was_left_and_wrong_where_it_is_gone(left, right):
    batch = some_batch()
    true = functional.avg_pool2d(batch["height_mm"], FOLD)
    pair = {"height_mm": torch.stack([batch["height_mm"], left * batch["height_mm"]], 1)}
    pair["served_mm"] = true
    pair["classes"] = torch.stack([batch["classes"]] * 2, 1)
    known = told_of(true, [1.0, 1.0])
    planes = torch.zeros(2, PLANES + 1, 64, 96)
    said = [planes + sign * right * (torch.arange(PLANES + 1) == PLANES)[:, None, None]
            for sign in (1, -1)]  # fmt: skip
    good, bad = (float(unchanged_loss(each, known, pair)) for each in said)
    assert good < 0.05
    assert bad > 3.0
    unknown = told_of(true, [0.0, 0.0])
    assert float(unchanged_loss(said[1], unknown, pair)) == 0.0
    pair["classes"][:, 1] |= MOVED
    assert float(unchanged_loss(said[1], known, pair)) == 0.0


def test_heights_are_carried_over_from_the_served_tray_where_it_is_known():
    torch.manual_seed(0)
    network = TrayNetwork(TrayNetworkConfig(contrast=True, compares=True)).eval()
    with torch.no_grad():
        network.head[-1].bias[4 * PLANES :] = 30.0  # nothing changed, anywhere
    batch = some_batch()
    known = batch["known"]
    known[:, SERVED_HEIGHT_PLANE] = 0.5
    known[:, SERVED_HEIGHT_FLAG] = torch.tensor([1.0, 0.0])[:, None, None]
    with torch.no_grad():
        height = readings(network(batch["image"], known))[2]
    assert torch.allclose(height[0], torch.tensor(15.0), atol=1e-3)
    assert (height[1] - 15.0).abs().max() > 1.0


def test_the_network_is_told_what_it_saw_on_the_served_tray_where_that_is_known():
    batch = some_batch()
    food = batch["classes"] == 1
    known = torch.zeros_like(batch["known"])
    known[0, SERVED_HEIGHT_FLAG] = 1.0
    told = with_served_height(known, planes_of(batch, batch["height_mm"], food))
    seen = batch["height_mm"][0, ::2, ::2]  # the food's edges lie on even pixels
    assert torch.allclose(told[0, SERVED_HEIGHT_PLANE] * 30.0, seen, atol=0.05)
    assert not told[1].any()


def test_served_heights_are_told_where_the_eaten_picture_shows_them():
    """A camera that moved shows the dish two folded pixels to the right of where it was."""
    batch = some_batch()
    food = batch["classes"] == 1
    known = torch.zeros_like(batch["known"])
    known[:, SERVED_HEIGHT_FLAG] = 1.0
    places = np.stack(np.meshgrid(np.arange(48.0), np.arange(32.0)), -1).astype(np.float32)
    places[..., 0] -= 2.0
    shares = torch.from_numpy(shares_of_sides(places, (64, 96)))[None].repeat(2, 1, 1, 1)
    planes = planes_of(batch, batch["height_mm"], food)
    plain = with_served_height(known, planes)[:, SERVED_HEIGHT_PLANE]
    told = with_served_height(known, planes, shares)[:, SERVED_HEIGHT_PLANE]
    assert torch.allclose(told[..., 2:], plain[..., :-2], atol=1e-4)
    still = torch.from_numpy(shares_of_sides(None, (64, 96)))[None].repeat(2, 1, 1, 1)
    assert torch.allclose(
        with_served_height(known, planes, still)[:, SERVED_HEIGHT_PLANE], plain, atol=1e-4
    )


def test_volumes_are_summed_by_well():
    wells = torch.zeros(1, 20, 20, dtype=torch.uint8)
    wells[0, :10], wells[0, 15:] = 1, 3
    volumes = well_volumes_ml(torch.full((1, 20, 20), 5.0), wells)[0]
    assert volumes[:4].tolist() == pytest.approx([1.0, 0.0, 0.5, 0.0])


def test_what_is_not_known_is_zero_and_flagged():
    surface = np.full((8, 8), -30.0, np.float32)
    white = np.full((8, 8, 3), 255, np.uint8)
    nothing = known_planes(white, surface)
    assert nothing.shape == (KNOWN_PLANES, 4, 4)
    assert (nothing[13] == -1.0).all()
    # Local contrast needs nothing but the picture; change needs a served one.
    assert not np.delete(nothing, [13, *range(16, 21)], axis=0).any()
    served = known_planes(white, surface, served_rgb=white, food=np.full((8, 8), 0.25))
    assert served[8:12, 0, 0].tolist() == pytest.approx([2.0, 2.0, 2.0, 1.0])
    assert (served[:4] == 0.25).all()
    assert (served[12] == 1.0).all()
    assert not served[4:8].any()


def test_the_probability_of_food_keeps_its_pixels_as_the_picture_does():
    food = np.random.default_rng(4).random((8, 12)).astype(np.float32)
    planes = known_planes(np.zeros((8, 12, 3), np.uint8), np.zeros((8, 12), np.float32), food=food)
    folded = torch.nn.functional.pixel_unshuffle(torch.from_numpy(food)[None, None], 2)[0]
    assert np.array_equal(planes[:4], folded.numpy())


def test_augmented_pictures_stay_pictures_and_repeat_with_their_seed():
    rgb = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    everything = AugmentConfig(
        blur_share=1, coarse_share=1, noise_share=1, jpeg_share=1, glare_share=1, warp_share=1
    )
    first, again, other = (
        photograph(rgb, everything, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert first.dtype == np.uint8
    assert first.shape == rgb.shape
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_shaky_rectification_moves_by_about_a_pixel():
    config = AugmentConfig(warp_share=1.0, warp_px=1.2)
    mark = np.zeros((96, 128), np.float32)
    mark[40:56, 60:76] = 1.0
    moves = []
    for seed in range(30):
        moved = warp(
            mark, shaky_corners(config, mark.shape, np.random.default_rng(seed)), smooth=True
        )
        rows, columns = np.nonzero(moved > 0.5)
        moves.append([rows.mean() - 47.5, columns.mean() - 67.5])
    assert 0.3 < np.std(moves) < 2.0
