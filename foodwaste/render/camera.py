"""The camera: where it stands, what it sees, and how points fall on its pixels.

World: mm, origin at the tray's middle on the rim plane, x right, y up the page, z up.
Pixel centres are whole numbers, as everywhere in the project.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.render.grid import Array
from foodwaste.tray.frame import Frame

Float = NDArray[np.float64]


@dataclass(frozen=True)
class CameraSpec:
    """Pose and lens of a camera.

    Attributes:
        height_mm: above the rim plane.
        tilt_deg: between the line of sight and the vertical, 0..25.
        azimuth_deg: in which direction it stands off.
        turn_deg: turn of the picture around the line of sight.
        aim_mm: where the line of sight meets the rim plane, from the tray's middle.
        fill: share of the picture's shorter fitting side that the tray takes.
        width_px: picture's width.
        height_px: picture's height.
    """

    height_mm: float
    tilt_deg: float
    azimuth_deg: float
    turn_deg: float
    aim_mm: tuple[float, float]
    fill: float
    width_px: int
    height_px: int

    @staticmethod
    def draw(rng: np.random.Generator, size_px: tuple[int, int]) -> CameraSpec:
        """Draws a hand-held or fixed camera over the tray, 35-70 cm up, tilted to 25 degrees."""
        quarter = float(rng.choice([0, 90, 180, 270], p=[0.4, 0.2, 0.2, 0.2]))
        tilt = abs(rng.normal(0, 6)) if rng.random() < 0.7 else rng.uniform(0, 25)
        return CameraSpec(
            height_mm=float(rng.uniform(350, 700)),
            tilt_deg=float(min(tilt, 25.0)),
            azimuth_deg=float(rng.uniform(0, 360)),
            turn_deg=quarter
            + float(rng.normal(0, 5) if rng.random() < 0.8 else rng.uniform(-45, 45)),
            aim_mm=(float(rng.normal(0, 10)), float(rng.normal(0, 8))),
            fill=float(rng.uniform(0.62, 0.95)),
            width_px=size_px[0],
            height_px=size_px[1],
        )

    @property
    def position(self) -> Float:
        """World position, mm."""
        away = np.tan(np.radians(self.tilt_deg)) * self.height_mm
        azimuth = np.radians(self.azimuth_deg)
        x, y = self.aim_mm
        return np.array([x + away * np.cos(azimuth), y + away * np.sin(azimuth), self.height_mm])


@dataclass(frozen=True)
class View:
    """A pinhole camera: ``pixel = K (R (world - position))``, x right, y down, z forward."""

    position: Float
    rotation: Float
    focal_px: float
    principal_px: tuple[float, float]
    width_px: int
    height_px: int

    def project(self, world: object) -> Float:
        """``(N, 2)`` pixel positions of ``(N, 3)`` world points."""
        local = (np.asarray(world, np.float64) - self.position) @ self.rotation.T
        flat = local[:, :2] / local[:, 2:]
        return np.asarray(flat * self.focal_px + np.asarray(self.principal_px), np.float64)

    def rays(self) -> Array:
        """``(H, W, 3)`` world direction through each pixel's centre, z component -1."""
        x = (np.arange(self.width_px) - self.principal_px[0]) / self.focal_px
        y = (np.arange(self.height_px) - self.principal_px[1]) / self.focal_px
        local = np.stack([*np.meshgrid(x, y), np.ones((self.height_px, self.width_px))], -1)
        world = local @ self.rotation
        return np.asarray(world / -world[..., 2:], np.float32)

    def plane_homography(self, z_mm: float = 0.0) -> Float:
        """``(3, 3)`` from world ``(x, y, 1)`` on the plane ``z`` to pixels."""
        inner = np.array(
            [
                [self.focal_px, 0, self.principal_px[0]],
                [0, self.focal_px, self.principal_px[1]],
                [0, 0, 1],
            ]
        )
        origin = self.rotation @ (np.array([0, 0, z_mm]) - self.position)
        homography = inner @ np.stack([self.rotation[:, 0], self.rotation[:, 1], origin], 1)
        return np.asarray(homography / homography[2, 2])


def photograph_view(spec: CameraSpec, layout: Layout) -> View:
    """The view of a camera that aims near the tray's middle; its lens is chosen to fit the tray."""
    forward = np.array([*spec.aim_mm, 0.0]) - spec.position
    forward /= np.linalg.norm(forward)
    up = np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    turn = np.radians(spec.turn_deg)
    rotation = np.stack(
        [
            np.cos(turn) * right + np.sin(turn) * down,
            -np.sin(turn) * right + np.cos(turn) * down,
            forward,
        ]
    )
    w, h = layout.width_mm / 2, layout.height_mm / 2
    corners = np.array([[-w, h, 0], [w, h, 0], [w, -h, 0], [-w, -h, 0]])
    principal = ((spec.width_px - 1) / 2, (spec.height_px - 1) / 2)
    unit = View(spec.position, rotation, 1.0, (0.0, 0.0), spec.width_px, spec.height_px)
    spread = np.abs(unit.project(corners)).max(axis=0)
    focal = spec.fill * min(principal[0] / spread[0], principal[1] / spread[1])
    return View(spec.position, rotation, float(focal), principal, spec.width_px, spec.height_px)


def frame_view(spec: CameraSpec, frame: Frame) -> View:
    """What that camera's photograph becomes when rectified: the same eye, looking straight down.

    A picture of a plane rectified by its homography is the picture of an off-axis camera at the
    same place whose film lies parallel to the plane. Heights lean away from the eye alike.
    """
    layout = frame.layout
    x, y, z = spec.position
    focal = z / frame.mm_per_px
    rows, columns = frame.shape
    principal = (
        (x + layout.width_mm / 2) / frame.mm_per_px + frame.offset_px[0],
        (layout.height_mm / 2 - y) / frame.mm_per_px + frame.offset_px[1],
    )
    rotation = np.array([[1.0, 0, 0], [0, -1.0, 0], [0, 0, -1.0]])
    return View(spec.position, rotation, float(focal), principal, columns, rows)


def corners_px(view: View, layout: Layout) -> Float:
    """``(4, 2)`` where the outline's corners (sides prolonged) fall: TL, TR, BR, BL."""
    w, h = layout.width_mm / 2, layout.height_mm / 2
    return view.project(np.array([[-w, h, 0], [w, h, 0], [w, -h, 0], [-w, -h, 0]]))
