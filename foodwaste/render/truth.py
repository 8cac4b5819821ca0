"""What is where in a picture: rays through pixel centres, marched over the height field.

Done in NumPy on the same arrays the mesh is made of, so that the truth needs no renderer and is
the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Layout
from foodwaste.render.camera import View
from foodwaste.render.denoise import Features
from foodwaste.render.distractors import Cutlery, cutlery_mask
from foodwaste.render.grid import Array, Grid
from foodwaste.render.mesh import normals
from foodwaste.render.surface import Surface

#: Coarse step down the ray, mm; rays slant by at most 35 degrees, so 1.4 mm across.
_MARCH_MM = 2.0
_REFINE = 7
#: Samples along a ray between food and tray; 24 leave 0.1 % of error in a tray's volume.
_FILL_STEPS = 24
#: The march is exact to 0.05 mm; a difference beyond that is food.
_FLANK_MM = 0.1


@dataclass(frozen=True)
class Truth:
    """Exact truth in the pixels of one view, all ``(H, W)``.

    Attributes:
        height_mm: float32, food along the ray through the pixel's centre, as a vertical extent:
            how much higher the ray meets the food than it would the empty tray, less the air it
            crosses behind what it met. Summed over the pixels' pyramids this is the volume,
            hidden hollows and all, where the seen surface alone would overstate a heap of loose
            pieces by 2.6 % (up to 8 % from the side).
        z_mm: float32, where it meets food or tray, above the rim plane.
        kind: uint8, food code where food is seen, 0 elsewhere, 200 and up for distractors.
        owner: uint8, 1 + index of the compartment whose food is seen, else 0.
        residue: bool.
        tray: bool, inside the tray's outline.
        x_mm: float32, where the ray ends, in the tray's frame.
        y_mm: float32, likewise.
    """

    height_mm: Array
    z_mm: Array
    kind: NDArray[np.uint8]
    owner: NDArray[np.uint8]
    residue: NDArray[np.bool_]
    tray: NDArray[np.bool_]
    x_mm: Array
    y_mm: Array

    @property
    def food(self) -> NDArray[np.bool_]:
        """Food is seen here."""
        return (self.kind > 0) & (self.kind < 200)


def _sample(field: Array, grid: Grid, x_mm: Array, y_mm: Array) -> Array:
    """Value on the mesh's triangles at the given places (outside: nearest border)."""
    column = np.clip((x_mm - grid.x0_mm) / grid.step_mm, 0, grid.columns - 1.001)
    row = np.clip((y_mm - grid.y0_mm) / grid.step_mm, 0, grid.rows - 1.001)
    i, j = row.astype(np.int32), column.astype(np.int32)
    fy, fx = row - i, column - j
    flat = field.ravel()
    at = i * grid.columns + j
    tr, bl = flat[at + 1], flat[at + grid.columns]
    upper = fx + fy <= 1
    corner = np.where(upper, flat[at], flat[at + grid.columns + 1])
    wx, wy = np.where(upper, fx, 1 - fy), np.where(upper, fy, 1 - fx)
    return np.asarray(corner + wx * (tr - corner) + wy * (bl - corner), np.float32)


def _meet(field: Array, grid: Grid, eye: Array, rays: Array) -> Array:
    """Where each ray first comes under the height field: z in mm, ``(H, W)``."""
    eye_z = np.float32(eye[2])

    def below(z: object) -> NDArray[np.bool_]:
        reach = eye_z - np.asarray(z, np.float32)
        column = (eye[0] + rays[..., 0] * reach - grid.x0_mm) / grid.step_mm
        row = (eye[1] + rays[..., 1] * reach - grid.y0_mm) / grid.step_mm
        surface = cv2.remap(
            field, column.astype(np.float32), row.astype(np.float32),
            cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(np.asarray(z, np.float32) <= surface)

    highest, lowest = float(field.max()) + 0.5, float(field.min()) - 0.5
    found = np.zeros(rays.shape[:2], bool)
    high = np.full(rays.shape[:2], np.float32(highest), np.float32)
    low = np.full(rays.shape[:2], np.float32(lowest), np.float32)
    z = highest
    while z > lowest:
        z = max(z - _MARCH_MM, lowest)
        here = below(z) & ~found
        low[here], high[here] = z, z + _MARCH_MM
        found |= here
        if found.all():
            break
    for _ in range(_REFINE):
        middle = np.asarray((low + high) / 2, np.float32)
        under = below(middle)
        low = np.where(under, middle, low)
        high = np.where(under, high, middle)
    return np.asarray((low + high) / 2, np.float32)


def _filled(surface: Surface, eye: Array, rays: Array, top_mm: Array, height_mm: Array) -> Array:
    """Share of each ray between its first meeting with food and the tray that is in food."""
    grid = surface.grid
    # remap takes pictures, not lists: fold the list into rows.
    width = 512
    count = len(top_mm)
    rows = -(-count // width)

    def fold(values: Array) -> Array:
        return np.resize(values, rows * width).reshape(rows, width).astype(np.float32)

    ray_x, ray_y, top, height = fold(rays[:, 0]), fold(rays[:, 1]), fold(top_mm), fold(height_mm)
    field = surface.tray_mm + surface.food_mm
    inside = np.zeros((rows, width), np.float32)
    for step in range(_FILL_STEPS):
        z = top - height * ((step + 0.5) / _FILL_STEPS)
        column = (eye[0] + ray_x * (eye[2] - z) - grid.x0_mm) / grid.step_mm
        row = (eye[1] + ray_y * (eye[2] - z) - grid.y0_mm) / grid.step_mm
        above = cv2.remap(field, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside += np.clip((above - z) / np.maximum(height / _FILL_STEPS, 1e-3) + 0.5, 0, 1)
    return np.asarray(inside.ravel()[:count] / _FILL_STEPS, np.float32)


def _page(rays: Array, view: View, layout: Layout) -> tuple[Array, Array]:
    """Eye and rays in tray millimetres (y down) instead of world ones (y up)."""
    eye = np.array(
        [
            view.position[0] + layout.width_mm / 2,
            layout.height_mm / 2 - view.position[1],
            view.position[2],
        ],
        np.float32,
    )
    return eye, rays * np.array([1, -1, 1], np.float32)


def cast(surface: Surface, layout: Layout, view: View, cutlery: tuple[Cutlery, ...] = ()) -> Truth:
    """The truth of a surface in a view, with cutlery lying over it.

    Litter and cutlery change what is seen (``kind``, ``food``, ``residue``), not how much food
    there is: heights are of the food below them.
    """
    grid = surface.grid
    eye, rays = _page(view.rays(), view, layout)
    z_food = _meet(surface.tray_mm + surface.food_mm, grid, eye, rays)
    reach = eye[2] - z_food
    x, y = eye[0] + rays[..., 0] * reach, eye[1] + rays[..., 1] * reach
    column = np.clip(np.rint((x - grid.x0_mm) / grid.step_mm), 0, grid.columns - 1).astype(np.intp)
    row = np.clip(np.rint((y - grid.y0_mm) / grid.step_mm), 0, grid.rows - 1).astype(np.intp)
    tray = _sample(surface.outline_mm, grid, x, y) > 0
    kind, owner = surface.kind[row, column], surface.owner[row, column]
    height = np.zeros_like(z_food)
    if surface.food_mm.any():
        z_tray = _meet(surface.tray_mm, grid, eye, rays)
        height = np.clip(z_food - z_tray, 0, None)
        # A ray can end on the flank of a heap whose nearest vertex is bare: it sees food all the
        # same, that of the vertex beside it.
        flank = (height > _FLANK_MM) & (kind == 0)
        reach_px = np.ones((5, 5), np.uint8)
        kind[flank] = cv2.dilate(surface.kind, reach_px)[row[flank], column[flank]]
        owner[flank] = cv2.dilate(surface.owner, reach_px)[row[flank], column[flank]]
        height[kind == 0] = 0
        seen = height > 0
        height[seen] *= _filled(surface, eye, rays[seen], z_food[seen], height[seen])
    residue = surface.residue[row, column] & (kind == 0)
    litter = surface.litter[row, column]
    kind = np.where(litter > 0, litter, kind)
    if cutlery:
        on_top = cutlery_mask(cutlery, layout, view)
        kind = np.where(on_top > 0, on_top, kind)
        residue &= on_top == 0
    return Truth(height, z_food, kind, owner, residue, tray, x, y)


def features_at(surface: Surface, truth: Truth) -> Features:
    """What each pixel shows, for the denoiser: reflectance, normal and class at the ray's end."""
    grid = surface.grid
    column = ((truth.x_mm - grid.x0_mm) / grid.step_mm).astype(np.float32)
    row = ((truth.y_mm - grid.y0_mm) / grid.step_mm).astype(np.float32)

    def at(field: Array) -> Array:
        return np.asarray(
            cv2.remap(field, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        )

    cover = at(surface.cover)[..., None]
    albedo = at(surface.colour) * cover + at(surface.tray_colour) * (1 - cover)
    group = np.where(cover[..., 0] > 0.5, 0, 1).astype(np.uint8)
    # A smooth free surface: flat and glossy.
    group[(truth.kind > 0) & (at(surface.rough) < 0.17)] = 2
    table = ~truth.tray | ((truth.kind >= 200) & (truth.kind < 210))
    group[table] = 3
    albedo[table] = 1.0
    normal = at(normals(surface).reshape(*grid.shape, 3))
    normal[table] = (0, 0, 1)
    return Features(albedo, normal, group)


def frustum_volume_ml(height_mm: Array, z_mm: Array, view: View, mask: NDArray[np.bool_]) -> float:
    """Volume between the seen surface and the empty tray, summed along the pixels' rays.

    Each pixel is a pyramid from the eye: ``(far^3 - near^3) / 3`` over its solid angle, with
    depths along the line of sight. For a film parallel to the tray (:func:`frame_view`) these
    are heights; a tilted camera's depth is a height times the cosine between ray and axis over
    that between ray and vertical.
    """
    along_axis = view.rays().astype(np.float64) @ view.rotation[2]
    near = view.position[2] - np.asarray(z_mm, np.float64)
    far = near + np.asarray(height_mm, np.float64)
    pyramid = (far**3 - near**3) * along_axis**3 / 3.0 / view.focal_px**2
    return float(pyramid[mask].sum() / 1000.0)
