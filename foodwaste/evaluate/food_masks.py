"""How well the pixels found agree with the pixels that are food."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from foodwaste.evaluate.judge import Judged
from foodwaste.evaluate.labels import DatasetError, LabelledTray
from foodwaste.evaluate.record import alone
from foodwaste.evidence import Finding
from foodwaste.imaging import load
from foodwaste.tray import RectifiedTray
from foodwaste.tray.frame import Mask
from foodwaste.tray.plate_slots import rectify_mask

#: Names under which an ``.npz`` may hold the food mask.
_NAMES = ("food", "food_mask")
#: The trivial answer: every pixel inside a well is food.
EVERYTHING = "everything inside the wells"


@dataclass(frozen=True, slots=True)
class FoodPixels:
    """Agreement of food pixels in one well of one picture, by one way of finding them.

    ``overlap`` is ``(intersection, union, found + true)``, pixels of the tray's frame.
    """

    picture: Path
    compartment: str
    way: str
    overlap: tuple[int, int, int]


def food_pixels(judged: Judged, tray: LabelledTray, food_threshold: float) -> Iterator[FoodPixels]:
    """Every estimator that finds pixels, and the trivial answer, in all wells with a truth.

    For free plates the picture before the meal counts as well as the one after it, and every
    plate found; on a tray the labelled wells of the picture after the meal.

    Args:
        judged: the analysis.
        tray: its truth; without a mask nothing comes of it.
        food_threshold: probability from which the map ``food`` of a network says food.

    Raises:
        DatasetError: a mask has another size than its picture.
    """
    findings, served = judged.analysis.findings, judged.analysis.served
    if tray.food_mask is None or judged.after is None or findings is None:
        return
    if judged.placed is None:
        truth = read_mask(tray.food_mask)
        if truth.shape != judged.after.frame.shape:
            raise _wrong_size(tray.food_mask, truth, judged.after.frame.shape)
        known = {report.id for report in judged.report.compartments}
        names = [
            label.compartment
            for label in tray.labels
            if label.leftover_ratio is not None and label.compartment in known
        ]
        # Whether food goes on under a spoon is no question of pixels.
        seen = ~read_covered(tray.food_mask, truth.shape)
        wells = {name: judged.after.frame.rim_masks[name] & seen for name in names}
        yield from _compared(tray.after, truth, wells, _found(findings, food_threshold))
        return
    layout = judged.after.frame.layout
    truth = rectify_mask(_photograph_mask(tray.food_mask, tray.after), judged.placed.after, layout)
    found = _found(findings, food_threshold)
    yield from _compared(tray.after, truth, _seen_wells(judged.after), found)
    if tray.before is None or tray.before_mask is None or judged.before is None or served is None:
        return
    mask = _photograph_mask(tray.before_mask, tray.before)
    truth = rectify_mask(mask, judged.placed.before, layout)
    found = _found(served.findings, food_threshold)
    yield from _compared(tray.before, truth, _seen_wells(judged.before), found)


@lru_cache(maxsize=4)
def read_mask(path: Path) -> Mask:
    """A food mask ``(H, W) bool``, from a picture (anything but black) or an ``.npz``."""
    if path.suffix == ".npz":
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            name = next((name for name in _NAMES if name in arrays), None)
            if name is None:
                raise DatasetError(f"{path}: none of {', '.join(_NAMES)} in it")
            return np.asarray(arrays[name] > 0, np.bool_)
    return np.asarray(load(path).rgb.max(axis=2) > 0, np.bool_)


@lru_cache(maxsize=4)
def read_covered(path: Path, shape: tuple[int, int]) -> Mask:
    """Where something lies on food, ``(H, W) bool``: known of rendered trays, nowhere else."""
    if path.suffix == ".npz":
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            if {"food", "height_mm"} <= set(arrays):
                return np.asarray((arrays["height_mm"] > 0) & ~(arrays["food"] > 0), np.bool_)
    return np.zeros(shape, np.bool_)


def _found(findings: Mapping[str, Finding], threshold: float) -> dict[str, Mask]:
    """By way of answering: colour's own mask, and a network's probability made one."""
    found: dict[str, Mask] = {}
    for estimator, finding in findings.items():
        if "food_mask" in finding.maps:
            found[alone(estimator)] = np.asarray(finding.maps["food_mask"], np.bool_)
        elif "food" in finding.maps:
            food = np.asarray(finding.maps["food"], np.float32)
            found[alone(estimator)] = np.asarray(food >= threshold, np.bool_)
    return found


def _compared(
    picture: Path, truth: Mask, wells: Mapping[str, Mask], found: Mapping[str, Mask]
) -> Iterator[FoodPixels]:
    everything = {EVERYTHING: np.ones(truth.shape, np.bool_)}
    for way, mask in {**found, **everything}.items():
        for name, well in wells.items():
            a, b = mask[well], truth[well]
            overlap = (int((a & b).sum()), int((a | b).sum()), int(a.sum() + b.sum()))
            yield FoodPixels(picture, name, way, overlap)


def _seen_wells(tray: RectifiedTray) -> dict[str, Mask]:
    """The slots whose plate is in the picture."""
    return {name: well for name, well in tray.frame.rim_masks.items() if tray.valid[well].any()}


def _photograph_mask(mask: Path, picture: Path) -> Mask:
    """A mask drawn on a whole photograph."""
    truth, shape = read_mask(mask), load(picture).rgb.shape[:2]
    if truth.shape != shape:
        raise _wrong_size(mask, truth, (shape[0], shape[1]))
    return truth


def _wrong_size(path: Path, truth: Mask, shape: tuple[int, int]) -> DatasetError:
    return DatasetError(f"{path}: a mask of {truth.shape}, not {shape}, pixels")
