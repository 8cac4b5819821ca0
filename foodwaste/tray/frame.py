"""The tray's own frame: millimetres on the rim plane, and the pixels they are sampled at.

One fixed size for every tray, 384 x 288 px: both multiples of 32, so that a network can see
the tray as it is; about 1 mm a pixel for a school tray, which resolves a grain of rice (6 mm)
and costs 0.11 megapixels. The scale is isotropic and the tray centred, so an area in pixels is
an area in square millimetres everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.profile.content_key import content_key

FRAME_WIDTH_PX = 384
FRAME_HEIGHT_PX = 288
#: Rim left around the outline, so that the table beside the tray is seen as well.
MARGIN_PX = 4
#: On eight rendered canteen meals bare plate read as food with 0.14 by this ring's colours and
#: with 0.64 by the board's.
_RING = (0.04, 0.12)

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class WellPixels:
    """The pixels inside one well's rim, in reading order.

    Attributes:
        index: ``(N,)`` positions in the flattened frame.
        rows, columns: ``(N,)``.
        bearing: ``(N,) float64``, direction from the well's middle, radians from -pi to pi, as
            if the well were as wide as it is high.
    """

    index: NDArray[np.intp]
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    bearing: NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """Sampling of one layout: ``px = mm / mm_per_px + offset_px``.

    Attributes:
        mm_per_px: length of a pixel's side on the rim plane, mm.
        offset_px: pixel position ``(x, y)`` of the outline's top left corner.
    """

    layout: Layout
    mm_per_px: float
    offset_px: tuple[float, float]

    @property
    def shape(self) -> tuple[int, int]:
        """``(height, width)`` in pixels."""
        return FRAME_HEIGHT_PX, FRAME_WIDTH_PX

    @cached_property
    def mm_to_px(self) -> NDArray[np.float64]:
        """``(3, 3)`` homography from millimetres to pixel centres."""
        scale = 1.0 / self.mm_per_px
        x, y = self.offset_px
        return np.array([[scale, 0.0, x], [0.0, scale, y], [0.0, 0.0, 1.0]])

    def points_px(self, points_mm: object) -> NDArray[np.float32]:
        """Converts ``(N, 2)`` points from millimetres to pixels."""
        points = np.asarray(points_mm, np.float64)
        placed = points / self.mm_per_px + np.asarray(self.offset_px)
        return np.asarray(placed, np.float32)

    @cached_property
    def rim_masks(self) -> dict[str, Mask]:
        """By compartment id: ``(H, W) bool``, inside the well's rim."""
        return {
            name: self._fill(well.rim_outline_mm())
            for name, well in self.layout.compartments.items()
        }

    @cached_property
    def well_boxes(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """By compartment id: x and y of its rim mask's first pixel and of one past its last."""
        found = {}
        for name, mask in self.rim_masks.items():
            x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
            low = np.array([x, y], np.float64)
            found[name] = (low, low + np.array([width, height], np.float64))
        return found

    @cached_property
    def well_pixels(self) -> dict[str, WellPixels]:
        """By compartment id: the True pixels of its rim mask."""
        found = {}
        for name, mask in self.rim_masks.items():
            rows, columns = np.nonzero(mask)
            bearing = np.arctan2(
                (rows - rows.mean()) / np.ptp(rows), (columns - columns.mean()) / np.ptp(columns)
            )
            found[name] = WellPixels(np.flatnonzero(mask), rows, columns, bearing)
        return found

    @cached_property
    def floor_masks(self) -> dict[str, Mask]:
        """By compartment id: ``(H, W) bool``, on the well's flat floor."""
        return {
            name: self._fill(well.floor_outline_mm())
            for name, well in self.layout.compartments.items()
        }

    @cached_property
    def tray_mask(self) -> Mask:
        """``(H, W) bool``, inside the tray's outline."""
        return self._fill(self.layout.outline_mm())

    @cached_property
    def ridge_mask(self) -> Mask:
        """``(H, W) bool``: the flat rim and the broad ridges between wells, never in a well.

        2 px are left around every well and 3 px inside the outline, whose beads mirror
        whatever is beside them.
        """
        mask = self.tray_mask.copy()
        for well in self.rim_masks.values():
            mask &= ~cv2.dilate(well.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
        inner = cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8))
        return np.asarray(inner, np.bool_)

    @cached_property
    def bare_mask(self) -> Mask:
        """``(H, W) bool``: where a tray in use mostly shows the surface its wells are made of.

        Between its wells; on a canteen tray, where that is the board, on the plates' own rims:
        a ring from 4 to 12 % of the radius inside each.
        """
        if self.layout.material != "canteen":
            return self.ridge_mask
        rings = np.zeros(self.shape, np.bool_)
        for well in self.rim_masks.values():
            inside = cv2.distanceTransform(well.astype(np.uint8), cv2.DIST_L2, 5)
            radius = float(inside.max())
            rings |= (inside > _RING[0] * radius) & (inside < _RING[1] * radius)
        return rings

    @cached_property
    def depth_mm(self) -> NDArray[np.float32]:
        """``(H, W) float32``: depth of the empty tray below the rim plane, 0 outside wells.

        Walls slope straight from the rim's outline to the floor's: at each pixel the depth is
        the well's depth times (distance to the rim) / (distance to rim + distance to floor).
        """
        depth = np.zeros(self.shape, np.float32)
        for name, well in self.layout.compartments.items():
            rim, floor = self.rim_masks[name], self.floor_masks[name]
            inside = cv2.distanceTransform(rim.astype(np.uint8), cv2.DIST_L2, 5)
            outside = cv2.distanceTransform((~floor).astype(np.uint8), cv2.DIST_L2, 5)
            share = inside / np.maximum(inside + outside, 1e-6)
            depth[rim] = (well.depth_mm * share)[rim]
            depth[floor] = well.depth_mm
        return depth

    @cached_property
    def nearest_wells(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """``(H, W) uint8`` and ``(H, W) float32``: the nearest well, and how far its rim is.

        1 + the well's index in the layout's order; mm, 0 inside. Kept: 4 ms.
        """
        nearest = np.full(self.shape, np.inf, np.float32)
        owner = np.zeros(self.shape, np.uint8)
        for index, mask in enumerate(self.rim_masks.values(), start=1):
            distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
            nearer = distance < nearest
            nearest[nearer] = distance[nearer]
            owner[nearer] = index
        distance_mm = nearest * np.float32(self.mm_per_px)
        owner.setflags(write=False)
        distance_mm.setflags(write=False)
        return owner, distance_mm

    def _fill(self, outline_mm: object) -> Mask:
        canvas = np.zeros(self.shape, np.uint8)
        # 4 fractional bits: polygons are filled to a sixteenth of a pixel.
        points = np.rint(self.points_px(outline_mm) * 16).astype(np.int32)
        cv2.fillPoly(canvas, [points], 1, lineType=cv2.LINE_8, shift=4)
        filled: Mask = canvas > 0
        return filled


@lru_cache(maxsize=16)
def _cached_frame(key: str) -> Frame:
    layout = Layout.model_validate_json(key)
    mm_per_px = max(
        layout.width_mm / (FRAME_WIDTH_PX - 2 * MARGIN_PX),
        layout.height_mm / (FRAME_HEIGHT_PX - 2 * MARGIN_PX),
    )
    offset = (
        (FRAME_WIDTH_PX - 1 - layout.width_mm / mm_per_px) / 2,
        (FRAME_HEIGHT_PX - 1 - layout.height_mm / mm_per_px) / 2,
    )
    return Frame(layout, mm_per_px, offset)


def frame_of(layout: Layout) -> Frame:
    """The frame in which trays of this layout are rectified (cached: its masks cost time)."""
    return _cached_frame(content_key(layout))
