"""Photographs of trays made from a few real ones: turned, tilted, cut off, cluttered, degraded.

The tray is cut out of its photograph along the marked outline and seen by a pinhole camera in a
random pose over a drawn table; so its true corners stay known exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from drawn_tables import draw_table, put_object, put_object_beside, tray_shadow
from marked_photographs import Image, Photograph, Points, read

from foodwaste.profile import Layout


def variants(photographs: list[Photograph], per_kind: int, seed: int) -> Iterator[Photograph]:
    """``per_kind`` photographs of each kind, from all given ones in turn."""
    makers = {
        "turned by 90": _right_angles,
        "any turn": lambda p, r: _over_table(p, r, tilt_deg=6, clutter=0),
        "tilted to 25": lambda p, r: _over_table(p, r, tilt_deg=25, clutter=0),
        "cluttered": lambda p, r: _over_table(p, r, tilt_deg=25, clutter=8),
        "cut off by 3 %": _cut_off,
        "scaled": _scaled,
        "degraded": lambda p, r: _degraded(_over_table(p, r, tilt_deg=15, clutter=3), r),
        "degraded, as taken": _degraded,
    }
    for kind, maker in makers.items():
        for index in range(per_kind):
            photograph = photographs[index % len(photographs)]
            whole_outline = photograph.name != "steel-empty"
            if not whole_outline and maker not in (_right_angles, _scaled, _degraded):
                continue
            rng = np.random.default_rng([seed, len(kind), ord(kind[0]), index])
            made = maker(photograph, rng)
            yield Photograph(
                f"{photograph.name}#{index}",
                kind,
                made.rgb,
                made.layout,
                made.corners_px,
                made.turn_deg,
            )


def _warped(
    photograph: Photograph, homography: Points, size: tuple[int, int], turn: int = 0
) -> Photograph:
    rgb = cv2.warpPerspective(photograph.rgb, homography, size, flags=cv2.INTER_AREA)
    corners = _apply(homography, photograph.corners_px)
    turned = (photograph.turn_deg + turn) % 360
    return Photograph("", "", rgb, photograph.layout, corners, turned)


def _apply(homography: Points, points: Points | None) -> Points:
    assert points is not None
    return cv2.perspectiveTransform(points[None], homography)[0]


def _right_angles(photograph: Photograph, rng: np.random.Generator) -> Photograph:
    quarter = int(rng.integers(1, 4))
    height, width = photograph.rgb.shape[:2]
    rgb = np.ascontiguousarray(np.rot90(photograph.rgb, -quarter))
    points = np.asarray(photograph.corners_px, np.float64)
    for _ in range(quarter):
        points = np.stack([height - 1 - points[:, 1], points[:, 0]], axis=1)
        height, width = width, height
    turn = (photograph.turn_deg + 90 * quarter) % 360
    return Photograph("", "", rgb, photograph.layout, points, turn)


def _scaled(photograph: Photograph, rng: np.random.Generator) -> Photograph:
    long_side = float(rng.uniform(600, 4000))
    factor = long_side / max(photograph.rgb.shape[:2])
    size = (round(photograph.rgb.shape[1] * factor), round(photograph.rgb.shape[0] * factor))
    rgb = cv2.resize(
        photograph.rgb, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    corners = (np.asarray(photograph.corners_px) + 0.5) * factor - 0.5
    return Photograph("", "", rgb, photograph.layout, corners, photograph.turn_deg)


def _cut_off(photograph: Photograph, rng: np.random.Generator) -> Photograph:
    """Crops one or two sides so that up to 3 % of the tray's width is missing there."""
    corners = np.asarray(photograph.corners_px)
    height, width = photograph.rgb.shape[:2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    share = rng.uniform(0.005, 0.03, 4) * np.where(rng.random(4) < 0.45, 1, np.nan)
    extent = high - low
    x0 = 0 if np.isnan(share[0]) else max(0, round(low[0] + share[0] * extent[0]))
    y0 = 0 if np.isnan(share[1]) else max(0, round(low[1] + share[1] * extent[1]))
    x1 = width if np.isnan(share[2]) else min(width, round(high[0] - share[2] * extent[0]))
    y1 = height if np.isnan(share[3]) else min(height, round(high[1] - share[3] * extent[1]))
    rgb = np.ascontiguousarray(photograph.rgb[y0:y1, x0:x1])
    return Photograph("", "", rgb, photograph.layout, corners - [x0, y0], photograph.turn_deg)


def _degraded(photograph: Photograph, rng: np.random.Generator) -> Photograph:
    gains = rng.uniform(0.4, 1.5) * rng.uniform(0.85, 1.15, 3)
    rgb = np.clip(photograph.rgb * gains, 0, 255)
    sigma = rng.uniform(0, 2.5) * max(rgb.shape[:2]) / 1600
    if sigma > 0.3:
        rgb = cv2.GaussianBlur(rgb, (0, 0), sigma)
    rgb = np.clip(rgb + rng.normal(0, rng.uniform(0, 10), rgb.shape), 0, 255).astype(np.uint8)
    rgb = _jpeg(rgb, int(rng.integers(25, 70)))
    return Photograph("", "", rgb, photograph.layout, photograph.corners_px, photograph.turn_deg)


def _jpeg(rgb: Image, quality: int) -> Image:
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def _over_table(
    photograph: Photograph, rng: np.random.Generator, *, tilt_deg: float, clutter: int
) -> Photograph:
    layout = photograph.layout
    width = int(rng.choice([1024, 1280, 1600]))
    size = (width, width * 3 // 4)
    mm_to_px = _camera(layout, size, rng, tilt_deg)
    corners_mm = np.array(
        [[0, 0], [layout.width_mm, 0], [layout.width_mm, layout.height_mm], [0, layout.height_mm]],
        np.float64,
    )
    corners = _apply(mm_to_px, corners_mm)
    source = np.asarray(photograph.corners_px, np.float32)
    homography = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    shrink = np.linalg.norm(source[1] - source[0]) / np.linalg.norm(corners[1] - corners[0])
    picture = photograph.rgb
    if shrink > 1.3:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 * float(shrink))
    tray = cv2.warpPerspective(picture, homography, size)
    inset = _apply(mm_to_px, np.asarray(layout.outline_mm()))
    alpha = np.zeros((size[1], size[0]), np.float32)
    cv2.fillPoly(alpha, [np.rint(inset * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    alpha = np.minimum(cv2.GaussianBlur(alpha, (0, 0), 0.7), 1.0)
    photographed = np.ones(photograph.rgb.shape[:2], np.float32)
    alpha *= cv2.warpPerspective(photographed, homography, size)
    scene = draw_table(size, rng).astype(np.float32)
    for _ in range(clutter):
        put_object(scene, rng)
    scene *= 1 - tray_shadow(alpha, rng)[..., None]
    light = rng.uniform(0.85, 1.1)
    scene = scene * (1 - alpha[..., None]) + tray * light * alpha[..., None]
    for _ in range(clutter // 4):
        put_object_beside(scene, corners, rng)
    rgb = _jpeg(np.clip(scene, 0, 255).astype(np.uint8), int(rng.integers(80, 96)))
    return Photograph("", "", rgb, layout, corners, _turn_of(corners))


def _turn_of(corners: Points) -> int:
    right = corners[1] + corners[2] - corners[0] - corners[3]
    return round(float(np.degrees(np.arctan2(right[1], right[0]))) / 90) % 4 * 90


def _camera(
    layout: Layout, size: tuple[int, int], rng: np.random.Generator, tilt_deg: float
) -> Points:
    """Homography from the rim plane to a phone's picture that holds the whole tray."""
    for _ in range(1000):
        focal = size[0] * rng.uniform(0.68, 0.95)
        distance = rng.uniform(350, 700)
        turn, way = rng.uniform(0, 2 * np.pi, 2)
        tilt = np.radians(tilt_deg) * np.sqrt(rng.random())
        spin = _rotation(np.array([0, 0, 1.0]), turn)
        lean = _rotation(np.array([np.cos(way), np.sin(way), 0]), tilt)
        rotation = lean @ spin
        centre = np.array([layout.width_mm / 2, layout.height_mm / 2, 0])
        shift = np.append(rng.normal(0, 25, 2), distance)
        move = shift - rotation @ centre
        camera = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1]])
        homography = camera @ np.stack([rotation[:, 0], rotation[:, 1], move], axis=1)
        outline = _apply(homography, np.asarray(layout.outline_mm()))
        if (outline > 3).all() and (outline < np.array(size) - 3).all():
            return homography / homography[2, 2]
    raise AssertionError("no camera sees the whole tray")


def _rotation(axis: Points, angle: float) -> Points:
    matrix, _ = cv2.Rodrigues(axis * angle)
    return matrix


def without_tray(
    folder: Path, layouts: list[Layout], count: int, seed: int
) -> Iterator[Photograph]:
    """Pictures in which there is no tray of these layouts."""
    rng = np.random.default_rng(seed)
    canteen = sorted((folder / "canteen-tray").rglob("*.[jJ][pP][gG]"))
    weighed = sorted((folder / "weighed-food" / "images").glob("*.jpg"))
    weighed = [weighed[i] for i in rng.permutation(len(weighed))[:count]]
    pictures: list[tuple[str, str, Image]] = [
        (path.parent.name + "/" + path.stem, "round plates on a tray", read(path))
        for path in canteen
    ]
    pictures += [(path.stem, "food on a plate", read(path)) for path in weighed]
    for index in range(count):
        scene = draw_table((1280, 960), rng).astype(np.float32)
        for _ in range(index % 12):
            put_object(scene, rng)
        pictures.append((f"table {index}", "a table", np.clip(scene, 0, 255).astype(np.uint8)))
    shape = (600, 800, 3)
    pictures += [
        ("black", "plain", np.zeros(shape, np.uint8)),
        ("white", "plain", np.full(shape, 255, np.uint8)),
        ("noise", "plain", rng.integers(0, 256, shape, dtype=np.uint8)),
        (
            "soft noise",
            "plain",
            cv2.GaussianBlur(rng.integers(0, 256, shape, dtype=np.uint8), (0, 0), 8),
        ),
        ("1 x 1", "plain", np.zeros((1, 1, 3), np.uint8)),
    ]
    for name, kind, rgb in pictures:
        for layout in layouts:
            yield Photograph(f"{name} ({layout.material})", kind, rgb, layout, None)
