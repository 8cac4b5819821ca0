from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from foodwaste.errors import UsageError
from foodwaste.imaging import load
from foodwaste.profile import load_profile
from foodwaste.render.camera import CameraSpec, frame_view, photograph_view
from foodwaste.render.contact import write_contact_sheet
from foodwaste.render.job import RenderJob, bind_folder, render_meal, run_job
from foodwaste.render.manifest import write_manifest
from foodwaste.render.photograph import tray_pictures
from foodwaste.render.spec import draw_scene
from foodwaste.render.stage import _sensor
from foodwaste.render.validate import validate
from foodwaste.tray.frame import frame_of

pytestmark = pytest.mark.filterwarnings("default")


@pytest.mark.parametrize("pose", [(20.0, 40.0, 0.0), (20.0, 250.0, 30.0), (3.0, 0.0, 90.0)])
@pytest.mark.parametrize("kind", ["photo", "frame"])
def test_the_renderers_camera_is_ours(variant, pose, kind):
    import mitsuba as mi

    layout = load_profile("steel-5").profile.layout
    camera = CameraSpec(480.0, *pose, (10.0, 5.0), 0.88, 320, 240)
    view = (
        photograph_view(camera, layout) if kind == "photo" else frame_view(camera, frame_of(layout))
    )
    ball = (-70.0, 60.0, 0.0)
    scene = mi.load_dict(
        {
            "type": "scene",
            "integrator": {"type": "path"},
            "ball": {
                "type": "sphere",
                "center": list(ball),
                "radius": 4.0,
                "light": {"type": "area", "radiance": {"type": "rgb", "value": 1.0}},
            },
            "sensor": _sensor(view),
        }
    )
    picture = np.array(mi.render(scene, spp=64, seed=1))[..., 0]
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    centre = np.array([(columns * picture).sum(), (rows * picture).sum()]) / picture.sum()
    assert np.allclose(centre, view.project([ball])[0], atol=0.15)


def test_food_shows_where_the_truth_says(variant):
    """Served and empty tray differ in brightness inside the food mask, and hardly outside."""
    spec = draw_scene(3, "white-5", 1)
    calm = dataclasses.replace(spec.shots[0].optics, defocus_mm=0.0, motion_mm=0.0, seed=1)
    shot = dataclasses.replace(spec.shots[0], optics=calm)
    spec = dataclasses.replace(
        spec, shots=(shot, shot, shot),
        distractors=dataclasses.replace(spec.distractors, cutlery=((), (), ())),
    )  # fmt: skip
    empty, served, _ = tray_pictures(spec, 8)
    change = np.abs(served.rgb.astype(int) - empty.rgb).mean(-1)
    food = served.truth.food
    assert np.median(change[food]) > 4 * np.median(change[~food])


def test_same_seed_gives_the_same_picture(variant):
    spec = draw_scene(9, "steel-5", 1)
    first, second = (next(iter(tray_pictures(spec, 2))).rgb for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.slow
def test_a_folder_is_rendered_resumed_and_checks_out(variant, tmp_path):
    job = RenderJob(tmp_path / "set", 2, 1, "steel-5", samples=1, seed=5)
    assert run_job(job, 1, lambda *_: None) == 6
    found = validate(job.out)
    assert found.problems == ()
    assert found.meals == 2
    assert found.rows == 10
    assert run_job(job, 1, lambda *_: None) == 0
    assert run_job(dataclasses.replace(job, meals=3), 1, lambda *_: None) == 3
    assert validate(job.out).rows == 15
    sheet = load(write_contact_sheet(job.out)).rgb
    assert sheet.shape == (3 * 288, 4 * 384, 3)
    meal = json.loads((job.out / "meals/000001/meal.json").read_text(encoding="utf-8"))
    assert [shot["state"] for shot in meal["shots"]] == [None, 0, 1]


def test_a_wrong_volume_is_found(variant, tmp_path):
    job = RenderJob(tmp_path / "set", 1, 1, "white-5", samples=1, seed=5)
    assert render_meal(job, 0) == 3
    write_manifest(job.out)
    assert validate(job.out).problems == ()
    path = job.out / "meals/000000/meal.json"
    meal = json.loads(path.read_text(encoding="utf-8"))
    left = meal["shots"][2]["volume_ml"]
    meal["shots"][1]["volume_ml"][max(left, key=left.__getitem__)] *= 1.5
    path.write_text(json.dumps(meal), encoding="utf-8")
    problems = validate(job.out).problems
    assert any("height map holds" in problem for problem in problems)
    assert any("differs" in problem for problem in problems)


def test_a_folder_keeps_to_one_set_of_settings(tmp_path):
    job = RenderJob(tmp_path / "set", 2, 1, "steel-5", samples=1, seed=5)
    bind_folder(job)
    bind_folder(dataclasses.replace(job, meals=9))
    with pytest.raises(UsageError, match="seed"):
        bind_folder(dataclasses.replace(job, seed=6))


def running_in_group(group: int) -> list[str]:
    """Command lines of a process group's members that are no zombies."""
    listing = subprocess.run(
        ["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    return [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ps") is None, reason="lists processes with ps")
def test_interrupting_leaves_no_process_and_no_half_meal(variant, tmp_path):
    code = (
        "from foodwaste.render.job import *\n"
        "from pathlib import Path\n"
        "if __name__ == '__main__':\n"
        f"    run_job(RenderJob(Path({str(tmp_path / 'set')!r}), 500, 1, 'steel-5', 4, 1), 2,"
        " lambda d, p: None)\n"
    )
    script = tmp_path / "run.py"
    script.write_text(code, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)], start_new_session=True, stderr=subprocess.DEVNULL
    )
    meals = tmp_path / "set" / "meals"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(meals.glob("0*")):
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(10) != 0
    deadline = time.monotonic() + 10
    while running_in_group(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running_in_group(process.pid) == []
    assert all((folder / "meal.json").is_file() for folder in meals.glob("0*"))
