"""One frozen description of a meal's pictures, drawn from one integer."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from foodwaste.profile import load_profile
from foodwaste.render.camera import CameraSpec
from foodwaste.render.clutter import Thing, draw_clutter
from foodwaste.render.dish import DishSpec
from foodwaste.render.distractors import DistractorSpec
from foodwaste.render.hard import HardCases, HardShares
from foodwaste.render.light import LightSpec
from foodwaste.render.menu import draw_menu
from foodwaste.render.optics import OpticsSpec
from foodwaste.render.seeds import part_rng
from foodwaste.render.table import TableSpec
from foodwaste.render.tray import TraySpec

#: Raised whenever the same seed would give another scene.
SPEC_VERSION = 8
#: Share of meals photographed by a camera on a stand: same place and light for all states.
_STAND_SHARE = 0.5


@dataclass(frozen=True)
class ShotSpec:
    """One photograph: camera, light and optics."""

    camera: CameraSpec
    light: LightSpec
    optics: OpticsSpec


@dataclass(frozen=True)
class SceneSpec:
    """One meal on one tray: empty, served, and eaten in steps.

    Attributes:
        seed: all of it comes from this number.
        profile: name of the profile whose layout the tray has.
        step_mm: grid step of the surface.
        hard: its hard cases.
        tray: the tray's wear.
        table: the table.
        dishes: by compartment, from served to eaten.
        distractors: cutlery and litter, by shot.
        clutter: what stands beside the tray (photographs only).
        shots: the empty tray's photograph first, then one for each state.
    """

    version: int
    seed: int
    profile: str
    step_mm: float
    hard: HardCases
    tray: TraySpec
    table: TableSpec
    dishes: tuple[DishSpec, ...]
    distractors: DistractorSpec
    clutter: tuple[Thing, ...]
    shots: tuple[ShotSpec, ...]

    @property
    def states(self) -> int:
        """Number of states, the served one included."""
        return len(self.shots) - 1

    def to_json(self) -> str:
        """JSON text with every number in it."""
        return json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False)


def draw_scene(
    seed: int,
    profile: str,
    states: int,
    *,
    size_px: tuple[int, int] = (1600, 1200),
    step_mm: float = 1.0,
    shares: HardShares | None = None,
) -> SceneSpec:
    """The meal of ``seed`` on that profile's tray, with ``states`` after-states."""
    layout = load_profile(profile).profile.layout
    hard = HardCases.draw(part_rng(seed, "hard"), shares or HardShares())
    stand = part_rng(seed, "stand").random() < _STAND_SHARE
    shots = []
    for index in range(states + 2):
        # On a stand all shots share one camera and one room; only the optics' noise differs.
        key: tuple[str | int, ...] = ("shot", 0 if stand else index)
        light = LightSpec.draw(part_rng(seed, *key, "light"), hard.glare)
        if hard.dark_food:
            light = dataclasses.replace(light, wall=light.wall * 0.4, ceiling=light.ceiling * 0.6)
        optics = OpticsSpec.draw(part_rng(seed, *key, "optics"))
        optics = dataclasses.replace(optics, seed=optics.seed + index)
        camera = CameraSpec.draw(part_rng(seed, *key, "camera"), size_px)
        shots.append(ShotSpec(camera, light, optics))
    tray = TraySpec.draw(part_rng(seed, "tray"), layout.material)
    if hard.white_rice and layout.material == "steel":
        matt = max(tray.floor_rough, 0.13 / tray.rough)
        tray = dataclasses.replace(tray, tint=(0.80, 0.80, 0.79), floor_rough=matt)
    return SceneSpec(
        version=SPEC_VERSION,
        seed=seed,
        profile=profile,
        step_mm=step_mm,
        hard=hard,
        tray=tray,
        table=TableSpec.draw(part_rng(seed, "table")),
        dishes=draw_menu(seed, layout, states, hard),
        distractors=DistractorSpec.draw(seed, layout, len(shots)),
        clutter=draw_clutter(seed, layout),
        shots=tuple(shots),
    )


def spec_dict(spec: SceneSpec) -> dict[str, Any]:
    """The spec as plain data."""
    return dataclasses.asdict(spec)
