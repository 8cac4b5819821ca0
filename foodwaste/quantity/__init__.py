"""Share of a serving and kind of food, from a ResNet on each compartment's crop."""

from foodwaste.quantity.crops import compartment_crops
from foodwaste.quantity.estimator import QuantityEstimator, open_quantity

__all__ = ["QuantityEstimator", "compartment_crops", "open_quantity"]
