"""The colour estimator: HSV histogram back-projection against the empty tray and the dish."""

from foodwaste.backprojection.estimator import (
    NAME,
    ColourReferences,
    estimate,
    learn_references,
)

__all__ = ["NAME", "ColourReferences", "estimate", "learn_references"]
