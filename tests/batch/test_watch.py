from __future__ import annotations

import os

from foodwaste.batch import BatchOptions
from foodwaste.batch.watch import Watch


def keys(pairing):
    return [tray.key for tray in pairing.trays]


def test_picture_comes_up_once_it_has_settled_and_again_when_it_changes(tmp_path):
    day = tmp_path / "day"
    day.mkdir()
    now = [1000.0]
    watch = Watch(BatchOptions(folder=day, out=tmp_path / "out"), now_s=lambda: now[0])
    picture = day / "a.jpg"
    picture.write_bytes(b"half")
    os.utime(picture, (999.5, 999.5))
    assert keys(watch.look()) == [], "still being written"
    now[0] = 1002.0
    assert keys(watch.look()) == ["a.jpg"]
    assert keys(watch.look()) == []
    picture.write_bytes(b"another")
    os.utime(picture, (1002.0, 1002.0))
    assert keys(watch.look()) == []
    now[0] = 1010.0
    assert keys(watch.look()) == ["a.jpg"]


def test_tray_comes_up_again_when_its_before_picture_arrives(tmp_path):
    day = tmp_path / "day"
    day.mkdir()
    watch = Watch(BatchOptions(folder=day, out=tmp_path / "out"), now_s=lambda: 1000.0)
    for name in ("a_after.jpg", "a_before.jpg"):
        (day / name).write_bytes(b"x")
        os.utime(day / name, (1.0, 1.0))
        assert keys(watch.look()) == ["a_after.jpg"]
