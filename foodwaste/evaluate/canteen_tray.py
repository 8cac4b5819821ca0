"""The development pictures ``canteen-tray``: meals on free plates, with a mask of each food.

The trap: pixels after over pixels before can exceed 1, because the camera came closer. The
areas of the plates, found in both pictures, tell by how much; the normalised ratio is the truth
used here, the raw one is kept beside it. Both are ratios of *area*, not of amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.evaluate.labels import Dataset, DatasetError, Label, LabelledTray
from foodwaste.imaging import load
from foodwaste.tray.plate_pairs import find_same_plates
from foodwaste.tray.plates import Plate

_FOODS = {
    1: "pasta with pesto",
    2: "pasta with tomato sauce",
    3: "pasta with meat sauce",
    4: "pasta with clams and mussels",
    5: "pilaw rice with peppers and peas",
    6: "grilled pork cutlet",
    7: "fish cutlet",
    8: "rabbit",
    9: "seafood salad",
    10: "beans",
    11: "basil potatoes",
    12: "salad",
    13: "bread",
}
_AFTER = ("leftover1", "leftover2", "leftover3")

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PlateTruth:
    """What the masks say of one plate: its foods, and the area ratio, raw and plate-normalised."""

    foods: tuple[int, ...]
    raw: float
    normalised: float


def read_canteen_tray(folder: Path) -> Dataset:
    """Every after-picture of every meal with masks; compartments are ``plate-1`` and so on.

    Foods that lie on no plate (bread on the tray) are left out.

    Raises:
        DatasetError: no meal with masks is there, or a plate is not found in its picture.
    """
    meals = sorted(path.parent for path in folder.glob("*/masks") if path.is_dir())
    if not meals:
        raise DatasetError(f"{folder}: no meal with masks; is this the folder 'canteen-tray'?")
    trays = []
    for meal in meals:
        for name in _AFTER:
            after, before = meal / f"{name}.jpg", meal / "food_image.jpg"
            masks = meal / "masks/food_image_mask.png", meal / f"masks/{name}.png"
            truths = plate_truths(before, masks[0], after, masks[1])
            labels = tuple(
                Label(
                    f"plate-{index + 1}",
                    dish=" + ".join(_FOODS[food] for food in truth.foods),
                    leftover_ratio=min(1.0, truth.normalised),
                )
                for index, truth in truths.items()
            )
            tray = LabelledTray(
                after,
                before,
                meal.name,
                labels,
                food_mask=masks[1],
                before_mask=masks[0],
                plates=True,
            )
            trays.append(tray)
    note = "truths are ratios of area by plate, normalised by the plates' areas"
    return Dataset("canteen-tray", tuple(trays), (note,))


def plate_truths(
    before: Path, before_mask: Path, after: Path, after_mask: Path
) -> dict[int, PlateTruth]:
    """By index of the plate in the before-picture; plates without food or match are absent."""
    first, last = load(before).rgb, load(after).rgb
    plates, matched = find_same_plates(first, last)
    if not plates:
        raise DatasetError(f"{before}: no plate found in it")
    ids_before, ids_after = _ids(before_mask), _ids(after_mask)
    found: dict[int, PlateTruth] = {}
    for index, (plate, other) in enumerate(zip(plates, matched, strict=True)):
        foods = _foods_on(ids_before, plate)
        if not foods or other is None:
            continue
        raw = float(np.isin(ids_after, foods).sum() / np.isin(ids_before, foods).sum())
        found[index] = PlateTruth(foods, raw, raw * plate.area_px / other.area_px)
    return found


def _foods_on(ids: Mask, plate: Plate) -> tuple[int, ...]:
    inside = plate.mask((ids.shape[0], ids.shape[1]))
    return tuple(
        food for food in _FOODS if (ids == food).any() and inside[ids == food].mean() > 0.5
    )


def _ids(path: Path) -> Mask:
    return np.asarray(load(path).rgb[..., 0], np.uint8)
