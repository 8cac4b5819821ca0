"""Tiny models as files: hub repositories of our own, random weights saved and hashed."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import socketserver
import threading
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from foodwaste.models import hub
from foodwaste.models.card import HubRepository, HubSource, ModelCard, Preprocessing
from foodwaste.models.hashing import sha256_file
from foodwaste.models.hub_code import code_digest

TINY_HUB = Path(__file__).parent / "tiny_hub"
MIDAS_LIKE = TINY_HUB / "midas_like"
ENCODER_LIKE = TINY_HUB / "encoder_like"


@dataclass
class Tiny:
    """A tiny hub model: its card, and its weights as a file."""

    card: ModelCard
    weights: Path


def repository(name, folder, package, url=None):
    return HubRepository(
        repository=name,
        revision="0123456789" * 4,
        code_sha256=code_digest(folder),
        package=package,
        archive_url=url,
    )


def tiny_card(entry, weights, *, base_url="http://127.0.0.1:9"):
    small = entry == "MiDaS_small"
    nested = ()
    if small:
        url = f"{base_url}/encoder.zip"
        nested = (repository("tiny/encoder", ENCODER_LIKE, "tinyencoder", url),)
    return ModelCard(
        name=entry,
        task="depth",
        title=entry,
        version="1",
        licence="Apache-2.0",
        source=HubSource(
            code=repository("tiny/midas", MIDAS_LIKE, "tinydepth", f"{base_url}/midas.zip"),
            entry=entry,
            weights_url=f"{base_url}/{weights.name}",
            weights_file=weights.name,
            nested=nested,
        ),
        preprocessing=Preprocessing(
            height_px=64, width_px=96, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
        ),
        outputs=("inverse_depth",),
        sha256=sha256_file(weights),
        size_mb=weights.stat().st_size / 1e6,
    )


@functools.cache
def tiny_network(entry):
    torch.manual_seed(7)
    source = HubSource(
        code=repository("tiny/midas", MIDAS_LIKE, "tinydepth"),
        entry=entry,
        weights_url="",
        weights_file="",
        nested=(repository("tiny/encoder", ENCODER_LIKE, "tinyencoder"),),
    )
    return hub.build(source, MIDAS_LIKE, {"tiny/encoder": ENCODER_LIKE})


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Empty caches: torch.hub's and ours."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("FOODWASTE_MODELS", str(tmp_path / "models"))
    return tmp_path


@pytest.fixture
def make_tiny(tmp_path):
    def make(entry="DPT_Large", *, base_url="http://127.0.0.1:9"):
        folder = tmp_path / "published"
        folder.mkdir(exist_ok=True)
        weights = folder / f"{entry}.pt"
        torch.save(tiny_network(entry).state_dict(), weights)
        return Tiny(tiny_card(entry, weights, base_url=base_url), weights)

    return make


@pytest.fixture
def install(homes):
    """Puts a tiny model where torch.hub and its weights would be."""

    def put(tiny):
        cache = homes / "torch" / "hub"
        folders = [(tiny.card.source.code, MIDAS_LIKE)]
        folders += [(each, ENCODER_LIKE) for each in tiny.card.source.nested]
        for repo, folder in folders:
            target = cache / repo.folder_name
            if not target.exists():
                shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))
        (cache / "checkpoints").mkdir(exist_ok=True)
        shutil.copy(tiny.weights, cache / "checkpoints" / tiny.card.source.weights_file)
        return cache

    return put


@dataclass
class Publisher:
    """A web server on this machine; ``asked`` counts the downloads of each file."""

    folder: Path
    url: str
    asked: Counter = field(default_factory=Counter)


@pytest.fixture
def publisher(tmp_path):
    folder = tmp_path / "published"
    folder.mkdir(exist_ok=True)
    for name, source in (("midas", MIDAS_LIKE), ("encoder", ENCODER_LIKE)):
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as bundle:
            for path in sorted(source.rglob("*.py")):
                bundle.write(path, f"{name}-0123456/{path.relative_to(source)}")
    served = Publisher(folder, "")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            served.asked[self.path.lstrip("/")] += 1
            if self.path.endswith("?short"):
                content = (folder / self.path.lstrip("/").removesuffix("?short")).read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
                return
            super().do_GET()

        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=str(folder))
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def child_environment(homes):
    """Environment for a child process that sees the same caches."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def midas_like():
    return MIDAS_LIKE


@pytest.fixture
def encoder_like():
    return ENCODER_LIKE
