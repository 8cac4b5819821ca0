"""Reads what ``foodwaste render`` wrote: meals, their pictures and their truth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import UsageError
from foodwaste.imaging import load
from foodwaste.profile import Layout
from foodwaste.render.food_table import BY_NAME
from foodwaste.render.found import cameras_found, layout_of
from foodwaste.render.store import MEAL_FILE
from foodwaste.tray.camera import Camera


@dataclass(frozen=True)
class State:
    """One eaten state of a meal; 0 is the served one.

    Attributes:
        picture: the JPEG, 384 x 288, in the tray's frame.
        truth: the NPZ beside it.
        eye_mm: camera position, x and y in the tray's millimetres as its profile has them, z
            upwards from the rim plane.
        camera: where a photograph's rectification would put it.
        volume_ml: by compartment id, exact.
        mass_g: by compartment id.
    """

    number: int
    picture: Path
    truth: Path
    eye_mm: tuple[float, float, float]
    camera: Camera
    volume_ml: Mapping[str, float]
    mass_g: Mapping[str, float]


@dataclass(frozen=True)
class Meal:
    """One rendered meal.

    Attributes:
        folder: where its files lie.
        profile: name of the profile whose tray it stands on.
        empty: picture of the same tray before anything was served.
        empty_eye_mm: where that was taken from.
        empty_camera: where rectification would put that.
        states: the served state first.
        dishes: name of the dish by compartment id; wells that were left empty are absent.
        kinds: code by dish name, as in the truth's ``kind``.
        stirred: compartment ids whose solid food lies elsewhere in the eaten states than it was
            served.
    """

    folder: Path
    profile: str
    empty: Path
    empty_eye_mm: tuple[float, float, float]
    empty_camera: Camera
    states: tuple[State, ...]
    dishes: Mapping[str, str]
    kinds: Mapping[str, int]
    stirred: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Truth:
    """Truth of every pixel of one state, all ``(288, 384)``.

    ``height_mm`` is float16, ``kind`` and ``owner`` uint8, ``food`` and ``residue`` bool.
    """

    height_mm: NDArray[np.float16]
    kind: NDArray[np.uint8]
    owner: NDArray[np.uint8]
    food: NDArray[np.bool_]
    residue: NDArray[np.bool_]


def find_meals(folders: Iterable[Path]) -> list[Meal]:
    """All complete meals in these rendered folders, in a fixed order.

    A folder still being rendered may be read: a meal's folder is complete or absent.

    Raises:
        UsageError: a folder holds no rendered meals.
    """
    meals: list[Meal] = []
    for folder in folders:
        files = sorted((folder / "meals").glob(f"[0-9]*/{MEAL_FILE}"))
        if not files:
            raise UsageError(f"{folder}: no rendered meals ('foodwaste render --out' makes some)")
        meals += [read_meal(file) for file in files]
    return meals


def read_meal(file: Path) -> Meal:
    """Reads one ``meal.json``.

    Raises:
        UsageError: rendered as photographs (``--camera``), which are not in the tray's frame.
    """
    data = json.loads(file.read_text(encoding="utf-8"))
    folder = file.parent
    if data["pictures"] != "tray":
        raise UsageError(f"{folder}: photographs; training wants trays in their own frame")
    spec = data["spec"]
    layout = layout_of(spec["profile"])
    cameras = cameras_found(file)
    states = tuple(
        State(
            number=int(shot["state"]),
            picture=folder / shot["picture"],
            truth=folder / shot["truth"],
            eye_mm=_in_tray(shot["eye_mm"], layout),
            camera=cameras[shot["picture"]],
            volume_ml=shot["volume_ml"],
            mass_g=shot["mass_g"],
        )
        for shot in data["shots"]
        if shot["state"] is not None
    )
    clean = next(shot for shot in data["shots"] if shot["state"] is None)
    return Meal(
        folder=folder,
        profile=spec["profile"],
        empty=folder / clean["picture"],
        empty_eye_mm=_in_tray(clean["eye_mm"], layout),
        empty_camera=cameras[clean["picture"]],
        states=states,
        dishes={dish["compartment"]: dish["kind"] for dish in spec["dishes"]},
        kinds=data["kinds"],
        # Up to version 7 of the scenes none was.
        stirred=frozenset(
            dish["compartment"]
            for dish in spec["dishes"]
            if dish.get("stirred", 0.0) > 0 and BY_NAME[dish["kind"]].form != "liquid"
        ),
    )


def _in_tray(eye_mm: Sequence[float], layout: Layout) -> tuple[float, float, float]:
    """The renderer's world has its origin in the tray's middle, and y goes up the page."""
    x, y, z = eye_mm
    return x + layout.width_mm / 2.0, layout.height_mm / 2.0 - y, z


def read_truth(state: State) -> Truth:
    """Reads the truth of one state."""
    with np.load(state.truth) as arrays:
        return Truth(**{name: arrays[name] for name in Truth.__dataclass_fields__})


def read_picture(path: Path) -> NDArray[np.uint8]:
    """``(288, 384, 3) uint8``, RGB."""
    return load(path).rgb
