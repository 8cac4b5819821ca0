"""The quantity network's samples, losses, temperatures and held-out figures."""

import json
from dataclasses import asdict

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("tensorboard", reason="needs the extra 'train'")

from foodwaste.errors import UsageError  # noqa: E402
from foodwaste.imaging import encode_jpeg  # noqa: E402
from foodwaste.models.card import OnnxSource  # noqa: E402
from foodwaste.profile import load_profile  # noqa: E402
from foodwaste.render.camera import CameraSpec  # noqa: E402
from foodwaste.train.config import OptimiserConfig, TrainerConfig  # noqa: E402
from foodwaste.train.quantity_config import QuantityConfig, QuantitySamples  # noqa: E402
from foodwaste.train.quantity_crops import CropStore, standard_fills, wells_of  # noqa: E402
from foodwaste.train.quantity_held_out import (  # noqa: E402
    answers,
    held_out_pairs,
    run_of_network,
)
from foodwaste.train.quantity_loss import soft_bins  # noqa: E402
from foodwaste.train.quantity_ship import ship_quantity  # noqa: E402
from foodwaste.train.quantity_source import DISHES, QuantitySource  # noqa: E402
from foodwaste.train.quantity_task import train_quantity, trained_network  # noqa: E402
from foodwaste.train.quantity_temperature import (  # noqa: E402
    calibration_error,
    fit_temperature,
    shares_at,
    soft_labels,
)
from foodwaste.train.rendered import find_meals  # noqa: E402
from foodwaste.tray.frame import frame_of  # noqa: E402

PROFILE = load_profile("steel-5").profile
FRAME = frame_of(PROFILE.layout)
SERVED = {"rice": 200.0, "soup": 250.0, "side-1": 60.0}
DISH_OF = {"rice": "white rice", "soup": "red soup", "side-1": "napa kimchi"}
COLOURS = {"rice": (235, 235, 225), "soup": (170, 40, 20), "side-1": (190, 90, 30)}

#: All pictures' camera: straight above the tray's middle.
ABOVE = CameraSpec(450.0, 0.0, 0.0, 0.0, (0.0, 0.0), 0.63, 1600, 1200)


def draw_meal(folder, left, seed):
    """A drawn meal in the format of ``foodwaste render``: food covers its share of each well."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)

    def picture(shares):
        rgb = np.full((*FRAME.shape, 3), 165, np.uint8)
        for name, mask in FRAME.rim_masks.items():
            ys, xs = np.nonzero(mask)
            reach = ys.min() + shares.get(name, 0.0) * (np.ptp(ys) + 1)
            rgb[ys[ys < reach], xs[ys < reach]] = COLOURS.get(name, (0, 0, 0))
        return np.clip(rgb + rng.normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)

    shots = [{"picture": "empty.jpg", "truth": None, "state": None, "eye_mm": [187, 145, 450]}]
    (folder / "empty.jpg").write_bytes(encode_jpeg(picture({}), quality=90))
    for number, share in enumerate((1.0, *left)):
        name = f"state-{number}"
        (folder / f"{name}.jpg").write_bytes(
            encode_jpeg(picture(dict.fromkeys(SERVED, share)), quality=90)
        )
        rims = np.zeros(FRAME.shape, bool)
        for mask in (FRAME.rim_masks[each] for each in SERVED):
            ys, xs = np.nonzero(mask)
            eaten = ys >= ys.min() + share * (np.ptp(ys) + 1)
            rims[ys[~eaten], xs[~eaten]] = True
        truth = {"height_mm": np.where(rims, 20, 0).astype(np.float16), "food": rims}
        zero = np.zeros(FRAME.shape, np.uint8)
        np.savez(folder / f"{name}.npz", kind=zero, owner=zero, residue=zero > 0, **truth)
        shots.append(
            {
                "picture": f"{name}.jpg",
                "truth": f"{name}.npz",
                "state": number,
                "eye_mm": [187, 145, 450],
                "volume_ml": {k: SERVED.get(k, 0.0) * share for k in FRAME.rim_masks},
                "mass_g": {k: SERVED.get(k, 0.0) * share for k in FRAME.rim_masks},
            }
        )
    dishes = [{"compartment": name, "kind": dish} for name, dish in DISH_OF.items()]
    meal = {
        "pictures": "tray",
        "kinds": {dish: DISHES.index(dish) + 1 for dish in DISH_OF.values()},
        "shots": shots,
        "spec": {
            "profile": "steel-5",
            "dishes": dishes,
            "shots": [{"camera": asdict(ABOVE)} for _ in shots],
        },
    }
    (folder / "meal.json").write_text(json.dumps(meal), encoding="utf-8")


@pytest.fixture
def drawn(tmp_path):
    """``drawn(name, meals)``: a folder of drawn meals, half and nothing left of each."""

    def draw(name, meals=2, seed=0):
        for number in range(meals):
            draw_meal(tmp_path / name / "meals" / f"{number:06d}", (0.5, 0.0), seed + number)
        return tmp_path / name

    return draw


def a_config(**changes):
    values = {
        "side_px": 32,
        "channels": (8, 8, 16, 16),
        "trainer": TrainerConfig(
            batch=16,
            steps=120,
            epoch_steps=60,
            checkpoint_steps=60,
            loader_workers=0,
            threads=1,
            mixed_precision=False,
            optimiser=OptimiserConfig(learning_rate=3e-3, warmup_steps=4, ema_decay=0.8),
        ),
    }
    return QuantityConfig(**(values | changes))


def a_source(folder, config):
    meals = find_meals([folder])
    return QuantitySource(meals, standard_fills(meals), [], CropStore(config.side_px), config)


def test_labels_are_volumes_over_what_was_served_and_over_a_standard_serving(drawn):
    config = a_config(samples=QuantitySamples(before_share=1, other_tray_share=0, served_share=1))
    source = a_source(drawn("meals"), config)
    found = {}
    for index in range(len(source)):
        sample = source.sample(index, np.random.default_rng(index))
        found.setdefault(float(sample["ratio"]), set()).add(round(float(sample["amount"]), 3))
    # All servings are alike, so each is the standard serving; wells without food have no ratio.
    assert found[0.5] == {0.5}
    assert found[0.0] == {0.0}
    assert found[-1.0] == {0.0}


def test_cut_wells_repeat_and_say_how_much_is_left(drawn):
    meal = find_meals([drawn("meals")])[0]
    store, other = CropStore(32), CropStore(32)
    lefts = []
    for well in SERVED:
        cut = store.cut_in_two(meal, 0, well)
        again = other.cut_in_two(meal, 0, well)
        assert np.array_equal(cut.rgb, again.rgb)
        assert cut.left == again.left
        assert 0.0 <= cut.left <= 1.0
        changed = (cut.rgb != store.crop(meal.states[0].picture, "steel-5", well)).any()
        assert changed or cut.left == 1.0
        lefts.append(cut.left)
    assert min(lefts) < 1.0


@pytest.mark.parametrize("changed_crop", [CropStore.on_lit_floor, CropStore.with_flecks])
def test_eaten_wells_on_changed_floors_repeat_and_keep_their_food(drawn, changed_crop):
    meal = find_meals([drawn("meals")])[0]
    store, other = CropStore(32), CropStore(32)
    changed = 0
    for well in SERVED:
        plain = store.crop(meal.states[1].picture, "steel-5", well)
        made = changed_crop(store, meal, 1, well)
        assert np.array_equal(made, changed_crop(other, meal, 1, well))
        differs = np.abs(made.astype(int) - plain).max(axis=2) > 30
        changed += differs.any()
        side = len(differs)
        middle = differs[side // 5 : 2 * side // 5, side // 3 : -side // 5]
        assert not middle.any()  # the upper half of the well still holds food
    assert changed


def test_whitened_dishes_are_white_before_and_after_and_say_how_much_is_left(drawn):
    meal = find_meals([drawn("meals")])[0]
    store, other = CropStore(32), CropStore(32)
    lefts, rice = [], []
    for well in SERVED:
        made, again = store.whitened(meal, 1, well), other.whitened(meal, 1, well)
        assert np.array_equal(made.after, again.after)
        assert np.array_equal(made.before, again.before)
        middle = slice(10, -10)  # a crop's edge shows the wells beside it
        plain = store.crop(meal.states[0].picture, "steel-5", well)[middle, middle]
        white = made.before[middle, middle]
        assert made.is_changed == bool((white != plain).any())
        if made.is_changed:
            was, now = (np.ptp(each, axis=2).mean() for each in (plain, white))
            assert now < max(was, 12)
        lefts.append(made.left)
        rice.append(made.is_rice)
    assert 0 < min(lefts) <= 1
    assert any(rice)


def test_a_whitened_samples_labels_follow_the_cut(drawn):
    samples = QuantitySamples(before_share=1, white_share=1, weighed_share=0)
    folder = drawn("meals")
    source, meal = a_source(folder, a_config(samples=samples)), find_meals([folder])[0]
    # A source keeps its crops a little larger than the network sees them.
    store = CropStore(32)
    made = [store.whitened(meal, 1, well) for well in SERVED]
    wanted = {round(0.5 * each.left, 4) for each in made if each.is_changed}
    said = [source.sample(index, np.random.default_rng(index)) for index in range(len(source))]
    assert wanted <= {round(float(sample["ratio"]), 4) for sample in said}
    foods = {int(sample["food"]) for sample in said}
    assert DISHES.index("white rice") in foods


def test_without_a_picture_from_before_the_right_half_is_black(drawn):
    config = a_config(samples=QuantitySamples(before_share=0))
    sample = a_source(drawn("meals"), config).sample(0, np.random.default_rng(0))
    assert sample["pair"].shape == (3, 32, 64)
    assert sample["pair"][..., :32].any()
    assert not sample["pair"][..., 32:].any()
    assert sample["ratio"] == -1


def test_a_sample_depends_on_its_index_and_generator_alone(drawn):
    source = a_source(drawn("meals"), a_config())
    first, second = (source.sample(7, np.random.default_rng(3)) for _ in range(2))
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])


def test_a_standard_serving_grows_with_the_well(drawn):
    meals = find_meals([drawn("meals")])
    wells = {well.compartment: well for well in wells_of(meals[:1], standard_fills(meals))}
    assert wells["rice"].standard_ml == pytest.approx(SERVED["rice"])
    assert wells["side-3"].dish is None
    layout = PROFILE.layout.compartments
    share = wells["side-3"].standard_ml / layout["side-3"].capacity_ml
    assert 0 < share < 1


def test_held_out_pairs_leave_out_wells_without_food(drawn):
    meals = find_meals([drawn("held")])
    held = held_out_pairs(meals, standard_fills(meals), a_config())
    assert len(held.pairs) == 2 * 2 * len(SERVED)
    assert set(held.ratio) == {0.5, 0.0}
    assert not held.alone()[:, :, 32:].any()
    np.testing.assert_array_equal(held.swapped()[:, :, :32], held.pairs[:, :, 32:])


def test_soft_bins_keep_the_value_as_their_expectation():
    bins = torch.tensor([0.0, 0.3, 0.6, 0.9, 1.25])
    values = torch.tensor([0.0, 0.1, 0.45, 0.6, 1.2, 3.0])
    shares = soft_bins(values, bins)
    torch.testing.assert_close(shares @ bins, values.clamp(max=1.25))
    torch.testing.assert_close(shares.sum(1), torch.ones(6))
    np.testing.assert_allclose(
        shares.numpy(), soft_labels(values.numpy(), bins.tolist()), atol=1e-6
    )


def test_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (4000, 5))
    chosen = [rng.choice(5, p=each) for each in shares_at(logits, 1.0)]
    labels = np.eye(5)[chosen]
    sharpened = 2.5 * logits
    temperature = fit_temperature(sharpened, labels)
    assert temperature == pytest.approx(2.5, rel=0.1)
    before = calibration_error(shares_at(sharpened, 1.0), labels)
    after = calibration_error(shares_at(sharpened, temperature), labels)
    assert after < 0.03 < before


@pytest.mark.slow
def test_a_run_learns_drawn_meals_and_ships_what_it_learned(drawn, tmp_path):
    config = a_config()
    folder, held = drawn("meals", 3), drawn("held", 2, seed=50)
    trainer = train_quantity(config, [folder], [held], tmp_path / "run")
    first = trainer.run(until=60)
    last = trainer.run()
    assert last.value < first.value
    assert last.figures["held/ratio_mae"] < last.figures["held/predict_mean_ratio_mae"]
    done = ship_quantity(config, [folder], [held], tmp_path / "run", trained_on={"data": "drawn"})
    assert isinstance(done.card.source, OnnxSource)
    assert done.card.head.dishes == DISHES
    assert done.card.head.ratio_error > 0
    assert done.card.figures["data"] == "drawn"
    assert done.path.is_file()


@pytest.mark.slow
def test_a_shipped_file_of_vectors_starts_a_network_that_compares(drawn, tmp_path):
    folder, held = drawn("meals", 2), drawn("held", 2, seed=50)
    once = TrainerConfig(
        **{**a_config().trainer.model_dump(), "steps": 1, "epoch_steps": 1, "checkpoint_steps": 1}
    )
    first = a_config(trainer=once)
    train_quantity(first, [folder], [held], tmp_path / "run").run()
    shipped = ship_quantity(first, [folder], [held], tmp_path / "run", trained_on={}).path
    meals = find_meals([held])
    held_out = held_out_pairs(meals, standard_fills(meals), first)
    starts = {"file": shipped, "checkpoint": tmp_path / "run" / "last.pt"}
    larger = a_config(trainer=once, comparing=(8, 8))
    for name, start in starts.items():
        trainer = train_quantity(larger, [folder], [held], tmp_path / name, start=[start])
        begun, was = (
            answers(run_of_network(each.eval()), held_out.pairs).ratio
            for each in (trainer.network, trained_network(first, starts["checkpoint"]))
        )
        # A file's kernels are rounded to eight bits.
        assert np.abs(begun - was).max() < {"file": 0.1, "checkpoint": 1e-5}[name]
        trainer.network.train()
        trainer.run()
        assert trainer.network.compare.tell.weight.any()
    with pytest.raises(UsageError, match="shape"):
        train_quantity(
            first, [folder], [held], tmp_path / "back", start=[tmp_path / "file" / "last.pt"]
        )


def test_a_folder_cannot_be_both_learned_from_and_held_out(drawn, tmp_path):
    folder = drawn("meals")
    with pytest.raises(UsageError, match="both"):
        train_quantity(a_config(), [folder], [folder], tmp_path / "run")


def test_a_weighed_food_is_cut_out_whole_and_square(tmp_path):
    from foodwaste.train.weighed_crops import read_weighed_crops

    rgb = np.full((400, 600, 3), 210, np.uint8)
    rgb[100:220, 250:330] = (200, 30, 30)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "apple001T(1).jpg").write_bytes(encode_jpeg(rgb))
    (tmp_path / "measurements.csv").write_text(
        "image,view,food,x0,y0,x1,y1,mass_g\napple001T(1),T,apple,250,100,330,220,200\n"
    )
    (found,) = read_weighed_crops(tmp_path, 64)
    assert found.portion == "apple 200 g"
    red = found.rgb[..., 0].astype(int) - found.rgb[..., 1] > 80
    assert red[32, 32]
    assert red.mean() == pytest.approx(80 * 120 / (120 * 1.24) ** 2, rel=0.06)
    assert not red[:3].any()
