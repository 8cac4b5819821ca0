"""Synthetic trays with exact truth (needs the ``render`` extra for pictures, not for truth)."""

from foodwaste.render.food_table import FOODS
from foodwaste.render.hard import HardShares
from foodwaste.render.spec import SceneSpec, draw_scene

__all__ = ["FOODS", "HardShares", "SceneSpec", "draw_scene"]
