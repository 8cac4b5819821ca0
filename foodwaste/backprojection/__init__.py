"""The colour estimator: HSV histogram back-projection against the empty tray and the dish."""

from foodwaste.backprojection.estimator import (
    NAME,
    ColourReferences,
    estimate,
    estimate_view,
    learn_from_view,
    learn_references,
)
from foodwaste.backprojection.view import ColourView, view_of

__all__ = [
    "NAME",
    "ColourReferences",
    "ColourView",
    "estimate",
    "estimate_view",
    "learn_from_view",
    "learn_references",
    "view_of",
]
