"""Things beside the tray in photographs: cups, bowls, phones, papers, a neighbour's tray."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from foodwaste.profile import Layout
from foodwaste.render.seeds import part_rng
from foodwaste.render.variant import mitsuba

ThingKind = Literal["cup", "bowl", "phone", "paper", "tray"]
#: Bare table left between the tray and the nearest thing, mm.
_GAP_MM = 12.0


@dataclass(frozen=True)
class Thing:
    """One thing on the table: world position of its middle, turn, sizes, colour."""

    kind: ThingKind
    x_mm: float
    y_mm: float
    turn_deg: float
    size_mm: tuple[float, float, float]
    colour: tuple[float, float, float]
    rough: float


_SIZES: dict[ThingKind, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "cup": ((32, 42), (32, 42), (60, 100)),
    "bowl": ((50, 75), (50, 75), (30, 55)),
    "phone": ((35, 40), (70, 80), (4, 5)),
    "paper": ((40, 110), (40, 150), (0.3, 0.6)),
    "tray": ((145, 190), (180, 240), (12, 25)),
}


def draw_clutter(seed: int, layout: Layout) -> tuple[Thing, ...]:
    """Up to five things around the tray, none of them touching it."""
    rng = part_rng(seed, "clutter")
    things = []
    for _ in range(int(rng.choice([0, 1, 2, 3, 5], p=[0.3, 0.2, 0.2, 0.2, 0.1]))):
        kind: ThingKind = ("cup", "bowl", "phone", "paper", "tray")[
            int(rng.choice(5, p=[0.3, 0.2, 0.15, 0.25, 0.1]))
        ]
        a, b, c = (float(rng.uniform(*limits)) for limits in _SIZES[kind])
        reach = float(np.hypot(a, b))
        angle = float(rng.uniform(0, 2 * np.pi))
        cos, sin = np.cos(angle), np.sin(angle)
        half_x, half_y = layout.width_mm / 2, layout.height_mm / 2
        edge = min(half_x / max(abs(cos), 1e-6), half_y / max(abs(sin), 1e-6))
        # Straight out from the middle, past the tray's side by the thing's own reach.
        away = edge + (reach + _GAP_MM) * np.sqrt(2) + float(rng.exponential(30))
        red, green, blue = (float(v) for v in rng.uniform(0.03, 0.75, 3))
        if rng.random() < 0.5:
            red = green = blue = float(rng.uniform(0.05, 0.8))
        things.append(
            Thing(
                kind, away * float(cos), away * float(sin), float(rng.uniform(0, 360)),
                (a, b, c), (red, green, blue), float(rng.uniform(0.1, 0.8)),
            )
        )  # fmt: skip
    return tuple(things)


def clutter_shapes(things: tuple[Thing, ...], layout: Layout) -> dict[str, Any]:
    """Mitsuba shapes of the things."""
    transform = mitsuba().ScalarTransform4f
    table = -layout.rim_height_mm
    shapes: dict[str, Any] = {}
    for index, thing in enumerate(things):
        a, b, c = thing.size_mm
        bsdf = {
            "type": "twosided",
            "bsdf": {
                "type": "principled",
                "base_color": {"type": "rgb", "value": list(thing.colour)},
                "roughness": thing.rough,
            },
        }
        if thing.kind in ("cup", "bowl"):
            base, top = [thing.x_mm, thing.y_mm, table], [thing.x_mm, thing.y_mm, table + c]
            shapes[f"clutter{index}"] = {
                "type": "cylinder", "p0": base, "p1": top, "radius": a, "bsdf": bsdf,
            }  # fmt: skip
            fill = transform().translate([thing.x_mm, thing.y_mm, table + 0.7 * c]).scale([a, a, 1])
            shapes[f"clutter{index}fill"] = {"type": "disk", "to_world": fill, "bsdf": bsdf}
            continue
        place = transform().translate([thing.x_mm, thing.y_mm, table + c / 2])
        shapes[f"clutter{index}"] = {
            "type": "cube",
            "to_world": place.rotate([0, 0, 1], thing.turn_deg).scale([a, b, c / 2]),
            "bsdf": bsdf,
        }
    return shapes
