"""The quantity network that ships, on the project's own rendered sample."""

import numpy as np
import pytest

from foodwaste.calibrate import Request, calibrate, new_target
from foodwaste.calibrate.menu import photographed_menu
from foodwaste.models.card import OnnxSource
from foodwaste.pipeline.budget import Budget
from foodwaste.pipeline.sight import look
from foodwaste.profile import load_profile
from foodwaste.quantity import open_quantity
from foodwaste.quantity.dishes import name_dishes

LOADED = load_profile("steel-5")


@pytest.fixture(scope="module")
def estimator():
    return open_quantity()


@pytest.fixture(scope="module")
def sample(request):
    folder = request.config.rootpath / "samples" / "steel"

    def seen(name):
        path = str(folder / f"{name}.jpg")
        return look(path, LOADED.profile.layout, Budget.unlimited(), max_mpixels=60).tray

    return seen


def test_it_is_an_onnx_file_of_at_most_five_and_a_half_megabytes(estimator):
    card = estimator.session.card
    assert isinstance(card.source, OnnxSource)
    assert card.size_mb <= 5.5
    assert card.outputs[:2] == ("quantity_logits", "food_logits")
    assert card.head.ratio_error > 0


def test_a_clean_tray_reads_as_nothing_left_of_what_was_served(estimator, sample):
    served = sample("before")
    alone = estimator.estimate(served, LOADED.profile, None)
    clean = estimator.estimate(sample("empty"), LOADED.profile, None, served=served)
    ratios = [
        clean.evidence[name].amount / max(each.amount, 0.05)
        for name, each in alone.evidence.items()
    ]
    assert np.mean(ratios) < 0.1


def test_the_served_tray_against_itself_reads_as_all_left(estimator, sample):
    served = sample("before")
    alone = estimator.estimate(served, LOADED.profile, None)
    same = estimator.estimate(served, LOADED.profile, None, served=served)
    ratios = [same.evidence[name].amount / each.amount for name, each in alone.evidence.items()]
    assert np.mean(ratios) > 0.85


def test_dishes_photographed_as_served_are_recognised_without_training(estimator, sample):
    """Each well's dish is nearest to its own prototype, by a photograph in other light."""
    served, after = sample("before"), sample("after")
    wells = list(served.frame.rim_masks)
    menu = photographed_menu(served, {name: f"dish of {name}" for name in wells})
    names, directions = menu.directions()
    right = 0
    found = estimator.embeddings(after)
    left = estimator.estimate(after, LOADED.profile, None, served=served)
    visible = [name for name in wells if left.evidence[name].amount > 0.15]
    for name in visible:
        right += names[int(np.argmax(directions @ found[name]))] == f"dish of {name}"
    assert right >= len(visible) - 1 > 0


def test_calibrate_stores_the_menu_and_the_estimator_uses_it(estimator, tmp_path, request):
    folder = request.config.rootpath / "samples" / "steel"
    target = new_target(tmp_path / "ours.yaml", LOADED)
    wanted = Request(
        empty=str(folder / "empty.jpg"),
        serving=str(folder / "before.jpg"),
        dishes={"rice": "현미밥", "side-1": "제육볶음"},
    )
    done = calibrate(wanted, target.base, name="ours", stem="ours")
    menu = done.profile.menu
    assert set(menu.dishes) >= {"현미밥", "제육볶음"}
    crops = np.full((1, 96, 96, 3), 128, np.uint8)
    outputs = estimator.session.run(crops, estimator.session.nothing_known())
    named = name_dishes(estimator.session.card, outputs, done.profile)
    assert set(named) <= {None, *menu.dishes}


@pytest.mark.parametrize(("given", "named"), [(0.6, False), (0.9, True)])
def test_a_dish_is_named_only_when_the_food_head_is_sure(estimator, given, named):
    card = estimator.session.card
    shares = np.full(len(card.head.dishes), (1 - given) / (len(card.head.dishes) - 1), np.float32)
    shares[3] = given
    outputs = {"food_logits": np.log(shares)[None]}
    expected = card.head.dishes[3] if named else None
    assert name_dishes(card, outputs, LOADED.profile) == [expected]
