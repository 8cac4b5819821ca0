"""Height of food above the empty tray, and its volume."""

from foodwaste.depth.estimate import estimate_depth

__all__ = ["estimate_depth"]
