"""Volume from true inverse depth: scaled, shifted, blurred, noisy, tilted.

    python benchmarks/depth_volume.py [--meals N]

Scenes are analytic (tests/depth/scene.py): a steel tray with heaps of known shape on a 0.5 mm
grid, cast ray by ray, random fills, cameras at 350 to 650 mm whose focal length is not told.
Prints the median and worst volume error of compartments above 20 ml, and how often the fit
said "relative only".
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

SCENE = Path(__file__).resolve().parents[1] / "tests" / "depth" / "scene.py"


def load_scenes() -> object:
    spec = importlib.util.spec_from_file_location("depth_scene", SCENE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["depth_scene"] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    import cv2
    import numpy as np

    from foodwaste.depth import estimate_depth
    from foodwaste.profile import load_profile

    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--meals", type=int, default=6)
    options = parser.parse_args()
    scenes = load_scenes()
    layout = load_profile("steel-5").profile.layout
    generator = np.random.default_rng(0)
    print("tilt  blur px  noise   median     worst   mean bias  relative only   ms")
    for tilt in (0, 15, 25):
        for blur, noise in ((0.0, 0.0), (2.0, 0.0), (4.0, 0.0), (2.0, 0.1), (2.0, 0.3)):
            errors, refused, seconds = [], 0, []
            for seed in range(options.meals):
                fills = {name: generator.choice([0, 0.3, 0.6, 0.9]) for name in layout.compartments}
                scene = scenes.make_scene(layout, fills, seed=seed)
                view = scenes.look(
                    scene,
                    tilt_deg=tilt,
                    towards_deg=generator.uniform(0, 360),
                    height_mm=generator.uniform(350, 650),
                    focal=generator.uniform(0.66, 0.85),
                )
                depth = scenes.inverse_depth(view, blur_px=blur, noise=noise, seed=seed)
                begun = time.perf_counter()
                found = estimate_depth(view.tray, layout, depth, view.bare)
                seconds.append(time.perf_counter() - begun)
                refused += bool(found.dropped)
                errors += [
                    found.evidence[name].amount / volume - 1
                    for name, volume in scene.volumes_ml.items()
                    if volume > 20 and name in found.evidence
                ]
            size = np.abs(errors)
            print(
                f"{tilt:4d}  {blur:7.1f}  {noise:5.1f}  {np.median(size):7.2%}  {size.max():8.2%}"
                f"  {np.mean(errors):+9.2%}  {refused:8d} of {options.meals}"
                f"  {1e3 * np.median(seconds):4.0f}"
            )


if __name__ == "__main__":
    main()
