"""Height of food above the empty tray, and its volume."""

from foodwaste.depth.estimate import estimate_depth
from foodwaste.depth.estimators import EmbeddedDepth, MidasDepth, open_depth
from foodwaste.depth.from_heights import evidence_from_heights

__all__ = [
    "EmbeddedDepth",
    "MidasDepth",
    "estimate_depth",
    "evidence_from_heights",
    "open_depth",
]
