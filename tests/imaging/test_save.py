"""Pictures are written whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from foodwaste.errors import ImageError
from foodwaste.imaging import encode_jpeg, encode_png, load, save_png


def test_png_comes_back_to_the_last_bit(scene, tmp_path):
    path = tmp_path / "감사 시트.png"
    save_png(path, scene)
    assert np.array_equal(load(path).rgb, scene)
    assert np.array_equal(load(encode_png(scene)).rgb, scene)
    assert list(tmp_path.iterdir()) == [path]


def test_jpeg_comes_back_within_its_loss(scene):
    assert np.abs(load(encode_jpeg(scene, quality=95)).rgb.astype(int) - scene).mean() < 2


@pytest.mark.parametrize("name", ["x" * 251 + ".png", "no extension", "photo.jpg"])
def test_any_name_is_written_as_it_is(name, scene, tmp_path):
    save_png(str(tmp_path / name), scene)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert load(tmp_path / name).format == "PNG"


def test_an_older_file_is_replaced(scene, tmp_path):
    path = tmp_path / "sheet.png"
    path.write_bytes(b"old")
    save_png(path, scene)
    assert load(path).rgb.shape == scene.shape


def test_a_link_stays_a_link(scene, tmp_path):
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    link.symlink_to(target)
    save_png(link, scene)
    assert link.is_symlink()
    assert load(target).rgb.shape == scene.shape


def test_a_failure_names_the_file_and_leaves_nothing_behind(scene, tmp_path):
    with pytest.raises(ImageError, match=r"no-such.a\.png: cannot be written \(no such file"):
        save_png(tmp_path / "no-such" / "a.png", scene)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageError, match=r"folder\.png: cannot be written \(is a directory"):
        save_png(tmp_path / "folder.png", scene)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_a_folder_without_permission_is_named(scene, tmp_path, without_rights):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with without_rights(), pytest.raises(ImageError, match=r"cannot be written \(permission"):
        save_png(locked / "a.png", scene)


def test_an_unfinished_write_keeps_the_older_file(scene, tmp_path):
    path = tmp_path / "sheet.png"
    save_png(path, scene)
    before = path.read_bytes()
    program = (
        "import resource, sys\n"
        "import numpy as np\n"
        "from foodwaste.errors import ImageError\n"
        "from foodwaste.imaging import save_png\n"
        "noise = np.random.default_rng(0).integers(0, 256, (99, 99, 3), dtype=np.uint8)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    save_png(sys.argv[1], noise)\n"
        "except ImageError as error:\n"
        "    assert 'cannot be written (file too large)' in str(error), error\n"
        "    sys.exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=60)
    assert done.returncode == 7
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_or_device_is_written_into_not_replaced(scene, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        received = reader.submit(pipe.read_bytes)
        save_png(pipe, scene)
        assert np.array_equal(load(received.result(timeout=30)).rgb, scene)
    assert pipe.is_fifo()


def test_an_array_of_another_kind_is_a_programming_error(scene):
    with pytest.raises(ValueError, match="uint8 RGB"):
        encode_png(scene.astype(np.float32))
    with pytest.raises(ValueError, match="uint8 RGB"):
        encode_png(scene[:, :, 0])
