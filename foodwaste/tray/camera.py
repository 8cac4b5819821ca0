"""Where the camera stood, from the homography of one flat tray.

With square pixels and the principal point in the picture's middle, a homography of a plane
fixes the pose once the focal length is known, and for a tilted camera the focal length as well
(Zhang 2000): the images of the tray's two axes must be perpendicular and of equal length.
From straight above that says nothing, so the two conditions are weighed against what phones
have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Main cameras of phones have 24-28 mm lenses (35 mm equivalent): focal length over the longer
#: side 0.67-0.78; webcams and tablets reach 0.6-1.1. One standard deviation, in log.
_TYPICAL_FOCAL = 0.75
_FOCAL_SPREAD = 0.2
#: How far the two conditions may be off with corners good to about 1 px in 1000.
_CONDITION_ERROR = 0.01
#: Nobody holds a camera nearer to or farther from a tray. Outside, the homography is wrong.
_HEIGHT_RANGE_MM = (150.0, 3000.0)
_USUAL_HEIGHT_MM = 450.0


@dataclass(frozen=True)
class Camera:
    """A camera above the tray, in the tray's millimetres.

    Attributes:
        nadir_mm: ``(x, y)`` of the point of the rim plane straight below the lens.
        height_mm: height of the lens above the rim plane.
        tilt_deg: angle between the optical axis and the plane's normal.
        plane_row: ``(3,) float64``; ``plane_row @ (x, y, 1)`` is proportional to the depth of
            the rim plane's point ``(x, y)`` along the optical axis.
    """

    nadir_mm: tuple[float, float]
    height_mm: float
    tilt_deg: float
    plane_row: NDArray[np.float64]


def camera_from_homography(
    homography: NDArray[np.float64],
    image_size_px: tuple[int, int],
    *,
    focal_px: float | None = None,
    height_mm: float | None = None,
) -> Camera:
    """Finds the camera that took the picture.

    Args:
        homography: ``(3, 3)``, millimetres on the rim plane to pixels of the photograph.
        image_size_px: ``(width, height)`` of the photograph.
        focal_px: the focal length where it is known.
        height_mm: the camera's height above the rim plane where a site has measured it; takes
            the place of the estimate.
    """
    centred = _principal_point(image_size_px) @ homography
    focal = focal_px if focal_px is not None else _likely_focal(centred, max(image_size_px))
    axes = np.diag([1.0 / focal, 1.0 / focal, 1.0]) @ centred
    scale = 2.0 / (np.linalg.norm(axes[:, 0]) + np.linalg.norm(axes[:, 1]))
    if axes[2, 2] < 0:
        scale = -scale
    r1, r2, shift = (axes * scale).T
    r3 = np.cross(r1, r2)
    # The nearest rotation to three columns that measurement left not quite orthonormal.
    u, _, vt = np.linalg.svd(np.column_stack([r1, r2, r3]))
    rotation = u @ vt
    centre = -rotation.T @ shift
    # x right and y down make z point away from the camera: heights above the plane are -z.
    height = float(np.clip(-centre[2], *_HEIGHT_RANGE_MM)) if height_mm is None else height_mm
    tilt = float(np.degrees(np.arccos(np.clip(rotation[2, 2], -1.0, 1.0))))
    row = homography[2] / np.linalg.norm(homography[2])
    return Camera((float(centre[0]), float(centre[1])), height, tilt, row)


def camera_above(width_mm: float, height_mm: float) -> Camera:
    """A camera where a kitchen's usually is: 45 cm straight above the tray's middle."""
    middle = (width_mm / 2.0, height_mm / 2.0)
    return Camera(middle, _USUAL_HEIGHT_MM, 0.0, np.array([0.0, 0.0, 1.0]))


def _principal_point(size: tuple[int, int]) -> NDArray[np.float64]:
    return np.array(
        [[1.0, 0.0, -(size[0] - 1) / 2], [0.0, 1.0, -(size[1] - 1) / 2], [0.0, 0.0, 1.0]]
    )


#: Focal lengths over the longer side that are tried, and what each costs for being unusual.
_FOCALS = np.geomspace(0.35, 2.5, 200)
_UNUSUAL = (np.log(_FOCALS / _TYPICAL_FOCAL) / _FOCAL_SPREAD) ** 2


def _likely_focal(centred: NDArray[np.float64], longer_side_px: int) -> float:
    candidates = longer_side_px * _FOCALS
    # The tray's two axes in the camera's frame: x and y shrink with the focal length.
    (x1, x2), (y1, y2), (z1, z2) = centred[:, :2].tolist()
    closer = candidates**-2
    first_size = (x1 * x1 + y1 * y1) * closer + z1 * z1
    second_size = (x2 * x2 + y2 * y2) * closer + z2 * z2
    size = 0.5 * (first_size + second_size)
    perpendicular = ((x1 * x2 + y1 * y2) * closer + z1 * z2) / size
    equal = (first_size - second_size) / (2.0 * size)
    cost = _UNUSUAL + (perpendicular**2 + equal**2) / _CONDITION_ERROR**2
    return float(candidates[int(np.argmin(cost))])
