"""Rice, soups and stews. Data of :mod:`foodwaste.render.food_table`."""

from __future__ import annotations

from foodwaste.render.food_kind import FoodKind, PieceShape, Tone
from foodwaste.render.food_tones import BROTH, CHILI, GREEN, STARCH

_TOFU = PieceShape(
    "box", (11, 20), (10, 17), (8, 14), (Tone((0.62, 0.52, 0.36), (0.80, 0.72, 0.56)),), tilt=0.25
)
_SCALLION = PieceShape(
    "disc",
    (4, 8),
    (4, 7),
    (1.5, 3),
    (Tone((0.10, 0.25, 0.03), (0.30, 0.45, 0.12)),),
    pattern="rind",
    share=1.2,
)

FOODS: tuple[FoodKind, ...] = (
    FoodKind(
        1,
        "white rice",
        "쌀밥",
        "grains",
        ("rice",),
        0.79,
        "USDA: rice, white, medium-grain, cooked, cup 186 g",
        (170, 330),
        (Tone((0.84, 0.83, 0.80), (0.93, 0.92, 0.90)),),
        grain_mm=(6.0, 2.3),
        relief=1.0,
        soft=0.55,
        rough=(0.5, 0.8),
        residue=STARCH,
        residue_strength=0.55,
        steep=1.3,
    ),
    FoodKind(
        2,
        "multigrain rice",
        "잡곡밥",
        "grains",
        ("rice",),
        0.82,
        "USDA: rice, brown, cooked, cup 195 g",
        (170, 320),
        (
            Tone((0.50, 0.40, 0.34), (0.74, 0.66, 0.60), 7),
            Tone((0.22, 0.10, 0.08), (0.36, 0.18, 0.14), 2.2),
            Tone((0.02, 0.012, 0.015), (0.07, 0.03, 0.04), 0.7),
            Tone((0.55, 0.42, 0.14), (0.70, 0.55, 0.25), 0.5),
        ),
        grain_mm=(5.8, 2.4),
        soft=0.35,
        residue=Tone((0.45, 0.36, 0.30), (0.62, 0.54, 0.48)),
        residue_strength=0.45,
        steep=1.3,
    ),
    FoodKind(
        3,
        "clear soup",
        "맑은국",
        "liquid",
        ("soup",),
        1.01,
        "USDA: soup, broth, ready to serve, cup 240 g",
        (150, 340),
        (Tone((0.096, 0.078, 0.030), (0.240, 0.198, 0.108)),),
        (
            PieceShape(
                "box", (10, 20), (9, 16), (5, 9), (Tone((0.55, 0.55, 0.45), (0.7, 0.7, 0.6)),)
            ),
            PieceShape("leaf", (14, 34), (9, 20), (1, 2), (GREEN,), pattern="stem"),
            _TOFU,
            _SCALLION,
            PieceShape(
                "strand",
                (22, 45),
                (2.2, 3.4),
                (2.2, 3),
                (Tone((0.6, 0.58, 0.4), (0.75, 0.73, 0.6)),),
                bend=(0, 9),
            ),
        ),
        rough=(0.03, 0.08),
        residue=Tone((0.3, 0.26, 0.14), (0.45, 0.4, 0.28)),
        residue_strength=0.12,
        clear=(9, 26),
        oil=0.25,
    ),
    FoodKind(
        4,
        "red soup",
        "육개장",
        "liquid",
        ("soup",),
        1.02,
        "estimate: broth with little fat and solids",
        (150, 340),
        (Tone((0.180, 0.033, 0.007), (0.288, 0.090, 0.024)),),
        (
            _TOFU,
            _SCALLION,
            PieceShape("leaf", (16, 34), (8, 16), (2, 4), (BROTH,), pattern="stem"),
            PieceShape(
                "lump", (12, 26), (8, 15), (5, 10), (Tone((0.15, 0.06, 0.03), (0.3, 0.14, 0.08)),)
            ),
        ),
        rough=(0.03, 0.10),
        residue=CHILI,
        residue_strength=0.4,
        clear=(3, 10),
        oil=0.8,
        red=True,
    ),
    FoodKind(
        5,
        "soybean stew",
        "된장찌개",
        "liquid",
        ("soup",),
        1.03,
        "estimate: broth thickened with soybean paste",
        (150, 340),
        (Tone((0.120, 0.045, 0.011), (0.216, 0.096, 0.036)),),
        (
            _TOFU,
            _SCALLION,
            PieceShape(
                "wedge",
                (14, 26),
                (10, 18),
                (7, 12),
                (Tone((0.40, 0.26, 0.10), (0.58, 0.42, 0.22)),),
            ),
            PieceShape(
                "ellipsoid",
                (14, 24),
                (9, 16),
                (4, 8),
                (Tone((0.015, 0.008, 0.004), (0.08, 0.04, 0.02)),),
            ),
            PieceShape(
                "disc",
                (14, 22),
                (13, 20),
                (5, 8),
                (Tone((0.35, 0.36, 0.12), (0.5, 0.5, 0.25)),),
                pattern="rind",
            ),
        ),
        rough=(0.05, 0.16),
        residue=Tone((0.22, 0.08, 0.02), (0.40, 0.2, 0.08)),
        residue_strength=0.4,
        clear=(1.5, 6),
        oil=0.4,
    ),
    FoodKind(
        6,
        "beef radish soup",
        "소고기뭇국",
        "liquid",
        ("soup",),
        1.01,
        "USDA: soup, beef broth, ready to serve, cup 240 g",
        (150, 330),
        (Tone((0.108, 0.060, 0.024), (0.204, 0.144, 0.072)),),
        (
            PieceShape(
                "box", (14, 22), (13, 20), (3, 5), (Tone((0.5, 0.48, 0.38), (0.66, 0.64, 0.52)),)
            ),
            PieceShape(
                "lump", (12, 25), (9, 16), (5, 9), (Tone((0.11, 0.05, 0.03), (0.22, 0.12, 0.08)),)
            ),
            _SCALLION,
        ),
        rough=(0.03, 0.09),
        residue=Tone((0.26, 0.16, 0.07), (0.4, 0.28, 0.15)),
        residue_strength=0.2,
        clear=(6, 16),
        oil=0.5,
    ),
)
