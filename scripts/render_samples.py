"""Renders the shipped samples: one steel and one white tray, empty, served and eaten.

Takes about 15 minutes on two cores. The meals are chosen by hand, so that a newcomer sees rice,
soup, red sauce and an eaten-clean well; everything else comes from the seeds below.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from foodwaste.imaging import encode_jpeg
from foodwaste.profile import load_profile
from foodwaste.render.camera import CameraSpec
from foodwaste.render.dish import DishSpec
from foodwaste.render.food_table import BY_NAME
from foodwaste.render.light import LightSpec, Source
from foodwaste.render.optics import OpticsSpec
from foodwaste.render.photograph import photographs
from foodwaste.render.spec import SceneSpec, ShotSpec, draw_scene
from foodwaste.render.table import TableSpec
from foodwaste.render.tray import TraySpec
from foodwaste.render.variant import usable_variant, use_variant

#: compartment: food, serving ml, eating mode, direction, share left, residue
MEALS = {
    "steel-5": {
        "rice": ("white rice", 300, "side", 1.9, 0.45, 0.5),
        "soup": ("soybean stew", 270, "top", 0.0, 0.40, 0.45),
        "side-1": ("red-sauced pork", 140, "side", 2.6, 0.35, 0.8),
        "side-2": ("napa kimchi", 95, "side", 0.4, 0.60, 0.5),
        "side-3": ("seasoned spinach", 70, "top", 0.0, 0.0, 0.35),
    },
    "white-5": {
        "rice": ("multigrain rice", 240, "scoops", 0.6, 0.30, 0.4),
        "soup": ("beef radish soup", 150, "top", 0.0, 0.55, 0.3),
        "side-1": ("fried pieces", 110, "top", 0.0, 0.45, 0.4),
        "side-2": ("bean sprouts", 85, "side", 2.0, 0.70, 0.3),
        "side-3": ("radish kimchi", 95, "side", 4.0, 0.25, 0.6),
    },
}
SEEDS = {"steel-5": 5, "white-5": 6}
NAMES = ("empty", "before", "after")


def sample_scene(profile: str, size_px: tuple[int, int]) -> SceneSpec:
    """The sample meal on that profile's tray."""
    scene = draw_scene(SEEDS[profile], profile, 1, size_px=size_px, step_mm=0.5)
    dishes = tuple(
        DishSpec(
            name,
            food,
            SEEDS[profile] * 100 + i,
            ml,
            (0.0, 0.0),
            0.95,
            mode,
            angle,
            (1.0, keep),
            residue,
            0.5,
        )
        for i, (name, (food, ml, mode, angle, keep, residue)) in enumerate(MEALS[profile].items())
    )
    light = LightSpec(
        21, 0.55, 0.10, (1.03, 1.0, 0.96),
        (
            Source("window", 2.2, 0.75, 0.40, 0.35, 0.0, 1.0, (0.93, 1.0, 1.12)),
            Source("panel", 0.4, 1.25, 0.20, 0.14, 0.3, 0.5, (1.04, 1.0, 0.93)),
        ),
        0.5,
    )  # fmt: skip
    camera = CameraSpec(470.0, 6.0, 250.0, 3.0, (4.0, -3.0), 0.86, *size_px)
    steel = profile == "steel-5"
    tray = (
        TraySpec(7, 0.1, 0.14, 0.3, (0.78, 0.775, 0.765), 0)
        if steel
        else TraySpec(8, 0.05, 0.2, 0.3, (0.80, 0.79, 0.75), 0)
    )
    table = (
        TableSpec(4, "wood", (0.42, 0.30, 0.19), 0.5)
        if steel
        else TableSpec(9, "laminate", (0.30, 0.32, 0.33), 0.35)
    )
    optics = OpticsSpec.clean()
    shots = tuple(ShotSpec(camera, light, dataclasses.replace(optics, seed=i)) for i in range(3))
    return dataclasses.replace(scene, tray=tray, table=table, dishes=dishes, shots=shots)


def main() -> None:
    """Renders both trays into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("samples"))
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--samples", type=int, default=96)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    use_variant(*usable_variant(), threads=arguments.threads)
    rows = ["after,before,compartment,dish,leftover_ratio,volume_ml,mass_g"]
    for profile in MEALS:
        short = profile.split("-")[0]
        folder = arguments.out / short
        folder.mkdir(parents=True, exist_ok=True)
        spec = sample_scene(profile, (arguments.width, arguments.width * 3 // 4))
        pictures, volumes = {}, []
        for name, photo in zip(NAMES, photographs(spec, arguments.samples), strict=True):
            (folder / f"{name}.jpg").write_bytes(encode_jpeg(photo.rgb, quality=90))
            pictures[name] = {
                "file": f"{name}.jpg",
                "corners_px": photo.corners_px.round(3).tolist(),
                "camera_mm": photo.view.position.round(3).tolist(),
                "focal_px": round(photo.view.focal_px, 3),
            }
            volumes.append(photo.volumes_ml)
            print(folder / f"{name}.jpg")
        compartments = {}
        for dish in spec.dishes:
            before, after = volumes[1][dish.compartment], volumes[2][dish.compartment]
            density = BY_NAME[dish.kind].density_g_per_ml
            compartments[dish.compartment] = {
                "dish": dish.kind,
                "before_volume_ml": round(before, 2), "after_volume_ml": round(after, 2),
                "before_mass_g": round(before * density, 2),
                "after_mass_g": round(after * density, 2),
                "leftover_ratio": round(after / before, 4),
            }  # fmt: skip
            rows.append(
                f"{short}/after.jpg,{short}/before.jpg,{dish.compartment},{dish.kind},"
                f"{after / before:.4f},{after:.2f},{after * density:.2f}"
            )
        layout = load_profile(profile).profile.layout
        truth = {
            "profile": profile,
            "size_mm": [layout.width_mm, layout.height_mm],
            "pictures": pictures,
            "compartments": compartments,
        }
        (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    (arguments.out / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
