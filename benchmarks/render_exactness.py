"""How far the volume summed over a picture's height map lies from the mesh's volume.

Fifty scenes, in the tray's frame and in a tilted photograph. Needs no renderer.

python benchmarks/render_exactness.py [--scenes 50]
"""

from __future__ import annotations

import argparse

import numpy as np

from foodwaste.profile import load_profile
from foodwaste.render.camera import frame_view, photograph_view
from foodwaste.render.photograph import serve
from foodwaste.render.spec import draw_scene
from foodwaste.render.surface import compartment_volumes_ml, compose
from foodwaste.render.truth import cast, frustum_volume_ml
from foodwaste.tray.frame import frame_of

PROFILES = ("steel-5", "white-5", "canteen-plates")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=50)
    options = parser.parse_args()
    errors: dict[str, list[float]] = {"tray frame": [], "photograph": [], "one compartment": []}
    for seed in range(options.scenes):
        profile = PROFILES[seed % len(PROFILES)]
        layout = load_profile(profile).profile.layout
        spec = draw_scene(seed, profile, 1, size_px=(800, 600))
        state = seed % 2
        surface = compose(layout, spec.tray, serve(spec, layout), state, spec.step_mm)
        volumes = compartment_volumes_ml(surface, layout)
        exact = sum(volumes.values())
        if exact < 5:
            continue
        camera = spec.shots[state + 1].camera
        flat = frame_view(camera, frame_of(layout))
        for name, view in (("tray frame", flat), ("photograph", photograph_view(camera, layout))):
            truth = cast(surface, layout, view)
            seen = frustum_volume_ml(truth.height_mm, truth.z_mm, view, truth.height_mm > 0)
            errors[name].append(seen / exact - 1)
            if view is not flat:
                continue
            for index, volume in enumerate(volumes.values()):
                if volume > 10:
                    own = truth.owner == index + 1
                    part = frustum_volume_ml(truth.height_mm, truth.z_mm, view, own)
                    errors["one compartment"].append(part / volume - 1)
    for name, values in errors.items():
        size = np.abs(values)
        print(
            f"{name:16s} n={len(values):3d}  mean {np.mean(values):+.3%}  "
            f"median size {np.median(size):.3%}  p95 {np.quantile(size, 0.95):.3%}  "
            f"worst {size.max():.3%}"
        )


if __name__ == "__main__":
    main()
