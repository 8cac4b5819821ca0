"""Tables with things on them, drawn, and the shadow that a tray throws on one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float64]


def draw_table(size: tuple[int, int], rng: np.random.Generator) -> Image:
    """Wood with grain and joints, laminate, stone or a checked cloth."""
    width, height = size
    base = np.array(
        [[205, 175, 130], [190, 160, 125], [225, 205, 170], [150, 105, 70], [215, 215, 210],
         [120, 125, 130], [90, 110, 95], [235, 232, 225]][int(rng.integers(8))], np.float32
    )  # fmt: skip
    base = base + rng.normal(0, 8, 3)
    side = int(np.hypot(width, height)) + 2
    kind = int(rng.integers(4))
    grain = rng.normal(0, 1, (side, side)).astype(np.float32)
    if kind <= 1:
        fine = cv2.GaussianBlur(grain, (0, 0), sigmaX=side / 25, sigmaY=1.2)
        broad = cv2.GaussianBlur(grain, (0, 0), sigmaX=side / 8, sigmaY=6)
        texture = fine / fine.std() * rng.uniform(2, 7) + broad / broad.std() * rng.uniform(1, 6)
        if kind == 1:
            for y in range(0, side, int(rng.uniform(0.1, 0.3) * side)):
                texture[y : y + 2] -= 25
    elif kind == 2:
        texture = cv2.GaussianBlur(grain, (0, 0), 2.0)
        texture = texture / texture.std() * rng.uniform(1, 10)
    else:
        period = rng.uniform(20, 60)
        line = np.sign(np.sin(np.arange(side) / period * np.pi))
        texture = (line[:, None] + line[None]) * rng.uniform(3, 12) + grain * 2
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(0, 360)), 1.0)
    turn[:, 2] += [(width - side) / 2, (height - side) / 2]
    texture = cv2.warpAffine(texture.astype(np.float32), turn, size, borderMode=cv2.BORDER_REFLECT)
    y, x = np.mgrid[0:height, 0:width] / width
    slope = 1 + rng.normal(0, 0.15) * (x - 0.5) + rng.normal(0, 0.15) * (y - 0.4)
    return np.clip((base + texture[..., None]) * slope[..., None], 0, 255).astype(np.uint8)


def put_object(scene: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Draws a card, cup, stick, phone or napkin somewhere on the table."""
    height, width = scene.shape[:2]
    _draw_object(scene, rng.uniform([0, 0], [width, height]), rng, width)


def put_object_beside(
    scene: NDArray[np.float32], corners: Points, rng: np.random.Generator
) -> None:
    """Draws an object that hides a little of the tray's border."""
    side = int(rng.integers(4))
    share = rng.uniform(0.15, 0.85)
    spot = corners[side] * share + corners[(side + 1) % 4] * (1 - share)
    outwards = spot - corners.mean(axis=0)
    spot = spot + outwards / np.linalg.norm(outwards) * scene.shape[1] * rng.uniform(0.02, 0.05)
    _draw_object(scene, spot, rng, scene.shape[1])


def _draw_object(
    scene: NDArray[np.float32], centre: Points, rng: np.random.Generator, width: int
) -> None:
    colour = tuple(float(v) for v in rng.choice([20, 60, 120, 180, 230, 250], 3))
    if rng.random() < 0.6:
        grey = float(rng.choice([25, 70, 200, 240, 250]))
        colour = (grey, grey, grey)
    place = tuple(int(v) for v in centre)
    kind = int(rng.integers(4))
    if kind == 0:
        sides = rng.uniform(0.05, 0.25, 2) * width
        box = cv2.boxPoints(
            (tuple(map(float, centre)), tuple(map(float, sides)), float(rng.uniform(0, 180)))
        )
        cv2.fillPoly(scene, [np.rint(box).astype(np.int32)], colour, cv2.LINE_AA)
        inner = centre + (box - centre) * 0.8
        cv2.polylines(scene, [np.rint(inner).astype(np.int32)], True, (90, 90, 90), 2, cv2.LINE_AA)
    elif kind == 1:
        radius = int(rng.uniform(0.03, 0.1) * width)
        cv2.circle(scene, place, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(scene, place, int(radius * 0.8), (200, 195, 190), 3, cv2.LINE_AA)
    elif kind == 2:
        angle = rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * width * rng.uniform(0.15, 0.4)
        start, end = (
            np.rint(centre - reach / 2).astype(int),
            np.rint(centre + reach / 2).astype(int),
        )
        cv2.line(
            scene,
            tuple(map(int, start)),
            tuple(map(int, end)),
            colour,
            int(width * 0.008),
            cv2.LINE_AA,
        )
    else:
        count = 9
        angles = np.sort(rng.uniform(0, 2 * np.pi, count))
        radii = rng.uniform(0.03, 0.09, count) * width
        shape = centre + np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]
        cv2.fillPoly(scene, [np.rint(shape).astype(np.int32)], colour, cv2.LINE_AA)


def tray_shadow(alpha: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A soft or hard shadow to one side of the tray, 0 (none) to about 0.6."""
    height, width = alpha.shape
    move = rng.normal(0, 0.012, 2) * width
    shift = np.array([[1, 0, move[0]], [0, 1, move[1]]], np.float64)
    moved = cv2.warpAffine(alpha, shift, (width, height))
    soft = cv2.GaussianBlur(moved, (0, 0), float(rng.uniform(0.001, 0.012)) * width + 0.5)
    return np.asarray(soft * rng.uniform(0.1, 0.6), np.float32)
