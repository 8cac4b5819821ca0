"""``foodwaste models``: what goes to stdout, what to stderr, and the exit codes."""

import json
import subprocess
import sys

import pytest

from foodwaste.models.card import write_card
from foodwaste.models.drawn_trays import drawn_trays

PROGRAM = """
import os, socket, sys
if os.environ.get("BLOCK_SOCKETS"):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")
    socket.socket.__init__ = refuse
from foodwaste.cli.main import main
main()
"""


@pytest.fixture
def command(child_environment):
    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, "models", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            env={**child_environment, **environment},
        )

    return run


@pytest.fixture
def mine(make_tiny, homes):
    """A tiny hub model made known on this machine under the name DPT_Large."""

    def make(base_url="http://127.0.0.1:9", entry="DPT_Large"):
        tiny = make_tiny(entry, base_url=base_url)
        (homes / "models").mkdir(exist_ok=True)
        write_card(tiny.card, homes / "models" / f"{entry}.json")
        return tiny

    return make


def test_list_names_every_model_with_licence_and_source(command, homes):
    done = command("list")
    assert done.returncode == 0
    for text in ("DPT_Large", "not fetched", "MIT", "torch.hub", "resnet50.timm"):
        assert text in done.stdout


def test_list_as_json_is_one_object(command, homes):
    rows = json.loads(command("list", "--json").stdout)
    by_name = {row["name"]: row for row in rows}
    assert by_name["DPT_Hybrid"]["installed"] is False
    assert by_name["DPT_Hybrid"]["size_mb"] == 493
    for name in ("tray-embedded.int8", "quantity-embedded.int8"):
        assert by_name[name]["installed"] is True


def test_fetch_then_verify_then_export_then_bench(command, mine, publisher, homes):
    tiny = mine(publisher.url)
    fetched = command("fetch", "DPT_Large")
    assert fetched.returncode == 0, fetched.stderr
    assert fetched.stdout == ""
    assert "DPT_Large: fetched" in fetched.stderr
    assert "export DPT_Large --quantize dynamic" in fetched.stderr

    verified = command("verify")
    assert (verified.returncode, verified.stdout.count("\n")) == (0, 3)
    assert "DPT_Large: ok" in verified.stdout

    exported = command("export", "DPT_Large")
    assert exported.returncode == 0, exported.stderr
    assert exported.stdout.strip() == str(homes / "models" / "DPT_Large.fp32.onnx")
    assert "relative error" in exported.stderr

    timed = command("bench", "DPT_Large", "--rounds", "1")
    assert timed.returncode == 0, timed.stderr
    lines = timed.stdout.splitlines()
    assert "GFLOP/s in float" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["DPT_Large", "DPT_Large.fp32"]
    assert "of peak" in lines[2]
    assert publisher.asked[tiny.weights.name] == 1


def test_bench_runs_the_shipped_networks_by_their_plain_names(command):
    timed = command("bench", "tray-embedded", "quantity-embedded", "--rounds", "1")
    assert timed.returncode == 0, timed.stderr
    names = [line.split()[0] for line in timed.stdout.splitlines()[1:]]
    assert names == ["tray-embedded.int8", "quantity-embedded.int8"]


def test_offline_opens_no_socket(command, mine, install):
    tiny = mine()
    install(tiny)
    done = command("fetch", "--offline", "DPT_Large", BLOCK_SOCKETS="1")
    assert done.returncode == 0, done.stderr
    assert "all there" in done.stderr


def test_offline_without_the_model_is_one_line_and_exit_3(command, homes):
    done = command("fetch", "--offline", "DPT_Large", BLOCK_SOCKETS="1")
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "'foodwaste models fetch DPT_Large'" in done.stderr


def test_verify_names_a_damaged_model_and_exits_with_3(command, mine, install):
    tiny = mine()
    cache = install(tiny)
    with (cache / "checkpoints" / tiny.weights.name).open("ab") as stream:
        stream.write(b"x")
    done = command("verify")
    assert done.returncode == 3
    assert "DPT_Large: BAD" in done.stdout
    assert "Traceback" not in done.stderr


def test_verify_of_a_model_that_is_not_there_exits_with_3(command, homes):
    assert command("verify", "DPT_Hybrid").returncode == 3


def test_on_a_fresh_machine_the_shipped_networks_verify(command, homes):
    done = command("verify")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert [line.split(":")[0] for line in lines] == [
        "quantity-embedded.int8",
        "tray-embedded.int8",
    ]
    assert all(": ok" in line for line in lines)


def test_pictures_of_the_users_own_serve_for_parity(command, mine, install, tmp_path):
    import cv2

    install(mine())
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index, picture in enumerate(drawn_trays(5, seed=3)):
        encoded = cv2.imencode(".png", picture[..., ::-1])[1]
        (folder / f"{index}.png").write_bytes(encoded.tobytes())
    (folder / "manifest.csv").write_text("no picture\n")
    done = command("export", "DPT_Large", "--pictures", str(folder), "--format", "torchscript")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("DPT_Large.torchscript.pt")


@pytest.mark.parametrize(
    "arguments",
    [
        ("fetch", "NoSuchModel"),
        ("fetch", "DPT_Large", "--offline", "--force"),
        ("export", "DPT_Large", "--format", "torchscript", "--quantize", "static"),
        ("export", "DPT_Large", "--opset", "9"),
    ],
)
def test_usage_errors_exit_with_2(command, homes, arguments):
    done = command(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_bench_with_nothing_installed_exits_with_3(command, homes):
    done = command("bench", "DPT_Large")
    assert done.returncode == 3
