"""Does an exported model answer as the original does? In the unit that matters.

Two figures. The *relative error* is the largest difference of any output value over the
largest value: it finds mistakes of the export. The *effect* says what the difference does to
the answer: millilitres in the worst compartment for height and depth, share of a serving for
quantity.

Inverse depth has no unit, and the alignment fits scale and shift anew in each picture. So for
depth the candidate is first fitted to the reference by one scale and one shift, and a
difference is read in millimetres as if the picture's 5 to 95 % range of inverse depth were the
depth of the tray's deepest well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.models.card import ModelCard, QuantityHead
from foodwaste.models.errors import ParityFailed
from foodwaste.models.session import Extras, Outputs
from foodwaste.profile import load_profile
from foodwaste.tray.frame import Frame, frame_of

Run = Callable[..., Outputs]

#: Batch sizes at which both are compared: a graph with a fixed batch fails at the second.
BATCH_SIZES = (1, 3)

#: Relative error allowed to an export in full precision; 1e-6 to 2e-5 were measured.
EXACT = 1e-4

#: Effects allowed to a quantised model: millilitres in the worst compartment (1.1 % of the
#: 445 ml of the largest well, a third of what two people differ by), and shares of a serving.
EFFECT_LIMITS = {"depth": 5.0, "tray": 5.0, "quantity": 0.01, "backbone": 0.01}
_UNITS = {"depth": "ml", "tray": "ml", "quantity": "serving", "backbone": "probability"}


@dataclass(frozen=True)
class Parity:
    """How far a candidate is from its reference (mean of ``effect`` over the pictures)."""

    relative_error: float
    effect: float
    effect_unit: str
    pictures: int

    def __str__(self) -> str:
        return (
            f"relative error {self.relative_error:.1e}, {self.effect:.2g} {self.effect_unit} "
            f"in the worst place, {self.pictures} pictures"
        )


def compare(
    card: ModelCard,
    reference: Run,
    candidate: Run,
    pictures: NDArray[np.uint8],
    extras: Extras | None = None,
) -> Parity:
    """Runs both on the same pictures at several batch sizes.

    Args:
        card: says what the outputs mean.
        reference: the original.
        candidate: what was made from it.
        pictures: ``(N, H, W, 3) uint8``, RGB, rectified trays.
        extras: the further inputs that go with them, ``(N, …)`` by name.
    """
    worst_relative = 0.0
    effects: list[float] = []
    for size in BATCH_SIZES:
        for start in range(0, len(pictures), size):
            batch = pictures[start : start + size]
            if len(batch) < size:
                break
            if extras is None:
                expected, found = reference(batch), candidate(batch)
            else:
                further = {name: each[start : start + size] for name, each in extras.items()}
                expected, found = reference(batch, further), candidate(batch, further)
            for name in card.outputs:
                scale = float(np.abs(expected[name]).max()) or 1.0
                difference = float(np.abs(found[name] - expected[name]).max())
                worst_relative = max(worst_relative, difference / scale)
            effects += _effects(card, expected, found)
    return Parity(worst_relative, float(np.mean(effects)), _UNITS[card.task], len(pictures))


def require(
    parity: Parity, card: ModelCard, *, exact: bool, effect_limit: float | None = None
) -> None:
    """Holds a comparison against its limit.

    Args:
        parity: what was found.
        card: the model.
        exact: a full-precision export, rather than a quantised one.
        effect_limit: in place of the task's own, in the unit of ``parity``.

    Raises:
        ParityFailed: beyond the limit.
    """
    limit = EFFECT_LIMITS[card.task] if effect_limit is None else effect_limit
    if exact and not parity.relative_error <= EXACT:
        raise ParityFailed(f"{card.name}: {parity}; at most {EXACT:g} relative is allowed")
    if not parity.effect <= limit:
        raise ParityFailed(
            f"{card.name}: {parity}; at most {limit:g} {parity.effect_unit} is allowed"
        )


def _effects(card: ModelCard, expected: Outputs, found: Outputs) -> list[float]:
    first = card.outputs[0]
    pairs = list(zip(expected[first], found[first], strict=True))
    if card.task == "depth":
        return [_worst_volume_ml(*_as_heights(a, b)) for a, b in pairs]
    if card.task == "tray":
        return [_worst_volume_ml(np.squeeze(a), np.squeeze(b)) for a, b in pairs]
    if card.head is not None:
        return [abs(_amount(a, card.head) - _amount(b, card.head)) for a, b in pairs]
    return [float(np.abs(_softmax(a) - _softmax(b)).max()) for a, b in pairs]


def _as_heights(
    expected: NDArray[np.float32], found: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(expected, np.float64), np.asarray(found, np.float64)
    centred = b - b.mean()
    variance = float((centred**2).mean())
    gain = float((centred * (a - a.mean())).mean()) / variance if variance > 0 else 0.0
    fitted = a.mean() + gain * centred
    low, high = np.percentile(a, (5, 95))
    depth_mm = max(well.depth_mm for well in _frame().layout.compartments.values())
    mm = depth_mm / max(high - low, 1e-12)
    return (a - low) * mm, (fitted - low) * mm


def _worst_volume_ml(expected: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    frame = _frame()
    difference = cv2.resize(np.asarray(found - expected, np.float32), frame.shape[::-1])
    per_pixel_ml = frame.mm_per_px**2 / 1000.0
    sums = [abs(float(difference[mask].sum())) for mask in frame.rim_masks.values()]
    return max(sums) * per_pixel_ml


def _frame() -> Frame:
    return frame_of(load_profile("steel-5").profile.layout)


def _amount(logits: NDArray[np.float32], head: QuantityHead) -> float:
    return float(_softmax(logits / head.temperature) @ np.asarray(head.bins))


def _softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    shifted = np.exp(np.asarray(logits, np.float64) - float(np.max(logits)))
    result: NDArray[np.float64] = shifted / shifted.sum()
    return result
