"""The Mitsuba scene of one picture: one mesh for tray and food, a table, a panorama, a camera.

A scene is built anew for each picture. Its topology and kinds of parts never change, so the
compiled kernels are found again; building costs 0.2 s, nearly all of it the mesh's ray-tracing
structure, which an updated mesh would need as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foodwaste.profile import Layout
from foodwaste.render.camera import View
from foodwaste.render.grid import Array
from foodwaste.render.materials import surface_material
from foodwaste.render.mesh import normals, triangles, vertices
from foodwaste.render.surface import Surface
from foodwaste.render.variant import mitsuba

#: Path lengths. A tray's training picture at 4 differs from one at 5 by under 1 grey level in the
#: mean and costs a tenth less; photographs follow light one wall further.
TRAY_PATH_DEPTH = 4
PHOTO_PATH_DEPTH = 6


@dataclass(frozen=True)
class Look:
    """What a picture needs besides the surface.

    Attributes:
        panorama: ``(H, W, 3)`` radiance, z up.
        table: ``(h, w, 3)`` linear reflectance over the table's square.
        table_rough: its roughness.
    """

    panorama: Array
    table: Array
    table_rough: float


#: Side of the table's square, mm.
TABLE_MM = 1800.0


def _shaded(surface: Surface, material: str) -> tuple[Array, Array, Array]:
    """Colour, roughness and cover by vertex."""
    cover = surface.cover.astype(np.float32)
    colour, rough = surface.colour, surface.rough
    if material != "steel":
        weight = cover[..., None]
        colour = surface.tray_colour * (1 - weight) + colour * weight
        rough = surface.tray_rough * (1 - cover) + rough * cover
    return (
        np.ascontiguousarray(np.clip(colour, 0, 0.95).reshape(-1, 3), np.float32),
        np.ascontiguousarray(np.clip(rough, 0.03, 1).reshape(-1), np.float32),
        np.ascontiguousarray(np.clip(cover, 0, 1).reshape(-1), np.float32),
    )


def _sensor(view: View) -> dict[str, Any]:
    mi = mitsuba()
    eye = view.position
    to_world = np.eye(4)
    # Mitsuba's camera looks along +z with x to the left and y up.
    to_world[:3, 0] = -view.rotation[0]
    to_world[:3, 1] = -view.rotation[1]
    to_world[:3, 2] = view.rotation[2]
    to_world[:3, 3] = eye
    half = (view.width_px - 1) / 2, (view.height_px - 1) / 2
    return {
        "type": "perspective",
        "to_world": mi.ScalarTransform4f(to_world.astype(np.float32)),
        "fov": float(np.degrees(2 * np.arctan(view.width_px / 2 / view.focal_px))),
        "fov_axis": "x",
        "near_clip": 10.0,
        "far_clip": 10000.0,
        "principal_point_offset_x": -(view.principal_px[0] - half[0]) / view.width_px,
        "principal_point_offset_y": -(view.principal_px[1] - half[1]) / view.height_px,
        "film": {
            "type": "hdrfilm",
            "width": view.width_px,
            "height": view.height_px,
            "pixel_format": "rgb",
            "component_format": "float32",
            "rfilter": {"type": "box"},
        },
        "sampler": {"type": "independent", "sample_count": 16},
    }


def build_scene(
    surface: Surface,
    layout: Layout,
    look: Look,
    view: View,
    extra: dict[str, Any] | None = None,
    depth: int = TRAY_PATH_DEPTH,
) -> Any:  # noqa: ANN401 - Mitsuba has no types
    """A scene with everything in it; ``extra`` adds shapes by name; paths end at ``depth``."""
    mi = mitsuba()
    material = layout.material
    properties = mi.Properties()
    properties["bsdf"] = mi.load_dict(surface_material(material))
    faces = triangles(surface.grid)
    count = surface.grid.rows * surface.grid.columns
    mesh = mi.Mesh(
        "tray",
        count,
        len(faces),
        has_vertex_normals=True,
        has_vertex_texcoords=False,
        props=properties,
    )
    colour, rough, cover = _shaded(surface, material)
    mesh.add_attribute("vertex_colour", 3, colour.ravel())
    mesh.add_attribute("vertex_rough", 1, rough)
    mesh.add_attribute("vertex_cover", 1, cover)
    if material == "steel":
        mesh.add_attribute("vertex_tray", 3, surface.tray_colour.ravel())
        mesh.add_attribute("vertex_tray_rough", 1, surface.tray_rough.ravel())
    parameters = mi.traverse(mesh)
    parameters["vertex_positions"] = vertices(surface, layout).ravel()
    parameters["vertex_normals"] = normals(surface).ravel()
    parameters["faces"] = faces.ravel()
    parameters.update()
    scene = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": depth},
        "tray": mesh,
        "table": {
            "type": "rectangle",
            "to_world": mi.ScalarTransform4f()
            .translate([0, 0, -layout.rim_height_mm])
            .scale(TABLE_MM / 2),
            "bsdf": {
                "type": "principled",
                "base_color": {"type": "bitmap", "data": mi.TensorXf(look.table), "raw": True},
                "roughness": look.table_rough,
                "specular": 0.4,
            },
        },
        "room": {
            "type": "envmap",
            "bitmap": mi.Bitmap(look.panorama),
            # Mitsuba's panorama has y up; ours has z up.
            "to_world": mi.ScalarTransform4f().rotate([1, 0, 0], 90),
        },
        "sensor": _sensor(view),
    }
    scene.update(extra or {})
    return mi.load_dict(scene)


def render(scene: Any, samples: int, seed: int) -> Array:  # noqa: ANN401 - Mitsuba has no types
    """``(H, W, 3) float32`` linear radiance."""
    mi = mitsuba()
    return np.array(mi.render(scene, spp=samples, seed=seed), np.float32)
