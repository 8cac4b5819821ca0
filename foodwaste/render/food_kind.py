"""What a food is to the renderer: a record of geometry, colours, density and residue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Colour = tuple[float, float, float]
Range = tuple[float, float]
Form = Literal["grains", "pieces", "liquid"]
Shape = Literal["ellipsoid", "lump", "box", "slab", "strand", "leaf", "disc", "wedge", "floret"]
Pattern = Literal[
    "plain", "mottled", "crumb", "stem", "layers", "fish", "rind", "skin", "sear", "bread", "spots"
]
Slot = Literal["rice", "soup", "side"]


@dataclass(frozen=True)
class Tone:
    """A colour range in linear sRGB: each item lies between ``low`` and ``high``.

    ``share`` is how many of the pieces (or grains) have it, relative to the other tones.
    """

    low: Colour
    high: Colour
    share: float = 1.0


@dataclass(frozen=True)
class PieceShape:
    """Size ranges of one piece, mm; ``bend`` is the rise of its arc over its length."""

    shape: Shape
    length_mm: Range
    width_mm: Range
    thick_mm: Range
    tones: tuple[Tone, ...]
    bend: Range = (0.0, 0.0)
    pattern: Pattern = "mottled"
    share: float = 1.0
    tilt: float = 0.15


@dataclass(frozen=True)
class FoodKind:
    """One kind of food.

    Attributes:
        code: its number in kind maps (1..199; 0 is nothing, 200 and up are not food).
        density_g_per_ml: of the heap as served, voids included, and where that is from.
        serving_ml: what a school kitchen serves of it.
        grain_mm: length and width of a grain (``form == "grains"``).
        soft: 0..1, how far light in the food flattens its shading (white rice: nearly flat).
        rough: roughness range of its surface; wet foods are smooth.
        sauce: the colour that clings to pieces and stays behind; ``None`` for dry food.
        sauce_cover: share of the pieces' surface under sauce.
        clear: for liquids, the depth in mm at which the bottom is hidden.
    """

    code: int
    name: str
    korean: str
    form: Form
    slots: tuple[Slot, ...]
    density_g_per_ml: float
    density_source: str
    serving_ml: Range
    tones: tuple[Tone, ...] = ()
    pieces: tuple[PieceShape, ...] = ()
    grain_mm: Range = (5.5, 2.2)
    relief: float = 1.0
    soft: float = 0.0
    rough: Range = (0.45, 0.75)
    sauce: Tone | None = None
    sauce_cover: float = 0.0
    residue: Tone = field(default_factory=lambda: Tone((0.5, 0.45, 0.35), (0.6, 0.55, 0.45)))
    residue_strength: float = 0.3
    clear: Range = (3.0, 10.0)
    oil: float = 0.0
    steep: float = 1.0
    dark: bool = False
    red: bool = False
