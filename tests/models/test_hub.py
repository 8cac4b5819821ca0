import socket
import sys

import numpy as np
import pytest
import torch

from foodwaste.models import ModelDamaged, hub


def test_a_network_comes_out_of_a_local_checkout(make_tiny, midas_like):
    card = make_tiny("DPT_Large").card
    network = hub.build(card.source, midas_like)
    assert not network.training
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, 64, 96)).shape == (2, 64, 96)


def test_the_second_repository_is_led_to_its_pin_and_asked_for_no_weights(
    make_tiny, midas_like, encoder_like
):
    card = make_tiny("MiDaS_small").card
    network = hub.build(card.source, midas_like, {"tiny/encoder": encoder_like})
    assert type(network.encoder[0]).__name__ == "Conv2d"


def test_a_second_repository_without_a_pin_is_refused(make_tiny, midas_like):
    card = make_tiny("MiDaS_small").card
    with pytest.raises(ModelDamaged, match="tiny/encoder, which is not pinned"):
        hub.build(card.source, midas_like, {})


def test_what_hub_code_prints_stays_off_stdout(make_tiny, midas_like, encoder_like, capsys):
    card = make_tiny("MiDaS_small").card
    hub.build(card.source, midas_like, {"tiny/encoder": encoder_like})
    assert capsys.readouterr().out == ""


def test_a_module_of_the_same_name_elsewhere_does_not_come_first(
    make_tiny, midas_like, tmp_path, monkeypatch
):
    (tmp_path / "tinydepth.py").write_text("raise RuntimeError('the wrong one')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    hub.build(make_tiny("DPT_Large").card.source, midas_like)


def test_nothing_of_the_hub_code_stays_behind(make_tiny, midas_like):
    path, loader = list(sys.path), torch.hub.load
    hub.build(make_tiny("DPT_Large").card.source, midas_like)
    assert sys.path == path
    assert torch.hub.load is loader
    assert not [name for name in sys.modules if name.startswith("tinydepth")]
    assert not list(midas_like.rglob("__pycache__"))


def test_two_networks_do_not_share_their_activations(make_tiny, midas_like):
    source = make_tiny("DPT_Large").card.source
    first, second = hub.build(source, midas_like), hub.build(source, midas_like)
    first_globals = type(first).forward.__globals__
    assert first_globals["activations"] is not type(second).forward.__globals__["activations"]


def test_code_that_does_not_run_is_named(make_tiny, tmp_path, midas_like):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "hubconf.py").write_text("import no_such_library_at_all\n")
    with pytest.raises(ModelDamaged, match="no_such_library_at_all"):
        hub.build(make_tiny("DPT_Large").card.source, broken)


def test_torch_hub_itself_finds_the_same_folder_without_a_network(
    make_tiny, install, monkeypatch, capsys
):
    tiny = make_tiny("DPT_Large")
    install(tiny)

    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    code = tiny.card.source.code
    network = torch.hub.load(
        f"{code.repository}:{code.revision}",
        "DPT_Large",
        pretrained=False,
        skip_validation=True,
        trust_repo=True,
    )
    network.load_state_dict(torch.load(tiny.weights, weights_only=True), strict=True)
    for name in [name for name in sys.modules if name.startswith("tinydepth")]:
        del sys.modules[name]
    with torch.inference_mode():
        assert np.isfinite(network(torch.zeros(1, 3, 64, 96)).numpy()).all()
