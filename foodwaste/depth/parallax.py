"""The served tray as it would be seen from where the eaten one was photographed.

In the tray's frame only the rim plane lies still when the camera moves: floors and food shift,
by 6 mm for 25 mm of depth and 12 cm of camera at half a metre. Both cameras are known from the
rectification, and how high the served food stood from the height network: so every pixel's place
in the served picture is, and pictures and heights can be compared pixel by pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.tray_inputs import FOLD, halved, moved
from foodwaste.tray.camera import Camera
from foodwaste.tray.frame import Frame
from foodwaste.tray.types import RectifiedTray

Map = NDArray[np.float32]

#: Times that a ray's height is looked up where it was found to end. On a wall each comes nearer.
_ROUNDS = 3
#: Cameras found nearer to each other than this, mm, and with heights as a ratio nearer to 1, are
#: taken for one on a stand: corners a pixel beside move a camera by more, and what it saw by less.
_SAME_MM, _SAME_HEIGHTS = 15.0, 1.25


@dataclass(frozen=True)
class Eye:
    """A camera in the frame's pixels: the point below it, and its height over the rim plane."""

    x_px: float
    y_px: float
    height_px: float

    @staticmethod
    def of(camera: Camera, frame: Frame) -> Eye:
        """A camera's place in a frame."""
        x, y = frame.points_px([camera.nadir_mm])[0]
        return Eye(float(x), float(y), camera.height_mm / frame.mm_per_px)


def places_between(
    tray: RectifiedTray, served: RectifiedTray, served_height_mm: NDArray[np.floating]
) -> Map | None:
    """Of two trays :func:`served_places`; ``None`` too where a camera is not known."""
    if not (tray.knows_camera and served.knows_camera):
        return None
    frame = tray.frame
    return served_places(
        Eye.of(tray.camera(), frame),
        Eye.of(served.camera(), frame),
        surface_mm=tray.empty_surface().height_mm,
        served_surface_mm=served.empty_surface().height_mm,
        served_height_mm=served_height_mm,
        mm_per_px=frame.mm_per_px,
    )


def served_places(
    now: Eye,
    served: Eye,
    *,
    surface_mm: NDArray[np.floating],
    served_surface_mm: NDArray[np.floating],
    served_height_mm: NDArray[np.floating],
    mm_per_px: float,
) -> Map | None:
    """Where what each pixel shows is found in the served picture, if nothing was eaten there.

    Args:
        now: the camera of the picture that is looked at.
        served: the served picture's.
        surface_mm: ``(H, W)``, height of the empty tray over its rim plane as ``now`` sees it.
        served_surface_mm: the same as ``served`` saw it.
        served_height_mm: ``(H, W)`` of the food in the served picture, above the empty tray.
        mm_per_px: of the frame.

    Returns:
        ``(H / 2, W / 2, 2) float32``, x and y in the served picture's pixels at half the
        resolution; ``None`` where both cameras are, as far as one can tell, the same.
    """
    apart_mm = np.hypot(now.x_px - served.x_px, now.y_px - served.y_px) * mm_per_px
    heights = max(now.height_px, served.height_px) / min(now.height_px, served.height_px)
    if apart_mm < _SAME_MM and heights < _SAME_HEIGHTS:
        return None
    tall = halved(np.asarray(served_height_mm, np.float32)) / mm_per_px
    top = np.asarray(
        halved(np.asarray(served_surface_mm, np.float32)) / mm_per_px + tall, np.float32
    )
    level = halved(np.asarray(surface_mm, np.float32)) / mm_per_px + tall
    rows, columns = (np.arange(size, dtype=np.float32) * FOLD + (FOLD - 1) / 2
                     for size in top.shape)  # fmt: skip
    for _ in range(_ROUNDS):
        lower = 1.0 - level / now.height_px
        higher = 1.0 / (1.0 - level / served.height_px)
        x = now.x_px + (columns - now.x_px) * lower
        y = now.y_px + (rows[:, None] - now.y_px) * lower
        x = served.x_px + (x - served.x_px) * higher
        y = served.y_px + (y - served.y_px) * higher
        places = np.stack([x - (FOLD - 1) / 2, y - (FOLD - 1) / 2], -1) / FOLD
        level = moved(top, places.astype(np.float32))
    return np.asarray(places, np.float32)
