"""Real food's texture and colour laid over rendered food.

Rendered foods have one scale of texture and clean colours; peel, crumb and cut faces of the
set ``weighed-food`` have neither. The rendered shading stays, so heights still show.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.train.pack import FOOD, Pack
from foodwaste.train.stay import Stay
from foodwaste.train.weighed_crops import read_weighed_crops

Rgb = NDArray[np.uint8]

#: A crop of this many pixels shows a food of 8 cm at about a millimetre a pixel.
_CROP_PX = 96
#: Of a crop, which has the food's box and a margin: surely food.
_INNER = slice(22, 74)
#: A surface flatter than this is a liquid's, mm.
_FLAT_MM = 1.2
_LEAST_PX = 200


def prepare_textures(weighed_food: Path, file: Path) -> Path:
    """Cuts the middle of every food seen from above out of ``weighed-food``, once.

    Returns:
        The file: ``(N, 52, 52, 3) uint8`` RGB.
    """
    if not file.is_file():
        crops = [each.rgb for each in read_weighed_crops(weighed_food, _CROP_PX) if each.top_view]
        partial = file.with_name(f".{file.name}.partial.npy")
        np.save(partial, np.stack(crops)[:, _INNER, _INNER])
        partial.replace(file)
    return file


def solid_wells(pack: Pack) -> list[int]:
    """Numbers of the wells whose served food is no liquid: its surface is not flat."""
    top = pack.surface_from(0).astype(np.float32) + pack.height_mm[0].astype(np.float32)
    food = (pack.classes[0] & FOOD) > 0
    found = []
    for number in range(1, int(pack.wells.max()) + 1):
        here = food & (pack.wells == number)
        if here.sum() >= _LEAST_PX and float(top[here].std()) > _FLAT_MM:
            found.append(number)
    return found


def lay(
    pictures: list[tuple[Rgb, NDArray[np.bool_]]],
    patch: Rgb,
    rng: np.random.Generator,
    stay: Stay | None = None,
) -> list[Rgb]:
    """Lays one texture over one dish in several pictures of it.

    Args:
        pictures: each with the mask ``(H, W)`` of the dish in it; as it was served first.
        patch: ``(h, w, 3)``, a piece of the texture.
        rng: decides whether the food's colour is taken too, how strongly, and the place.
        stay: what of the surface stayed in all but the first picture; by default all of it.
    """
    shape = pictures[0][0].shape[:2]
    texture = _spread(patch, shape, rng)
    strength = np.float32(rng.uniform(0.5, 1.0))
    coloured = rng.random() < 0.6
    changed = []
    for index, (rgb, mask) in enumerate(pictures):
        if index and stay is not None:
            texture = stay.surface(texture, _spread(patch, shape, rng))
        grey = texture.mean(axis=2, keepdims=True)
        detail = (grey + 8.0) / (cv2.GaussianBlur(grey, (0, 0), 12.0)[..., None] + 8.0)
        if not mask.any():
            changed.append(rgb)
            continue
        own = rgb.astype(np.float32)
        light = own.mean(axis=2, keepdims=True)
        shading = cv2.GaussianBlur(light, (0, 0), 2.0)[..., None] / max(
            float(light[mask].mean()), 1
        )
        laid = texture * shading if coloured else own * detail
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)[..., None] * strength
        mixed = own + soft * (laid - own)
        changed.append(np.clip(mixed, 0, 255).astype(np.uint8))
    return changed


def _spread(patch: Rgb, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """The patch repeated mirror-wise over a whole picture, from a random place."""
    turned = np.rot90(patch, int(rng.integers(4)))
    pair = np.concatenate([turned, turned[:, ::-1]], axis=1)
    tile = np.concatenate([pair, pair[::-1]])
    down, right = (int(rng.integers(each)) for each in tile.shape[:2])
    tile = np.roll(tile, (down, right), axis=(0, 1))
    times = [-(-wanted // had) for wanted, had in zip(shape, tile.shape[:2], strict=True)]
    whole = np.tile(tile, (times[0], times[1], 1))[: shape[0], : shape[1]]
    return whole.astype(np.float32)
