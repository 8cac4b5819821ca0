"""How well a small classifier tells rendered from real compartments: 0.5 is by guessing.

Colour (HSV) and gradient histograms of each rectified compartment, a logistic regression, and
whole photographs left out in turn, so that no picture is judged by its own compartments.

FOODWASTE_DATA=<development pictures> python benchmarks/render_realism.py --rendered FOLDER...
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from marked_photographs import data_folder, marked_photographs
from numpy.typing import NDArray

from foodwaste.imaging import load, save_png
from foodwaste.profile import load_profile
from foodwaste.render.manifest import finished_meals
from foodwaste.tray import frame_of, rectify
from foodwaste.tray.frame import Frame
from foodwaste.tray.types import TrayLocation

Features = NDArray[np.float64]
Picture = NDArray[np.uint8]

#: Meals of each folder on the sheet.
_OF_EACH = 6
_ACROSS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rendered", type=Path, nargs="+", required=True)
    parser.add_argument("--sheet", type=Path, help="PNG: real trays above, rendered ones below")
    options = parser.parse_args()
    data = data_folder()
    if data is None:
        raise SystemExit("set FOODWASTE_DATA to the folder of development pictures")
    rows: list[tuple[str, bool, str, Features]] = []
    real_trays: list[Picture] = []
    rendered_trays: list[Picture] = []
    for photograph in marked_photographs(data):
        frame = frame_of(photograph.layout)
        size = photograph.rgb.shape[1], photograph.rgb.shape[0]
        place = TrayLocation(np.asarray(photograph.corners_px), photograph.turn_deg, 1.0, size)
        rgb = rectify(photograph.rgb, place, frame).rgb
        real_trays.append(rgb)
        rows += [
            (photograph.name, True, photograph.layout.material, f) for f in _features(rgb, frame)
        ]
    for out in options.rendered:
        for folder in finished_meals(out):
            frame = frame_of(load_profile(_profile_of(folder)).profile.layout)
            for picture in sorted(folder.glob("state-*.jpg")):
                rows += [
                    (folder.name, False, frame.layout.material, f)
                    for f in _features(load(picture).rgb, frame)
                ]
        rendered_trays += [
            load(folder / f"state-{1 + number % 2}.jpg").rgb
            for number, folder in enumerate(finished_meals(out)[:_OF_EACH])
        ]
    if options.sheet is not None:
        save_png(options.sheet, _sheet(real_trays, rendered_trays))
    for material in ("steel", "white"):
        chosen = [row for row in rows if row[2] == material]
        real = sum(row[1] for row in chosen)
        if not real or real == len(chosen):
            continue
        for name, columns in (
            ("colour", slice(0, 72)),
            ("gradients", slice(72, None)),
            ("both", slice(None)),
        ):
            score = _cross_validated(chosen, columns)
            print(
                f"{material}: {real} real and {len(chosen) - real} rendered compartments, "
                f"{name}: balanced accuracy {score[0]:.2f}, area under the ROC {score[1]:.2f}"
            )


def _profile_of(folder: Path) -> str:
    import json

    meal = json.loads((folder / "meal.json").read_text(encoding="utf-8"))
    return str(meal["spec"]["profile"])


def _sheet(real: list[Picture], rendered: list[Picture]) -> Picture:
    """The real trays above, the rendered ones below, a dark line between."""
    height, width = real[0].shape[:2]
    line = np.zeros((8, width * _ACROSS, 3), np.uint8)
    return np.vstack([_rows(real, height, width), line, _rows(rendered, height, width)])


def _rows(pictures: list[Picture], height: int, width: int) -> Picture:
    canvas = np.full((-(-len(pictures) // _ACROSS) * height, width * _ACROSS, 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // _ACROSS * height, index % _ACROSS * width
        canvas[top : top + height, left : left + width] = picture
    return canvas


def _features(rgb: NDArray[np.uint8], frame: Frame) -> list[Features]:
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    size, angle = np.hypot(dx, dy), np.arctan2(dy, dx) % np.pi
    found = []
    for mask in frame.rim_masks.values():
        hue, saturation, value = (hsv[..., i][mask] for i in range(3))
        colour = [
            np.histogram(hue, 24, (0, 180), weights=saturation / 255.0)[0] / mask.sum(),
            np.histogram(saturation, 24, (0, 256))[0] / mask.sum(),
            np.histogram(value, 24, (0, 256))[0] / mask.sum(),
        ]
        gradient = [
            np.histogram(np.log1p(size[mask]), 24, (0, 7))[0] / mask.sum(),
            np.histogram(angle[mask], 12, (0, np.pi), weights=size[mask])[0] / size[mask].sum(),
        ]
        found.append(np.sqrt(np.concatenate([*colour, *gradient])))
    return found


def _cross_validated(
    rows: list[tuple[str, bool, str, Features]], columns: slice
) -> tuple[float, float]:
    """Balanced accuracy and area under the ROC curve, each photograph judged by the others."""
    x = np.array([row[3][columns] for row in rows])
    y = np.array([row[1] for row in rows])
    groups = np.array([f"{row[1]}{row[0]}" for row in rows])
    real_groups = sorted(set(groups[y]))
    fold = {g: i for i, g in enumerate(real_groups)}
    for i, g in enumerate(sorted(set(groups[~y]))):
        fold[g] = i % len(real_groups)
    folds = np.array([fold[g] for g in groups])
    score = np.zeros(len(y))
    for held in range(len(real_groups)):
        train = folds != held
        score[~train] = _logistic(x[train], y[train], x[~train])
    accuracy = ((score[y] > 0).mean() + (score[~y] <= 0).mean()) / 2
    order = score[y][:, None] - score[~y][None, :]
    return float(accuracy), float((order > 0).mean() + 0.5 * (order == 0).mean())


def _logistic(x: Features, y: NDArray[np.bool_], unseen: Features) -> Features:
    """Log odds of ``unseen``, classes weighed alike; ridge penalty, plain gradient descent."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    a, b = (x - mean) / scale, (unseen - mean) / scale
    weight = np.where(y, 0.5 / max(1, y.sum()), 0.5 / max(1, (~y).sum()))
    w, bias = np.zeros(a.shape[1]), 0.0
    for _ in range(2000):
        slope = weight * (1 / (1 + np.exp(-(a @ w + bias))) - y)
        w -= 0.5 * (a.T @ slope + 0.01 * w)
        bias -= 0.5 * slope.sum()
    return np.asarray(b @ w + bias)


if __name__ == "__main__":
    main()
