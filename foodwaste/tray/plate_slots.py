"""Brings free plates to the slots of a layout made for them, as if they stood on one tray.

Before and after then agree slot by slot, and every estimator works on plates as it does on
wells. How large a plate really is no picture says: the largest is taken for a dinner plate, and
the others are as large beside it as they are seen. The made-up tray has the size and the depths
of the rendered canteen trays (``calibration/canteen-plates.yaml``), so that a network sees
plates at the scale it learned them at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Compartment, Label, Layout
from foodwaste.tray.frame import Mask, frame_of
from foodwaste.tray.plates import MOST_PLATES, Plate
from foodwaste.tray.types import RectifiedTray, TrayLocation

#: Dinner plates are 210-230 mm across the rim (the trade's sizes; unmeasured here).
_LARGEST_MM = 220.0
_SMALLEST_MM = 90.0
#: A canteen tray, its rim, and how much narrower a plate's flat floor is than its rim.
_BOARD_MM = (460.0, 340.0)
_BOARD_RADIUS_MM = 40.0
_RIM_HEIGHT_MM = 28.0
_FLOOR_SHARE = 0.65
_DEPTH_MM = 20.0
#: Between dished walls a plate holds this share of a box around it.
_CAPACITY_SHARE = 0.4
_GAP_MM = 6.0
_EDGE_MM = 4.0
#: Plates that do not fit the tray get a larger one.
_GROWTH = 1.04
_PUSHES = 300
#: Where a plate's own rim is bare, and where what it stands on begins and is still near: shares
#: of its radius.
_RIM = (0.88, 0.96)
_BESIDE = (1.10, 1.35)
_BOARD_BLUR_PX = 2.5
#: This far the picture itself is kept around a plate: its edge and the shadow under it.
_SURROUND = 1.06

Rgb = NDArray[np.uint8]
Points = NDArray[np.float64]


def plates_layout(plates: Sequence[Plate], *, largest_mm: float = _LARGEST_MM) -> Layout:
    """A tray with a round slot for every plate, called ``plate-1`` and so on, in their order.

    They keep the places that they have beside each other in the picture, moved only as far as
    to stand apart.

    Args:
        plates: all plates of one picture.
        largest_mm: diameter of the largest, where it is known.

    Raises:
        ValueError: not 1 to 6 plates.
    """
    if not 1 <= len(plates) <= MOST_PLATES:
        raise ValueError(f"1 to {MOST_PLATES} plates fit a layout, not {len(plates)}")
    largest_px = max(plate.radius_px for plate in plates)
    mm_per_px = largest_mm / 2 / largest_px
    radii = np.array(
        [max(_SMALLEST_MM / 2, plate.radius_px * mm_per_px) for plate in plates], np.float64
    )
    places = np.array([plate.centre_px for plate in plates], np.float64) * mm_per_px
    if np.ptp(places[:, 1]) > np.ptp(places[:, 0]):
        places = places[:, ::-1]  # a picture taken upright
    centres, board = _stand_apart(places, radii)
    slots = {
        f"plate-{number}": _slot(number, centre[0], centre[1], radius)
        for number, (centre, radius) in enumerate(zip(centres, radii, strict=True), start=1)
    }
    return Layout(
        width_mm=board[0],
        height_mm=board[1],
        rim_height_mm=_RIM_HEIGHT_MM,
        corner_radius_mm=_BOARD_RADIUS_MM,
        material="canteen",
        compartments=slots,
    )


def rectify_plates(rgb: Rgb, plates: Sequence[Plate | None], layout: Layout) -> RectifiedTray:
    """Each plate as a circle in its slot; around them, the plates' own rims.

    What lies between wells is what a bare well looks like: for plates that is their rims.

    Args:
        rgb: the photograph, ``(H, W, 3) uint8``.
        plates: one for each slot of the layout, ``None`` for a slot whose plate is not there.
        layout: from :func:`plates_layout`.
    """
    pixels = _pixels_around(rgb, plates, *_RIM)
    height, width = frame_of(layout).shape
    # Strides coprime to the number of pixels fill the ground with them without a pattern.
    ground = pixels[(np.arange(height * width) * 7919) % len(pixels)]
    return _placed(rgb, plates, layout, ground.reshape(height, width, 3), 1.0)


def plates_on_board(rgb: Rgb, plates: Sequence[Plate | None], layout: Layout) -> RectifiedTray:
    """Each plate as a circle in its slot; around them, what they stand on.

    That is how a tray of plates looks to a network. Arguments as for :func:`rectify_plates`.
    """
    pixels = _pixels_around(rgb, plates, *_BESIDE)
    rng = np.random.default_rng(0)
    ground = pixels[rng.integers(len(pixels), size=frame_of(layout).shape)]
    # A board is smooth: its light wanders over centimetres, not from pixel to pixel.
    ground = np.asarray(cv2.GaussianBlur(ground, (0, 0), _BOARD_BLUR_PX), np.uint8)
    return _placed(rgb, plates, layout, ground, _SURROUND)


def rectify_mask(mask: Mask, plates: Sequence[Plate | None], layout: Layout) -> Mask:
    """Pixels of the photograph ``(H, W) bool`` in the slots' frame; nothing around the plates."""
    frame = frame_of(layout)
    size = (frame.shape[1], frame.shape[0])
    found = np.zeros(frame.shape, np.bool_)
    for (name, well), plate in zip(layout.compartments.items(), plates, strict=True):
        if plate is not None:
            warp = _to_slot(plate, frame.points_px(well.rim_polygon_mm))
            flat = cv2.warpPerspective(mask.astype(np.uint8), warp, size, flags=cv2.INTER_NEAREST)
            found |= (flat > 0) & frame.rim_masks[name]
    return found


def _placed(
    rgb: Rgb, plates: Sequence[Plate | None], layout: Layout, ground: Rgb, surround: float
) -> RectifiedTray:
    """The plates on a ``ground`` of the frame's size, with ``surround`` radii of their picture."""
    frame = frame_of(layout)
    picture = ground.copy()
    valid = np.ones(frame.shape, np.bool_)
    size = (frame.shape[1], frame.shape[0])
    warped: dict[str, Rgb] = {}
    for (name, well), plate in zip(layout.compartments.items(), plates, strict=True):
        if plate is None:
            valid[frame.rim_masks[name]] = False
            continue
        warp = _to_slot(plate, frame.points_px(well.rim_polygon_mm))
        warped[name] = np.asarray(
            cv2.warpPerspective(
                rgb, warp, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
            ),
            np.uint8,
        )
        reach = (surround - 1.0) * math.sqrt(frame.rim_masks[name].sum() / math.pi)
        away = cv2.distanceTransform((~frame.rim_masks[name]).astype(np.uint8), cv2.DIST_L2, 5)
        picture[away <= reach] = warped[name][away <= reach]
    for name, plain in warped.items():  # over the neighbours' surroundings
        picture[frame.rim_masks[name]] = plain[frame.rim_masks[name]]
    location = TrayLocation(np.zeros((4, 2)), 0, 1.0, size)
    # Every plate was brought under the camera by itself: no one camera took this picture.
    return RectifiedTray(picture, valid, frame, frame.mm_to_px, location, photographed=False)


def _stand_apart(places: Points, radii: Points) -> tuple[Points, tuple[float, float]]:
    """Centres of circles that neither touch nor leave the tray, and the tray's size, mm."""
    width, height = _BOARD_MM
    places = places - (places.min(axis=0) + places.max(axis=0)) / 2
    while True:
        low = (radii + _EDGE_MM)[:, None]
        high = np.array([width, height]) - low
        if (low <= high).all():
            centres = np.clip(places + np.array([width, height]) / 2, low, high)
            if _push_apart(centres, radii, low, high):
                return centres, (width, height)
        width, height = _GROWTH * width, _GROWTH * height


def _push_apart(centres: Points, radii: Points, low: Points, high: Points) -> bool:
    """Moves overlapping circles apart, in place; whether they found room."""
    for _ in range(_PUSHES):
        apart = True
        for i in range(len(radii)):
            for j in range(i):
                between = centres[i] - centres[j]
                distance = float(np.hypot(*between))
                lacking = radii[i] + radii[j] + _GAP_MM - distance
                if lacking > 0.1:
                    apart = False
                    direction = between / distance if distance > 0 else np.array([1.0, 0.0])
                    centres[i] += direction * lacking / 2
                    centres[j] -= direction * lacking / 2
        np.clip(centres, low, high, out=centres)
        if apart:
            return True
    return False


def _slot(number: int, x: float, y: float, radius: float) -> Compartment:
    return Compartment(
        label=Label(en=f"plate {number}", ko=f"접시 {number}"),
        rim_polygon_mm=_square(x, y, radius),
        rim_radius_mm=radius,
        floor_polygon_mm=_square(x, y, _FLOOR_SHARE * radius),
        floor_radius_mm=_FLOOR_SHARE * radius,
        depth_mm=_DEPTH_MM,
        capacity_ml=_CAPACITY_SHARE * (2 * radius) ** 2 * _DEPTH_MM / 1000.0,
    )


def _square(x: float, y: float, half: float) -> tuple[tuple[float, float], ...]:
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def _to_slot(plate: Plate, corners: NDArray[np.float32]) -> NDArray[np.float64]:
    """Homography from the photograph to the slot: the ellipse becomes the inscribed circle."""
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    linear = plate.to_circle(float(right - left) / 2)
    centre = np.array([(left + right) / 2, (top + bottom) / 2], np.float64)
    warp = np.eye(3)
    warp[:2, :2] = linear
    warp[:2, 2] = centre - linear @ np.asarray(plate.centre_px)
    return warp


def _pixels_around(rgb: Rgb, plates: Sequence[Plate | None], inner: float, outer: float) -> Rgb:
    """``(N, 3)`` RGB of rings around the plates' centres, without what is unlike their median.

    Rings reach from ``inner`` to ``outer`` radii; outside a plate's own radius no other plate's
    pixels are among them.
    """
    there = [plate for plate in plates if plate is not None]
    shape = (rgb.shape[0], rgb.shape[1])
    taken = np.zeros(shape, np.bool_)
    if inner > 1.0:
        for plate in there:
            taken |= plate.scaled(inner).mask(shape)
    rings = [
        rgb[plate.scaled(outer).mask(shape) & ~plate.scaled(inner).mask(shape) & ~taken]
        for plate in there
    ]
    pixels = np.concatenate(rings) if rings else np.zeros((0, 3), np.uint8)
    if not len(pixels):
        return np.full((1, 3), 255, np.uint8)
    apart = np.abs(pixels.astype(np.int16) - np.median(pixels, axis=0)).max(axis=1)
    plain = pixels[apart <= max(30, int(np.median(apart)) * 3)]
    return np.asarray(plain, np.uint8)
