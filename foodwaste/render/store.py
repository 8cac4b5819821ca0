"""Writes one meal's pictures and truth into a folder, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from foodwaste.imaging import encode_jpeg
from foodwaste.profile import Layout, load_profile
from foodwaste.render.camera import frame_view
from foodwaste.render.food_table import BY_NAME
from foodwaste.render.photograph import Photograph
from foodwaste.render.spec import SceneSpec, spec_dict
from foodwaste.render.truth import Truth, cast
from foodwaste.tray.frame import frame_of

MEAL_FILE = "meal.json"


def picture_name(state: int | None) -> str:
    """File name, without extension, of a state's picture."""
    return "empty" if state is None else f"state-{state}"


def meal_folder(out: Path, index: int) -> Path:
    """Where a meal's files lie."""
    return out / "meals" / f"{index:06d}"


def write_meal(
    out: Path, index: int, spec: SceneSpec, pictures: Iterable[Photograph], *, camera: bool
) -> Path:
    """Writes pictures (JPEG), truth (NPZ) and description (JSON); returns the meal's folder.

    Everything goes into a temporary folder first, so that a meal's folder is complete or absent.
    """
    final = meal_folder(out, index)
    partial = final.with_name(f".{final.name}-{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    layout = load_profile(spec.profile).profile.layout
    described = []
    for shot, picture in enumerate(pictures):
        name = picture_name(picture.state)
        quality = spec.shots[shot].optics.jpeg_quality
        (partial / f"{name}.jpg").write_bytes(encode_jpeg(picture.rgb, quality=quality))
        if picture.state is not None:
            arrays = _arrays(picture.truth)
            if camera:
                arrays = _frame_truth(picture, spec, shot, layout) | {
                    f"photo_{key}": value for key, value in arrays.items()
                }
            (partial / f"{name}.npz").write_bytes(_npz(arrays))
        described.append(_describe(name, picture, spec))
    meal = {
        "index": index,
        "pictures": "camera" if camera else "tray",
        "kinds": {dish.kind: BY_NAME[dish.kind].code for dish in spec.dishes},
        "shots": described,
        "spec": spec_dict(spec),
    }
    text = json.dumps(meal, ensure_ascii=False, indent=1)
    (partial / MEAL_FILE).write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    return final


def _frame_truth(picture: Photograph, spec: SceneSpec, shot: int, layout: Layout) -> dict[str, Any]:
    """Truth of a photograph in the rectified frame: same eye, film on the rim plane."""
    view = frame_view(spec.shots[shot].camera, frame_of(layout))
    return _arrays(cast(picture.surface, layout, view, spec.distractors.cutlery[shot]))


def _arrays(truth: Truth) -> dict[str, Any]:
    return {
        "height_mm": truth.height_mm.astype(np.float16),
        "kind": truth.kind,
        "owner": truth.owner,
        "food": truth.food,
        "residue": truth.residue,
    }


def _npz(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _describe(name: str, picture: Photograph, spec: SceneSpec) -> dict[str, Any]:
    density = {dish.compartment: BY_NAME[dish.kind].density_g_per_ml for dish in spec.dishes}
    volumes = picture.volumes_ml
    return {
        "picture": f"{name}.jpg",
        "truth": None if picture.state is None else f"{name}.npz",
        "state": picture.state,
        "corners_px": picture.corners_px.round(4).tolist(),
        "eye_mm": picture.view.position.round(4).tolist(),
        "focal_px": round(picture.view.focal_px, 4),
        "volume_ml": {key: round(value, 4) for key, value in volumes.items()},
        "mass_g": {key: round(volumes[key] * density.get(key, 0.0), 4) for key in volumes},
    }
