import numpy as np
import pytest
import torch

from foodwaste import models
from foodwaste.errors import ExitCode, ModelMissing, UsageError
from foodwaste.models import ModelDamaged
from foodwaste.models.card import OnnxSource, write_card
from foodwaste.models.hashing import check_file, sha256_file
from foodwaste.models.hub_code import find_code
from foodwaste.models.registry import (
    find_model,
    find_weights,
    installation,
    known_models,
    open_original,
)

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 64, 96, 3), dtype=np.uint8)


@pytest.mark.parametrize("entry", ["DPT_Large", "DPT_Hybrid", "MiDaS_small"])
def test_hub_models_open_from_the_cache_and_run(make_tiny, install, entry):
    tiny = make_tiny(entry)
    install(tiny)
    session = open_original(tiny.card)
    answer = session.run(PICTURES)["inverse_depth"]
    assert (session.backend, session.threads) == ("torch", 1)
    assert answer.shape == (3, 64, 96)
    assert answer.dtype == np.float32


def test_hub_models_open_from_a_local_checkout(make_tiny, homes, midas_like, encoder_like):
    tiny = make_tiny("MiDaS_small")
    checkouts = homes / "checkouts"
    checkouts.mkdir()
    (checkouts / "midas").symlink_to(midas_like)
    (checkouts / "encoder").symlink_to(encoder_like)
    (checkouts / "weights").mkdir()
    (checkouts / "weights" / tiny.weights.name).write_bytes(tiny.weights.read_bytes())
    session = open_original(tiny.card, hub_dir=checkouts)
    assert np.isfinite(session.run(PICTURES)["inverse_depth"]).all()


def test_the_checkout_itself_can_be_named(make_tiny, homes, midas_like):
    folder, pinned = find_code(make_tiny().card.source.code, hub_dir=midas_like, mend="")
    assert (folder, pinned) == (midas_like, True)


def test_missing_weights_name_the_command_and_exit_with_3(homes):
    with pytest.raises(ModelMissing, match="'foodwaste models fetch DPT_Large'") as caught:
        models.open("DPT_Large")
    assert caught.value.exit_code == ExitCode.MISSING


def test_a_model_may_be_named_as_the_depth_option_names_it(homes):
    assert find_model("midas:DPT_Hybrid").card.name == "DPT_Hybrid"


def test_embedded_networks_are_missing_not_random(homes):
    embedded = ("tray-embedded", "quantity-embedded")
    absent = [
        each for each in embedded if not any(known.startswith(each) for known in known_models())
    ]
    for name in absent:
        with pytest.raises(ModelMissing, match="foodwaste train"):
            models.open(name)


def test_unknown_names_are_a_usage_error(homes):
    with pytest.raises(UsageError, match=r"no model called 'DPT_Larg' .known: .*DPT_Large"):
        models.open("DPT_Larg")


def test_weights_under_their_older_name_are_found(homes):
    card = find_model("DPT_Large").card
    folder = homes / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "dpt_large-midas-2f21e586.pt").write_bytes(b"x")
    assert find_weights(card).name == "dpt_large-midas-2f21e586.pt"


def test_a_wrong_hash_is_refused_before_anything_is_loaded(make_tiny, install):
    tiny = make_tiny()
    cache = install(tiny)
    target = cache / "checkpoints" / tiny.weights.name
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    with pytest.raises(ModelDamaged, match=r"SHA-256 .* expected .*models fetch DPT_Large"):
        open_original(tiny.card)


def test_a_truncated_file_is_refused(make_tiny, install):
    tiny = make_tiny()
    cache = install(tiny)
    target = cache / "checkpoints" / tiny.weights.name
    target.write_bytes(target.read_bytes()[: target.stat().st_size // 2])
    with pytest.raises(ModelDamaged, match="is damaged or another file"):
        open_original(tiny.card)
    # The same again where the hash itself was taken from a truncated file.
    card = tiny.card.model_copy(update={"sha256": sha256_file(target)})
    with pytest.raises(ModelDamaged, match="not readable as weights"):
        open_original(card)


def test_weights_of_another_architecture_are_refused(make_tiny, install):
    tiny, other = make_tiny("DPT_Large"), make_tiny("MiDaS_small")
    cache = install(tiny)
    target = cache / "checkpoints" / tiny.weights.name
    target.write_bytes(other.weights.read_bytes())
    card = tiny.card.model_copy(update={"sha256": other.card.sha256})
    with pytest.raises(ModelDamaged, match="weights of another architecture"):
        open_original(card)


def test_weights_of_another_width_are_refused(make_tiny, install):
    tiny, other = make_tiny("DPT_Large"), make_tiny("DPT_Hybrid")
    cache = install(tiny)
    target = cache / "checkpoints" / tiny.weights.name
    target.write_bytes(other.weights.read_bytes())
    card = tiny.card.model_copy(update={"sha256": other.card.sha256})
    with pytest.raises(ModelDamaged, match=r"has shape .16, .* expected .24,"):
        open_original(card)


def test_a_half_written_hub_cache_is_refused(make_tiny, install):
    tiny = make_tiny()
    cache = install(tiny)
    (cache / tiny.card.source.code.folder_name / "tinydepth" / "nets.py").unlink()
    with pytest.raises(ModelDamaged, match=r"is incomplete or not revision .*models fetch"):
        open_original(tiny.card)


def test_other_code_in_the_hub_cache_is_not_run(make_tiny, install):
    tiny = make_tiny()
    cache = install(tiny)
    hubconf = cache / tiny.card.source.code.folder_name / "hubconf.py"
    hubconf.write_text(hubconf.read_text() + "\nraise SystemExit('this ran')\n")
    with pytest.raises(ModelDamaged, match="is incomplete or not revision"):
        open_original(tiny.card)


def test_a_good_hash_is_remembered_until_the_file_changes(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"good")
    good = sha256_file(path)
    check_file(path, good, mend="")
    assert (tmp_path / "weights.pt.verified").is_file()
    path.write_bytes(b"bad!!")
    with pytest.raises(ModelDamaged, match="is damaged"):
        check_file(path, good, mend="")


def test_a_forged_stamp_does_not_pass_a_full_check(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"bad")
    state = path.stat()
    stamp = tmp_path / "weights.pt.verified"
    stamp.write_text(f"{'0' * 64} {state.st_size} {state.st_mtime_ns}\n")
    check_file(path, "0" * 64, mend="")
    with pytest.raises(ModelDamaged):
        check_file(path, "0" * 64, mend="", trust_stamp=False)


def test_cards_of_this_machine_come_before_the_catalogue(homes, make_tiny):
    card = make_tiny().card
    folder = homes / "models"
    folder.mkdir()
    (folder / "DPT_Large.int8.onnx").write_bytes(b"not onnx")
    onnx = card.model_copy(
        update={
            "name": "DPT_Large.int8",
            "source": OnnxSource(file="DPT_Large.int8.onnx", quantised="dynamic"),
            "sha256": sha256_file(folder / "DPT_Large.int8.onnx"),
        }
    )
    write_card(onnx, folder / "DPT_Large.int8.json")
    assert find_model("DPT_Large").card.name == "DPT_Large.int8"
    assert find_model("DPT_Large", variants=False).card.name == "DPT_Large"
    assert installation(known_models()["DPT_Large.int8"]).path is not None
    with pytest.raises(ModelDamaged, match=r"ONNX Runtime cannot load it.*export DPT_Large --quan"):
        models.open("DPT_Large")


def test_a_damaged_card_is_named(homes):
    folder = homes / "models"
    folder.mkdir()
    (folder / "mine.json").write_text("{")
    with pytest.raises(ModelDamaged, match=r"mine.json: not readable"):
        known_models()


def test_resnet_weights_load_into_both_libraries_alike(homes):
    import torchvision

    folder = homes / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.manual_seed(3)
    state = torchvision.models.resnet18(weights=None).state_dict()
    torch.save(state, folder / "resnet18-f37072fd.pth")
    sha = sha256_file(folder / "resnet18-f37072fd.pth")
    answers = []
    for name in ("resnet18", "resnet18.timm"):
        card = find_model(name).card.model_copy(update={"sha256": sha})
        answers.append(open_original(card).run(PICTURES)["logits"])
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-4, atol=1e-4)


def test_a_resnet_with_another_number_of_classes_is_refused(homes):
    import torchvision

    folder = homes / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    path = folder / "resnet18-f37072fd.pth"
    torch.save(torchvision.models.resnet18(weights=None, num_classes=7).state_dict(), path)
    card = find_model("resnet18").card.model_copy(update={"sha256": sha256_file(path)})
    with pytest.raises(ModelDamaged, match=r"fc.weight has shape \(7, 512\).*number of classes"):
        open_original(card)
