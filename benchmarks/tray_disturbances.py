"""What the shipped height network's ratios lose when photographs differ from rendered ones.

    python benchmarks/tray_disturbances.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. Each picture of a
meal is disturbed on its own, as if served and eaten trays were photographed by different
phones: one kind of disturbance at a time, at the strength of the shipped training and at twice
that. The colours' probability is left out, and truth stays where it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rendered_folders import asked_for, show_means

from foodwaste import models
from foodwaste.depth.registration import registered_places
from foodwaste.depth.tray_inputs import known_planes
from foodwaste.depth.two_looks import look_twice
from foodwaste.models import Session
from foodwaste.train.augment import AugmentConfig, photograph, shaky_corners, warp
from foodwaste.train.pack import Pack, read_pack
from foodwaste.train.tray_scores import Readings, score_meal

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]

_SPREADS = ("white_balance", "exposure", "gamma", "contrast", "saturation")
_NOTHING = dict.fromkeys(
    [*_SPREADS, *(name for name in AugmentConfig.model_fields if name.endswith("_share"))], 0.0
)
#: Of one kind each, in every picture; spreads as the shipped networks were trained with.
KINDS: dict[str, dict[str, float]] = {
    "nothing": {},
    "white balance, saturation": {"white_balance": 0.10, "saturation": 0.22},
    "exposure, gamma, contrast": {"exposure": 0.18, "gamma": 0.12, "contrast": 0.12},
    "blur": {"blur_share": 1.0, "blur_px": 1.4},
    "coarser sampling": {"coarse_share": 1.0},
    "noise": {"noise_share": 1.0, "noise_levels": 5.0},
    "JPEG": {"jpeg_share": 1.0},
    "glare": {"glare_share": 1.0},
    "corners found beside": {"warp_share": 1.0, "warp_px": 1.2},
}
#: Of these there is no twice as much.
_SHARES = ("coarser sampling", "JPEG", "glare")


def disturbed(rgb: Rgb, config: AugmentConfig, rng: np.random.Generator) -> Rgb:
    """A picture as another phone, room and corner search would give it."""
    moved = warp(rgb, shaky_corners(config, rgb.shape[:2], rng), smooth=True)
    return photograph(np.asarray(moved, np.uint8), config, rng)


def readings(session: Session, pack: Pack, pictures: list[Rgb]) -> list[Readings]:
    """What the network says of a meal's states, the served one first."""
    threshold = float(session.card.figures["food_threshold"])
    found: list[Readings] = []
    seen = None
    for state, picture in enumerate(pictures):
        known = known_planes(
            picture,
            pack.surface_from(state),
            served_rgb=pictures[0] if state else None,
            served_height_mm=seen,
            places=None if seen is None else places(pack, state, picture, pictures[0], seen),
        )
        said = look_twice(session, picture, known)
        food = said["food"]
        seen = food * said["height_mm"] if seen is None else seen
        height = np.where(food >= threshold, said["height_mm"], 0.0)
        found.append(Readings(height.astype(np.float32), food))
    return found


def places(pack: Pack, state: int, picture: Rgb, served: Rgb, height_mm: Map) -> Map | None:
    """Where in the served picture what a state shows is found, as the product finds it."""
    by_cameras = pack.places(state, height_mm)
    return registered_places(by_cameras, picture, served, height_mm, np.asarray(pack.wells))


def main() -> None:
    session = models.open("tray-embedded")
    for packs in asked_for(__doc__, meals=40):
        for name, own in KINDS.items():
            strengths = (1.0,) if name == "nothing" or name in _SHARES else (1.0, 2.0)
            for strength in strengths:
                # Shares stay what they are; spreads and reaches grow.
                grown = {
                    key: value if key.endswith("_share") else strength * value
                    for key, value in own.items()
                }
                config = AugmentConfig(**(_NOTHING | grown))
                rng = np.random.default_rng(0)
                scores = []
                for pack in map(read_pack, packs):
                    pictures = [disturbed(np.asarray(each), config, rng) for each in pack.rgb[1:]]
                    scores.append(score_meal(pack, readings(session, pack, pictures)))
                show_means(name if strength == 1.0 else f"{name}, twice", scores)


if __name__ == "__main__":
    main()
