"""Things on a tray that are no food: cutlery across it, napkins, bones and wrappers in it.

Cutlery is made of meshes of its own, since it bridges wells. What lies in a well is stamped on
the surface like food, but kept out of the food's height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.render.camera import View
from foodwaste.render.canvas import Canvas
from foodwaste.render.grid import Array
from foodwaste.render.seeds import part_rng
from foodwaste.render.shapes import Piece
from foodwaste.render.variant import mitsuba

CutleryKind = Literal["spoon", "chopstick", "fork"]
LitterKind = Literal["napkin", "bone", "wrapper"]
#: Codes in kind maps; food has 1..199.
CODES = {"spoon": 200, "chopstick": 201, "fork": 202, "napkin": 210, "bone": 211, "wrapper": 212}
_ALONG = 48
_ACROSS = 12


@dataclass(frozen=True)
class Cutlery:
    """One piece of cutlery: its middle and turn on the tray, and what it is made of."""

    kind: CutleryKind
    x_mm: float
    y_mm: float
    turn_rad: float
    length_mm: float
    lift_mm: float
    metal: bool
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Litter:
    """Something thrown into a well."""

    kind: LitterKind
    compartment: str
    seed: int


@dataclass(frozen=True)
class DistractorSpec:
    """What lies about in each state: cutlery by state (it moves), litter from a state on."""

    cutlery: tuple[tuple[Cutlery, ...], ...]
    litter: tuple[tuple[Litter, ...], ...]

    @staticmethod
    def draw(seed: int, layout: Layout, shots: int) -> DistractorSpec:
        """Draws for the empty tray (nothing), the served one (little) and the eaten ones."""
        rng = part_rng(seed, "distractors")
        korean = rng.random() < 0.6
        metal = bool(rng.random() < 0.65)
        grey = float(rng.uniform(0.6, 0.85))
        dark = float(rng.uniform(0.01, 0.3))
        colour = (grey, grey, grey) if metal else (dark, dark * 0.6, dark * 0.35)
        has_litter = rng.random() < 0.22
        names = list(layout.compartments)
        cutlery, litter = [], []
        for shot in range(shots):
            state = shot - 1
            chance = 0.0 if state < 0 else (0.12 if state == 0 else 0.35)
            there: list[Cutlery] = []
            if rng.random() < chance:
                there = _set_of(rng, layout, korean=korean, metal=metal, colour=colour)
            cutlery.append(tuple(there))
            thrown = []
            if state > 0 and has_litter:
                kind: LitterKind = ("napkin", "bone", "wrapper")[int(rng.integers(3))]
                where = names[int(rng.integers(len(names)))]
                thrown.append(Litter(kind, where, int(rng.integers(2**31))))
            litter.append(tuple(thrown))
        return DistractorSpec(tuple(cutlery), tuple(litter))


def _set_of(
    rng: np.random.Generator, layout: Layout, *, korean: bool, metal: bool,
    colour: tuple[float, float, float],
) -> list[Cutlery]:  # fmt: skip
    turn = float(rng.normal(np.pi / 2, 0.35) if rng.random() < 0.6 else rng.uniform(0, np.pi))
    x = float(rng.uniform(0.1, 0.9) * layout.width_mm)
    y = float(rng.uniform(0.25, 0.75) * layout.height_mm)
    side = np.array([-np.sin(turn), np.cos(turn)])
    kinds: tuple[CutleryKind, ...] = (
        ("spoon", "chopstick", "chopstick") if korean else ("fork", "spoon")
    )
    if rng.random() < 0.4:
        kinds = kinds[:1] if rng.random() < 0.5 else kinds[1:]
    found = []
    for place, kind in enumerate(kinds):
        gap = place * rng.uniform(9, 22)
        wood = kind == "chopstick" and not metal
        found.append(
            Cutlery(
                kind, x + float(side[0]) * gap, y + float(side[1]) * gap,
                turn + float(rng.normal(0, 0.06)), float(rng.uniform(190, 230)),
                float(rng.uniform(1.5, 4.0)), not wood, colour,
            )
        )  # fmt: skip
    return found


def sheet(item: Cutlery, layout: Layout) -> tuple[Array, NDArray[np.uint32]]:
    """Vertices (world mm) and triangles of a piece of cutlery: a curved sheet, thick enough."""
    s = np.linspace(-1, 1, _ALONG)[:, None]
    t = np.linspace(-1, 1, _ACROSS)[None, :]
    half = item.length_mm / 2
    if item.kind == "chopstick":
        width = 3.4 - 1.1 * s
        height = 2.2 * np.sqrt(np.clip(1 - t**2, 0, 1)) + 0 * s
    else:
        bowl = np.clip((s - 0.42) / 0.58, 0, 1)
        round_part = np.sqrt(np.clip(1 - ((bowl - 0.5) * 2) ** 2, 0, 1)) * (s > 0.42)
        reach = 19.0 if item.kind == "spoon" else 12.0
        width = np.maximum(3.0 + 1.6 * np.clip(-s - 0.4, 0, 1), reach * round_part)
        dip = 6.0 if item.kind == "spoon" else 1.5
        height = 1.5 * np.cos(1.2 * t) + 5.0 * np.clip(0.2 - s, 0, 1) * 0.6
        height = height - dip * round_part * (1 - t**2)
    along = (s * half) + 0 * t
    across = width * t
    cos, sin = np.cos(item.turn_rad), np.sin(item.turn_rad)
    x = item.x_mm + along * cos - across * sin
    y = item.y_mm + along * sin + across * cos
    z = item.lift_mm + height + 0 * along
    world = np.stack([x - layout.width_mm / 2, layout.height_mm / 2 - y, z], -1)
    index = np.arange(_ALONG * _ACROSS, dtype=np.uint32).reshape(_ALONG, _ACROSS)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate(
        [np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)]
    )
    return world.reshape(-1, 3).astype(np.float32), faces


def cutlery_shapes(items: tuple[Cutlery, ...], layout: Layout) -> dict[str, Any]:
    """Mitsuba shapes of the cutlery of one picture."""
    mi = mitsuba()
    shapes: dict[str, Any] = {}
    for index, item in enumerate(items):
        points, faces = sheet(item, layout)
        reflect = {"type": "rgb", "value": list(item.colour)}
        inner: dict[str, Any] = (
            {"type": "roughconductor", "material": "none", "alpha": 0.12,
             "specular_reflectance": reflect}
            if item.metal
            else {"type": "principled", "base_color": reflect, "roughness": 0.35}
        )  # fmt: skip
        properties = mi.Properties()
        properties["bsdf"] = mi.load_dict({"type": "twosided", "bsdf": inner})
        mesh = mi.Mesh(
            f"cutlery{index}", len(points), len(faces), has_vertex_normals=True,
            has_vertex_texcoords=False, props=properties,
        )  # fmt: skip
        parameters = mi.traverse(mesh)
        parameters["vertex_positions"] = points.ravel()
        parameters["faces"] = faces.ravel()
        parameters.update()
        shapes[f"cutlery{index}"] = mesh
    return shapes


def cutlery_mask(items: tuple[Cutlery, ...], layout: Layout, view: View) -> NDArray[np.uint8]:
    """``(H, W) uint8``: code of the cutlery that hides a pixel, else 0 (it lies on top of all)."""
    mask = np.zeros((view.height_px, view.width_px), np.uint8)
    for item in items:
        points, faces = sheet(item, layout)
        flat = np.rint(view.project(points) * 16).astype(np.int32)
        for triangle in flat[faces]:
            cv2.fillConvexPoly(mask, triangle, CODES[item.kind], cv2.LINE_8, 4)
    return mask


def litter_on(canvas: Canvas, item: Litter) -> None:
    """Throws litter into a well: raises the canvas's top by what is no food."""
    rng = part_rng(item.seed, "litter")
    inside = canvas.well.rim_mm > 0
    x0, y0 = float(canvas.x_mm[inside].mean()), float(canvas.y_mm[inside].mean())
    white = float(rng.uniform(0.7, 0.85))
    for _ in range({"napkin": 7, "bone": int(rng.integers(1, 4)), "wrapper": 2}[item.kind]):
        size = {"napkin": (38, 30, 7), "bone": (34, 9, 7), "wrapper": (46, 24, 4)}[item.kind]
        if item.kind == "wrapper":
            red, green, blue = (float(c) for c in rng.uniform(0.05, 0.7, 3))
        elif item.kind == "bone":
            red, green, blue = 0.55, 0.42, 0.27
        else:
            red, green, blue = white, white, white * 0.98
        length, width, thick = (float(s * rng.uniform(0.8, 1.25)) for s in size)
        piece = Piece(
            x_mm=x0 + float(rng.normal(0, 9)),
            y_mm=y0 + float(rng.normal(0, 8)),
            angle=float(rng.uniform(0, 6.28)),
            shape="strand" if item.kind == "bone" else "leaf",
            pattern="plain",
            length_mm=length,
            width_mm=width,
            thick_mm=thick,
            bend_mm=float(rng.uniform(2, 8)),
            tilt_u=float(rng.normal(0, 0.2)),
            tilt_v=float(rng.normal(0, 0.2)),
            colour=(red, green, blue),
            phase=(float(rng.uniform(0, 6.28)), float(rng.uniform(0, 6.28))),
            stay=1.0,
        )
        canvas.stamp(piece, 0.15 if item.kind == "wrapper" else 0.8)
