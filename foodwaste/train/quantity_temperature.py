"""Makes the quantity network's distributions say how sure it is (Guo et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Temperatures tried: a factor of 1.05 apart from 0.3 to 5.
_TEMPERATURES = np.exp(np.arange(np.log(0.3), np.log(5.0), np.log(1.05)))


def soft_labels(values: NDArray[np.float64], bins: Sequence[float]) -> NDArray[np.float64]:
    """Values ``(N,)`` shared between their two nearest bins: ``(N, B)``, expectation the value."""
    centres = np.asarray(bins)
    clipped = np.clip(values, centres[0], centres[-1])
    upper = np.clip(np.searchsorted(centres, clipped), 1, len(centres) - 1)
    share = (clipped - centres[upper - 1]) / (centres[upper] - centres[upper - 1])
    labels = np.zeros((len(values), len(centres)))
    rows = np.arange(len(values))
    labels[rows, upper] = share
    labels[rows, upper - 1] = 1.0 - share
    return labels


def shares_at(logits: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Softmax at a temperature: ``(N, B)``."""
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return result


def cross_entropy(
    logits: NDArray[np.float64], labels: NDArray[np.float64], temperature: float
) -> float:
    """Mean cross-entropy in nats."""
    shares = shares_at(logits, temperature)
    return float(-(labels * np.log(np.maximum(shares, 1e-12))).sum(axis=1).mean())


def fit_temperature(logits: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """The temperature at which labels are likeliest, on data the network was not trained on."""
    losses = [cross_entropy(logits, labels, float(each)) for each in _TEMPERATURES]
    return round(float(_TEMPERATURES[int(np.argmin(losses))]), 3)


def calibration_error(shares: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """How far the top bin's share is from how often it is right, in ten steps of confidence.

    The expected calibration error with soft labels: being right is the label's own share there.
    """
    top = shares.argmax(axis=1)
    rows = np.arange(len(shares))
    confidence, right = shares[rows, top], labels[rows, top]
    step = np.minimum((confidence * 10).astype(int), 9)
    error = 0.0
    for each in np.unique(step):
        own = step == each
        error += own.mean() * abs(confidence[own].mean() - right[own].mean())
    return float(error)
