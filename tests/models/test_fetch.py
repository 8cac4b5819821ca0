import os
import shutil
import subprocess
import sys
import threading

import pytest

from foodwaste.errors import ModelMissing
from foodwaste.models import ModelDamaged
from foodwaste.models.card import write_card
from foodwaste.models.fetch import fetch_file
from foodwaste.models.fetch_model import check_offline, fetch_model
from foodwaste.models.hashing import sha256_file
from foodwaste.models.registry import open_original


@pytest.fixture
def published(make_tiny, publisher, homes):
    """A tiny model on a web server, and the hub cache it belongs into."""
    tiny = make_tiny("MiDaS_small", base_url=publisher.url)
    return tiny, publisher, homes / "torch" / "hub"


def test_code_and_weights_are_fetched_once_and_then_found(published):
    tiny, publisher, cache = published
    assert fetch_model(tiny.card) is True
    assert fetch_model(tiny.card) is False
    assert set(publisher.asked.values()) == {1}
    assert set(publisher.asked) == {"midas.zip", "encoder.zip", tiny.weights.name}
    open_original(tiny.card)
    left = [path.name for path in cache.rglob("*") if "partial" in path.name]
    assert not left


def test_progress_counts_the_bytes(published):
    tiny, _, cache = published
    pieces = []
    fetch_file(
        tiny.card.source.weights_url,
        cache / "w.pt",
        sha256=tiny.card.sha256,
        progress=lambda done, total: pieces.append((done, total)),
    )
    size = tiny.weights.stat().st_size
    assert pieces[-1] == (size, size)


def test_a_wrong_hash_keeps_nothing(published):
    tiny, _, cache = published
    with pytest.raises(ModelDamaged, match="nothing was kept"):
        fetch_file(tiny.card.source.weights_url, cache / "w.pt", sha256="0" * 64)
    assert not [path for path in cache.iterdir() if path.suffix != ".lock"]


def test_a_broken_connection_keeps_nothing(published):
    tiny, _, cache = published
    with pytest.raises((ModelDamaged, ModelMissing), match="connection"):
        fetch_file(tiny.card.source.weights_url + "?short", cache / "w.pt", sha256=tiny.card.sha256)
    assert not (cache / "w.pt").exists()
    assert not (cache / "w.pt.partial").exists()


def test_a_fetch_replaces_what_a_crash_left_behind(published):
    tiny, _, cache = published
    target = cache / "checkpoints" / tiny.weights.name
    target.parent.mkdir(parents=True)
    target.with_name(target.name + ".partial").write_bytes(b"half")
    target.write_bytes(tiny.weights.read_bytes()[:100])
    fetch_model(tiny.card)
    assert sha256_file(target) == tiny.card.sha256


def test_a_half_written_repository_is_mended(published):
    tiny, publisher, cache = published
    fetch_model(tiny.card)
    (cache / tiny.card.source.code.folder_name / "tinydepth" / "nets.py").unlink()
    with pytest.raises(ModelDamaged):
        open_original(tiny.card)
    assert fetch_model(tiny.card) is True
    assert publisher.asked["midas.zip"] == 2
    assert publisher.asked["encoder.zip"] == 1
    open_original(tiny.card)


def test_other_code_than_the_pinned_is_not_kept(published):
    tiny, publisher, cache = published
    shutil.copy(publisher.folder / "encoder.zip", publisher.folder / "midas.zip")
    with pytest.raises(ModelDamaged, match="not the pinned code"):
        fetch_model(tiny.card)
    assert not (cache / tiny.card.source.code.folder_name).exists()


def test_an_archive_that_is_none_is_named(published):
    tiny, publisher, _ = published
    (publisher.folder / "midas.zip").write_bytes(b"<html>not found</html>")
    with pytest.raises(ModelDamaged, match="not a zip archive"):
        fetch_model(tiny.card)


def test_no_connection_is_one_clear_line(make_tiny, homes):
    with pytest.raises(ModelMissing, match=r"no connection .*run the command again"):
        fetch_model(make_tiny(base_url="http://127.0.0.1:9").card)


def test_a_missing_file_on_the_server_is_one_clear_line(published, homes):
    _, publisher, _ = published
    with pytest.raises(ModelMissing, match="the server answers 404"):
        fetch_file(f"{publisher.url}/nothing.pt", homes / "w.pt", sha256="0" * 64)


def test_a_disk_without_room_is_named_before_the_download(published, homes):
    tiny, publisher, _ = published
    with pytest.raises(ModelMissing, match=r"MB free, .* MB needed"):
        fetch_file(
            tiny.card.source.weights_url, homes / "w.pt", sha256=tiny.card.sha256, size_mb=1e12
        )
    assert not publisher.asked


FETCH = """
import sys
from pathlib import Path
from foodwaste.models.card import read_card
from foodwaste.models.fetch_model import fetch_model
print(fetch_model(read_card(Path(sys.argv[1]))))
"""


def test_two_processes_fetching_at_once_download_once(published, child_environment, homes):
    tiny, publisher, _ = published
    write_card(tiny.card, homes / "card.json")
    command = [sys.executable, "-c", FETCH, str(homes / "card.json")]
    children = [
        subprocess.Popen(command, env=child_environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [child.communicate(timeout=60)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert set(publisher.asked.values()) == {1}
    assert "True" in answers
    open_original(tiny.card)


def test_two_threads_fetching_at_once_download_once(published):
    tiny, publisher, _ = published
    failures = []

    def fetch():
        try:
            fetch_model(tiny.card)
        except ModelMissing as error:
            failures.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert set(publisher.asked.values()) == {1}


def test_a_cache_that_is_no_folder_is_one_clear_line(published, monkeypatch, homes):
    tiny, _, _ = published
    (homes / "file").write_bytes(b"")
    monkeypatch.setenv("TORCH_HOME", str(homes / "file"))
    with pytest.raises(ModelMissing, match="cannot be written"):
        fetch_model(tiny.card)


OPEN_AND_FETCH = """
import os, sys
from pathlib import Path
import numpy as np
from foodwaste.errors import ModelMissing
from foodwaste.models.card import read_card
from foodwaste.models.fetch_model import check_offline, fetch_model
from foodwaste.models.registry import open_original
card = read_card(Path(sys.argv[1]))
black = np.zeros((1, 64, 96, 3), np.uint8)
open_original(card).run(black)  # everything is imported while it still can be
cache = Path(os.environ["TORCH_HOME"]) / "hub"
for stamp in cache.rglob("*.verified"):
    stamp.unlink()
for folder in [cache, *(path for path in cache.rglob("*") if path.is_dir())]:
    folder.chmod(0o555)
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere: go on as nobody
check_offline(card)
print(fetch_model(card))
print(open_original(card).run(black)["inverse_depth"].shape)
try:
    fetch_model(card, force=True)
except ModelMissing as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="folder permissions are a Unix matter")
def test_a_read_only_cache_is_used_and_refuses_a_fetch_in_one_line(
    published, child_environment, homes
):
    tiny, _, cache = published
    fetch_model(tiny.card)
    write_card(tiny.card, homes / "card.json")
    if os.geteuid() == 0:
        for folder in [homes, *homes.parents][:4]:
            folder.chmod(folder.stat().st_mode | 0o055)
    child = subprocess.run(
        [sys.executable, "-B", "-c", OPEN_AND_FETCH, str(homes / "card.json")],
        env=child_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    for folder in [cache, *(path for path in cache.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)
    assert child.stdout.splitlines()[:2] == ["False", "(1, 64, 96)"], child.stderr
    assert "cannot be written" in child.stdout.splitlines()[2]
    assert not list(cache.rglob("*.verified"))


def test_offline_checks_without_fetching(published):
    tiny, publisher, _ = published
    with pytest.raises(ModelMissing, match="foodwaste models fetch"):
        check_offline(tiny.card)
    fetch_model(tiny.card)
    publisher.asked.clear()
    check_offline(tiny.card)
    assert not publisher.asked
