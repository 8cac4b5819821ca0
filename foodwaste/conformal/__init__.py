"""Intervals that hold what they promise, measured on labelled trays.

Split conformal prediction (Vovk, Gammerman & Shafer 2005, "Algorithmic Learning in a Random
World"; Papadopoulos et al. 2002) per kind of dish and band of amounts.
"""

from foodwaste.conformal.aggregate import MeanInterval, mean_interval, trays_needed
from foodwaste.conformal.bands import Residuals, fit_bands, scale_of
from foodwaste.conformal.curves import calibrated_weights, correlation_of, error_at, fit_curve
from foodwaste.conformal.floors import above_floor, fit_floor
from foodwaste.conformal.lookup import band_for, estimators_key, kind_of, parameters_sha256
from foodwaste.conformal.readings import fit_reading, worth
from foodwaste.conformal.spread import fit_spread

__all__ = [
    "MeanInterval",
    "Residuals",
    "above_floor",
    "band_for",
    "calibrated_weights",
    "correlation_of",
    "error_at",
    "estimators_key",
    "fit_bands",
    "fit_curve",
    "fit_floor",
    "fit_reading",
    "fit_spread",
    "kind_of",
    "mean_interval",
    "parameters_sha256",
    "scale_of",
    "trays_needed",
    "worth",
]
