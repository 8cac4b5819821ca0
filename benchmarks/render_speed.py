"""How fast training pictures are rendered: pictures a second, and where a picture's time goes.

python benchmarks/render_speed.py [--meals 12] [--samples 6] [--workers 2]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from foodwaste.profile import load_profile
from foodwaste.render.camera import frame_view
from foodwaste.render.denoise import denoise
from foodwaste.render.job import RenderJob, run_job
from foodwaste.render.optics import develop
from foodwaste.render.photograph import look_of, serve
from foodwaste.render.spec import draw_scene
from foodwaste.render.stage import build_scene, render
from foodwaste.render.surface import compose
from foodwaste.render.truth import cast, features_at
from foodwaste.render.variant import usable_variant, use_variant
from foodwaste.tray.frame import frame_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meals", type=int, default=12)
    parser.add_argument("--states", type=int, default=3)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--profile", default="steel-5")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        job = RenderJob(
            Path(folder), options.meals, options.states, options.profile, options.samples, seed=1
        )
        start = time.perf_counter()
        marks: list[tuple[float, int]] = []
        count = run_job(
            job, options.workers, lambda _, made: marks.append((time.perf_counter(), made))
        )
        whole = time.perf_counter() - start
    print(f"{options.workers} workers, {options.samples} samples, {options.profile}:")
    print(f"  whole run with start-up  {count / whole:.2f} pictures/s ({count} in {whole:.1f} s)")
    first = next(mark for mark in marks if mark[1] > 0)
    steady = (count - first[1]) / (marks[-1][0] - first[0])
    print(f"  after the first meal     {steady:.2f} pictures/s (wall clock, as loaded as it is)")

    variant, library = usable_variant()
    use_variant(variant, library, threads=1)
    spent = _stages(options.profile, options.samples, options.states)
    total = sum(np.median(times) for times in spent.values())
    print(f"one thread, {variant}, CPU time of a picture (median):")
    for name, times in spent.items():
        print(f"  {name:10s} {1000 * np.median(times):7.0f} ms")
    print(f"  together   {1000 * total:7.0f} ms = {2 / total:.2f} pictures/s on two idle cores")


def _stages(profile: str, samples: int, states: int) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = defaultdict(list)
    layout = load_profile(profile).profile.layout
    frame = frame_of(layout)
    for seed in range(4):
        spec = draw_scene(seed, profile, states)
        start = time.process_time()
        dishes = serve(spec, layout)
        spent["serve"].append((time.process_time() - start) / len(spec.shots))
        for shot, chosen in enumerate(spec.shots):
            clock = [time.process_time()]
            surface = compose(layout, spec.tray, dishes, shot - 1 if shot else None, spec.step_mm)
            clock.append(time.process_time())
            view = frame_view(chosen.camera, frame)
            scene = build_scene(surface, layout, look_of(spec, shot, 256), view)
            clock.append(time.process_time())
            radiance = render(scene, samples, shot)
            clock.append(time.process_time())
            truth = cast(surface, layout, view)
            features = features_at(surface, truth)
            clock.append(time.process_time())
            develop(denoise(radiance, features), chosen.optics, frame.mm_per_px)
            clock.append(time.process_time())
            if seed:  # the first meal compiles kernels and makes textures
                names = ("compose", "build", "render", "truth", "picture")
                for name, seconds in zip(names, np.diff(clock), strict=True):
                    spent[name].append(float(seconds))
    return spent


if __name__ == "__main__":
    main()
