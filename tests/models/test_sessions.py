import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from foodwaste.models.onnx_file import write_onnx
from foodwaste.models.onnx_session import OnnxSession
from foodwaste.models.registry import open_original

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 64, 96, 3), dtype=np.uint8)


@pytest.fixture
def both(make_tiny, install, tmp_path):
    tiny = make_tiny()
    install(tiny)
    session = open_original(tiny.card)
    path = tmp_path / "tiny.onnx"
    write_onnx(session.network, tiny.card, path, opset=18)
    return session, OnnxSession(tiny.card, path, threads=1, mend="")


def test_both_backends_answer_alike_through_one_run(both):
    torch_session, onnx_session = both
    for count in (1, 3):
        expected = torch_session.run(PICTURES[:count])["inverse_depth"]
        found = onnx_session.run(PICTURES[:count])["inverse_depth"]
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        assert found.dtype == expected.dtype == np.float32


def test_torch_is_held_to_its_thread_count(both):
    torch_session, _ = both
    torch.set_num_threads(2)
    torch_session.run(PICTURES[:1])
    assert torch.get_num_threads() == 1


THREADS = """
import os, sys
from pathlib import Path
import numpy as np
from foodwaste.models.card import read_card
from foodwaste.models.onnx_session import OnnxSession
import cv2
cv2.setNumThreads(1)
count = lambda: len(os.listdir("/proc/self/task"))
before = count()
session = OnnxSession(read_card(Path(sys.argv[1])), Path(sys.argv[2]), threads=1, mend="")
session.run(np.zeros((4, 64, 96, 3), np.uint8))
print(count() - before, "torch" in sys.modules)
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads by /proc")
def test_an_onnx_session_of_one_thread_starts_no_thread_and_no_torch(both, tmp_path):
    from foodwaste.models.card import write_card

    _, session = both
    write_card(session.card, tmp_path / "card.json")
    child = subprocess.run(
        [sys.executable, "-c", THREADS, str(tmp_path / "card.json"), str(tmp_path / "tiny.onnx")],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        check=True,
    )
    assert child.stdout.split() == ["0", "False"]


BLOCKED = """
import socket, sys
from pathlib import Path
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket.__init__ = refuse
socket.create_connection = refuse
import numpy as np
from foodwaste.models.card import read_card
from foodwaste.models.fetch_model import check_offline
from foodwaste.models.registry import open_original
card = read_card(Path(sys.argv[1]))
check_offline(card)
print(open_original(card).run(np.zeros((1, 64, 96, 3), np.uint8))["inverse_depth"].shape)
"""


def test_opening_a_hub_model_opens_no_socket(make_tiny, install, homes, child_environment):
    from foodwaste.models.card import write_card

    tiny = make_tiny("MiDaS_small")
    install(tiny)
    write_card(tiny.card, homes / "card.json")
    child = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(homes / "card.json")],
        capture_output=True,
        text=True,
        timeout=60,
        env=child_environment,
    )
    assert child.stdout.strip() == "(1, 64, 96)", child.stderr
