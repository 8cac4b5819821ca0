"""Where a tray was found, and the tray as seen from straight above."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.camera import Camera, camera_above, camera_from_homography
from foodwaste.tray.empty_surface import EmptySurface, empty_surface
from foodwaste.tray.frame import Frame, Mask


@dataclass(frozen=True)
class TrayLocation:
    """A tray found in a photograph.

    Attributes:
        corners_px: ``(4, 2) float64``, x and y of the layout's top left, top right, bottom
            right and bottom left outline corners (where the straight sides would meet), in
            pixels of the photograph; they may lie outside it.
        turn_deg: how far the layout is turned clockwise in the photograph: 0, 90, 180 or 270.
        score: 0..1, how well the layout fits what is seen.
        image_size_px: ``(width, height)`` of the photograph the corners refer to.
    """

    corners_px: NDArray[np.float64]
    turn_deg: int
    score: float
    image_size_px: tuple[int, int]


@dataclass
class _Place:
    """What follows from where a tray was photographed from, worked out when it is needed."""

    camera: Camera | None = None
    surface: EmptySurface | None = None


@dataclass(frozen=True)
class RectifiedTray:
    """A tray warped to its own frame.

    Attributes:
        rgb: ``(288, 384, 3) uint8``, RGB.
        valid: ``(288, 384) bool``, False where the photograph did not reach.
        frame: the millimetre frame it lies in.
        homography: ``(3, 3) float64`` from frame millimetres to photograph pixels.
        location: where it was found.
        photographed: False when the picture was stored rectified: nothing is known of the
            camera then, unless it is told.
        seen_from: the camera of a picture that was stored rectified, where it is known.
    """

    rgb: NDArray[np.uint8]
    valid: Mask
    frame: Frame
    homography: NDArray[np.float64]
    location: TrayLocation
    photographed: bool = True
    seen_from: Camera | None = None
    _place: _Place = field(default_factory=_Place, init=False, repr=False, compare=False)

    @property
    def knows_camera(self) -> bool:
        """Whether :meth:`camera` is more than the usual place."""
        return self.photographed or self.seen_from is not None

    def camera(self) -> Camera:
        """Where the camera stood; the usual place when the picture does not tell."""
        if self._place.camera is None:
            if self.seen_from is not None:
                camera = self.seen_from
            elif self.photographed:
                camera = camera_from_homography(self.homography, self.location.image_size_px)
            else:
                camera = camera_above(self.frame.layout.width_mm, self.frame.layout.height_mm)
            self._place.camera = camera
        return self._place.camera

    def empty_surface(self) -> EmptySurface:
        """The empty tray as this camera sees it (kept: 2 ms)."""
        if self._place.surface is None:
            self._place.surface = empty_surface(self.frame, self.camera())
        return self._place.surface

    @cached_property
    def out_of_picture(self) -> frozenset[str]:
        """Compartments of which less than half is in the picture."""
        if self.valid.all():
            return frozenset()
        return frozenset(
            name
            for name, rim in self.frame.rim_masks.items()
            if np.count_nonzero(rim & self.valid) < 0.5 * np.count_nonzero(rim)
        )

    def recoloured(self, rgb: NDArray[np.uint8]) -> RectifiedTray:
        """The same tray from the same place in other colours: ``(H, W, 3) uint8``."""
        other = replace(self, rgb=rgb)
        object.__setattr__(other, "_place", self._place)
        return other
