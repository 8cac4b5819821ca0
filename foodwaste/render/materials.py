"""Mitsuba materials of tray, food and table, as dictionaries.

All of a scene's surface is one mesh. Its vertices carry colour, roughness and how far the tray
is covered; the tray's own material shines through where nothing covers it.
"""

from __future__ import annotations

from typing import Any


def _attribute(name: str) -> dict[str, Any]:
    return {"type": "mesh_attribute", "name": name}


def surface_material(material: str) -> dict[str, Any]:
    """Material of the one mesh: covering (food, residue) over bare tray."""
    covering = {
        "type": "principled",
        "base_color": _attribute("vertex_colour"),
        "roughness": _attribute("vertex_rough"),
        # Water and oil reflect 2-3 % straight on; more would lay the ceiling as a haze over broth.
        "specular": 0.3,
    }
    if material != "steel":
        # Melamine is a glossy dielectric as food is: its colour goes into the same attributes.
        return {"type": "twosided", "bsdf": covering}
    return {
        "type": "twosided",
        "bsdf": {
            "type": "blendbsdf",
            "weight": _attribute("vertex_cover"),
            "bare": {
                "type": "roughconductor",
                "material": "none",
                "distribution": "ggx",
                "alpha": _attribute("vertex_tray_rough"),
                "specular_reflectance": _attribute("vertex_tray"),
            },
            "covering": covering,
        },
    }
