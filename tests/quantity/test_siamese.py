"""The Siamese network as the product uses it: ratios, prototypes, and what black means."""

import numpy as np
import pytest
import torch

from foodwaste.models import ModelCard, Preprocessing, QuantityHead
from foodwaste.models.card import CheckpointSource
from foodwaste.models.checkpoint import load_checkpoint, save_checkpoint
from foodwaste.models.export import export_onnx
from foodwaste.models.onnx_session import OnnxSession
from foodwaste.models.siamese import ShippedQuantity, SiameseQuantity
from foodwaste.models.siamese_inputs import seen_before
from foodwaste.models.torch_session import TorchSession
from foodwaste.profile import load_profile
from foodwaste.profile.menu import menu_prototypes
from foodwaste.quantity.crops import compartment_crops
from foodwaste.quantity.dishes import embedding_id
from foodwaste.quantity.estimator import QuantityEstimator
from foodwaste.tray.frame import frame_of
from foodwaste.tray.types import RectifiedTray, TrayLocation

PROFILE = load_profile("steel-5").profile
FRAME = frame_of(PROFILE.layout)
OUTPUTS = ("quantity_logits", "food_logits", "ratio_logits", "embedding", "features")
SIDE = 32


#: Channels of the stages that compare maps.
COMPARING = (6, 8)
both_kinds = pytest.mark.parametrize("comparing", [None, COMPARING], ids=["vectors", "maps"])


def a_card(comparing=None):
    network = {"kind": "quantity-siamese", "channels": "8,8,16,16"}
    if comparing:
        network["comparing"] = ",".join(map(str, comparing))
    return ModelCard(
        name="siamese-test",
        task="quantity",
        title="test",
        version="1",
        licence="Apache-2.0",
        source=CheckpointSource(architecture=network),
        preprocessing=Preprocessing(height_px=SIDE, width_px=SIDE),
        outputs=OUTPUTS,
        sha256="0" * 64,
        size_mb=0,
        head=QuantityHead(
            bins=(0.0, 0.5, 1.0),
            dishes=("rice", "soup"),
            features=a_network(comparing).network.feature_count,
            ratio_bins=(0.0, 0.5, 1.0),
        ),
    )


def a_network(comparing=None, *, trained=True):
    """One whose comparison has learned to say something, when ``trained``."""
    torch.manual_seed(0)
    network = SiameseQuantity(
        (8, 8, 16, 16), bins=3, dishes=2, ratio_bins=3, comparing=comparing, side_px=SIDE
    )
    if comparing and trained:
        torch.nn.init.normal_(network.compare.tell.weight, std=0.3)
    return ShippedQuantity(network).eval()


def a_tray(seed=0, rgb=None):
    if rgb is None:
        rgb = np.random.default_rng(seed).integers(1, 256, (*FRAME.shape, 3), dtype=np.uint8)
    location = TrayLocation(np.zeros((4, 2)), 0, 1.0, (384, 288))
    return RectifiedTray(rgb, np.ones(FRAME.shape, bool), FRAME, FRAME.mm_to_px, location)


def an_estimator(comparing=None):
    return QuantityEstimator(TorchSession(a_card(comparing), a_network(comparing), threads=1))


@both_kinds
def test_the_leftover_ratio_of_the_pipeline_is_the_networks_own(comparing):
    estimator, after, served = an_estimator(comparing), a_tray(1), a_tray(2)
    alone = estimator.estimate(served, PROFILE, None)
    found = estimator.estimate(after, PROFILE, None, served=served)
    crops = [np.stack(list(compartment_crops(tray, SIDE).values())) for tray in (after, served)]
    nothing = estimator.session.nothing_known(len(crops[1]))
    before = np.ones((len(crops[1]), estimator.session.card.head.features + 1), np.float32)
    before[:, :-1] = estimator.session.run(crops[1], nothing)["features"]
    answers = estimator.session.run(crops[0], {"before": before})
    logits = torch.from_numpy(answers["ratio_logits"])
    expected = (logits.softmax(1) @ torch.tensor([0.0, 0.5, 1.0])).tolist()
    for index, name in enumerate(found.evidence):
        ratio = found.evidence[name].amount / alone.evidence[name].amount
        assert ratio == pytest.approx(expected[index], rel=1e-4)


@both_kinds
def test_a_served_tray_seen_for_the_first_time_gives_the_same_answer(comparing):
    after, served = a_tray(1), a_tray(2)
    first = an_estimator(comparing).estimate(after, PROFILE, None, served=served)
    estimator = an_estimator(comparing)
    estimator.estimate(served, PROFILE, None)
    second = estimator.estimate(after, PROFILE, None, served=served)
    for name, each in first.evidence.items():
        assert each.amount == pytest.approx(second.evidence[name].amount, rel=1e-5)


def test_dishes_of_a_photographed_menu_are_named_in_any_compartment():
    estimator = an_estimator()
    rng = np.random.default_rng(5)
    rgb = np.full((*FRAME.shape, 3), 128, np.uint8)
    names = list(FRAME.rim_masks)
    for name, mask in FRAME.rim_masks.items():
        rgb[mask] = rng.integers(1, 256, (mask.sum(), 3)) if name == names[0] else (250, 90, 10)
    tray = a_tray(rgb=rgb)
    seen = estimator.embeddings(tray)
    # Random weights put all pictures near each other; opposite directions keep the two apart.
    directions = {"noise": seen[names[0]], "paint": -seen[names[0]]}
    menu = menu_prototypes(embedding_id(estimator.session.card), directions)
    profile = PROFILE.model_copy(update={"menu": menu})
    found = estimator.estimate(tray, profile, None)
    assert found.evidence[names[0]].dish == "noise"


def test_a_menu_seen_with_other_weights_is_left_aside():
    estimator = an_estimator()
    tray = a_tray()
    seen = estimator.embeddings(tray)
    menu = menu_prototypes("f" * 64, {"other": next(iter(seen.values()))})
    profile = PROFILE.model_copy(update={"menu": menu})
    named = {each.dish for each in estimator.estimate(tray, profile, None).evidence.values()}
    assert "other" not in named


def test_a_menu_survives_the_profile_file_and_points_where_it_did():
    direction = np.random.default_rng(3).normal(size=64)
    menu = menu_prototypes("a" * 64, {"현미밥": direction})
    again = type(menu).model_validate_json(menu.model_dump_json())
    names, directions = again.directions()
    assert names == ("현미밥",)
    cosine = directions[0] @ direction / np.linalg.norm(direction)
    assert cosine > np.cos(np.radians(1.0))


@pytest.mark.parametrize("text", ["not base64!", ""])
def test_a_damaged_prototype_is_refused(text):
    with pytest.raises(ValueError, match=r"base64|not empty"):
        menu_prototypes("a" * 64, {"x": np.ones(4)}).model_validate(
            {"model": "a" * 64, "dishes": {"x": text}}
        )


def looks(network):
    """Answers for two crops, the second with one before; which network it is does not matter."""
    torch.manual_seed(1)
    crops = torch.randn(2, 3, SIDE, SIDE)
    nothing = torch.zeros(2, network.network.feature_count + 1)
    with torch.no_grad():
        known = network.network.known(network(crops, nothing)[-1], torch.tensor([0.0, 1.0]))
        return network(crops, known.flip(0))[:4]


def test_a_comparison_that_has_not_learned_changes_no_answer():
    plain, larger = a_network(), a_network(COMPARING, trained=False)
    lacking, left_over = larger.load_state_dict(plain.state_dict(), strict=False)
    assert not left_over
    assert {name.split(".")[1] for name in lacking} == set(SiameseQuantity.may_be_new)
    for one, other in zip(looks(plain), looks(larger), strict=True):
        torch.testing.assert_close(one, other)


def test_a_comparison_says_where_the_dish_has_changed():
    """Vectors cannot: both crops hold the same pixels, the second in other places."""
    network = a_network(COMPARING).network
    now = torch.randn(1, *network.map_shape)
    told = [network.compare(now, then) for then in (now, now.flip(3))]
    assert not torch.allclose(*told, atol=1e-3)


@both_kinds
def test_checkpoint_and_export_answer_as_the_network_does(tmp_path, comparing):
    network = a_network(comparing)
    card = save_checkpoint(tmp_path / "q.pt", a_card(comparing), network)
    inside, loaded = load_checkpoint(tmp_path / "q.pt")
    assert inside.head == card.head
    rng = np.random.default_rng(0)
    crops = rng.integers(1, 256, (4, SIDE, SIDE, 3), dtype=np.uint8)
    session = TorchSession(card, loaded, threads=1)
    done = export_onnx(session, tmp_path, crops, name="quantity-test")
    assert done.parity.effect < 1e-4
    exported = OnnxSession(done.card, done.path, threads=1, mend="")
    told = seen_before(session, crops)
    assert told["before"][:, -1].tolist() == [0.0, 1.0, 0.0, 1.0]
    found, expected = exported.run(crops, told), session.run(crops, told)
    for name in OUTPUTS:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-4, rtol=1e-3)
    assert embedding_id(done.card) == embedding_id(card)
