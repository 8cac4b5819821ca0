"""The development pictures ``weighed-food``: single foods on a plate beside a coin, weighed.

The set has volumes and masses but no meals and no before-pictures: there is no leftover ratio in
it. It judges what a picture says of a portion's mass. The two published baselines are given
here, each portion judged by the *other* portions of its food; an estimator of mass belongs
beside them as soon as one reads single plates.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.evaluate.labels import DatasetError
from foodwaste.evaluate.metrics import relative_errors
from foodwaste.evaluate.summary import QuantityScore

NAME = "weighed-food"
#: The coin of the data set is 25.0 mm across.
_COIN_MM = 25.0
_COLUMNS = {"image", "id", "view", "food", "x0", "x1", "coin_x0", "volume_ml", "mass_g"}


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph of one portion.

    ``box_mm`` is the width and height of the food's bounding box, scaled by the coin; ``None``
    where no coin is marked. ``box_px`` is the box itself: left, top, right, bottom.
    """

    image: Path
    portion: str
    food: str
    top_view: bool
    box_mm: tuple[float, float] | None
    volume_ml: float
    mass_g: float
    box_px: tuple[float, float, float, float] | None = None


def find_weighed_food(name_or_path: str) -> Path | None:
    """The folder, when this names the data set; ``None`` when it names something else."""
    path = Path(name_or_path)
    if path.name != NAME:
        return None
    root = os.environ.get("FOODWASTE_DATA")
    if not path.is_dir() and root:
        path = Path(root) / NAME
    if not path.is_dir():
        raise DatasetError(f"{NAME}: set FOODWASTE_DATA to the folder that holds it")
    return path


def read_weighed_food(folder: Path) -> tuple[Shot, ...]:
    """All photographs with their portion's volume and mass.

    Raises:
        DatasetError: the table is missing or has other columns.
    """
    path = folder / "measurements.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
    if not rows or not set(rows[0]) >= _COLUMNS:
        raise DatasetError(f"{path}: not the table of 'weighed-food'")
    return tuple(_shot(folder, row) for row in rows)


def mass_baselines(shots: Sequence[Shot]) -> tuple[QuantityScore, ...]:
    """The two baselines of the literature over top views, each portion left out in turn.

    Portions count alike in what is fitted, however often they were photographed; errors are
    over photographs.
    """
    top = [shot for shot in shots if shot.top_view and shot.box_mm is not None]
    return (
        _left_out("mass of a food's mean portion", top, lambda _: 1.0),
        _left_out("mass from the box's area^1.5, by food", top, _box_size),
    )


def _box_size(shot: Shot) -> float:
    width, height = shot.box_mm or (math.nan, math.nan)
    return float((width * height) ** 1.5)


def _left_out(name: str, shots: Sequence[Shot], size: Callable[[Shot], float]) -> QuantityScore:
    """Mass as ``k * size`` with ``k`` from the food's other portions; single portions skipped."""
    truths: list[float] = []
    answers: list[float] = []
    portions = {shot.portion: shot for shot in shots}
    for portion, example in portions.items():
        others = [s for s in shots if s.food == example.food and s.portion != portion]
        own = [s for s in shots if s.portion == portion]
        if not others:
            continue
        k = _mean_by_portion(others, lambda s: s.mass_g / size(s))
        for shot in own:
            truths.append(shot.mass_g)
            answers.append(k * size(shot))
    truth, answer = np.array(truths), np.array(answers)
    mape, over_mean = relative_errors(answer, truth)
    return QuantityScore(name=name, count=len(truths), mape=mape, mae_over_mean=over_mean)


def _mean_by_portion(shots: Sequence[Shot], value: Callable[[Shot], float]) -> float:
    groups: dict[str, list[float]] = {}
    for shot in shots:
        groups.setdefault(shot.portion, []).append(value(shot))
    means: NDArray[np.float64] = np.array([np.mean(values) for values in groups.values()])
    return float(means.mean())


def _shot(folder: Path, row: dict[str, str]) -> Shot:
    box = None
    if row["coin_x0"]:
        coin_px = (
            float(row["coin_x1"]) - float(row["coin_x0"]),
            float(row["coin_y1"]) - float(row["coin_y0"]),
        )
        mm_per_px = _COIN_MM / ((coin_px[0] + coin_px[1]) / 2)
        box = (
            (float(row["x1"]) - float(row["x0"])) * mm_per_px,
            (float(row["y1"]) - float(row["y0"])) * mm_per_px,
        )
    return Shot(
        image=folder / "images" / f"{row['image']}.jpg",
        portion=row["id"],
        food=row["food"],
        top_view=row["view"] == "T",
        box_mm=box,
        volume_ml=float(row["volume_ml"]),
        mass_g=float(row["mass_g"]),
        box_px=(float(row["x0"]), float(row["y0"]), float(row["x1"]), float(row["y1"])),
    )
