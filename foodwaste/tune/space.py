"""The search space: every parameter of the colour estimator, and how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foodwaste.profile import BackprojectionParameters

if TYPE_CHECKING:
    from optuna import Trial

Value = Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: tuple[Value, ...]

    def suggest(self, trial: Trial, name: str) -> Value:
        """Lets Optuna draw."""
        return trial.suggest_categorical(name, self.values)

    def draw(self, rng: np.random.Generator, _near: Value) -> Value:
        """Any of the values."""
        return self.values[int(rng.integers(len(self.values)))]

    def holds(self, value: Value) -> bool:
        """Whether the value can be drawn."""
        return value in self.values


@dataclass(frozen=True, slots=True)
class Span:
    """A number between two ends; whole numbers when both ends are ``int``."""

    low: float
    high: float
    log: bool = False

    def suggest(self, trial: Trial, name: str) -> Value:
        """Lets Optuna draw."""
        if isinstance(self.low, int):
            return trial.suggest_int(name, self.low, int(self.high), log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)

    def draw(self, rng: np.random.Generator, near: Value) -> Value:
        """A number around ``near``: normal, a fifth of the span wide, kept inside."""
        ends = np.log([self.low, self.high]) if self.log else np.array([self.low, self.high])
        middle = float(np.log(near)) if self.log else float(near)
        drawn = float(np.clip(rng.normal(middle, 0.2 * (ends[1] - ends[0])), *ends))
        value = float(np.exp(drawn)) if self.log else drawn
        return round(value) if isinstance(self.low, int) else value

    def holds(self, value: Value) -> bool:
        """Whether the value can be drawn."""
        return bool(self.low <= value <= self.high)


_CHANNELS = Choice(("S+V", "H+S", "H+V", "H", "S"))
_KERNELS = Choice((0, 3, 5, 7, 9, 13))
#: ``threshold`` and ``use_percentile`` are one choice of four: ``threshold_method``. A parameter
#: that another choice makes idle is still drawn, so that every trial has the same parameters
#: and their importance can be told. More bins than these only make a histogram of a few
#: thousand pixels sparser, and slower.
SPACE: dict[str, Choice | Span] = {
    "channels": _CHANNELS,
    "tray_coloured_channels": _CHANNELS,
    "hue_bins": Span(4, 90, log=True),
    "saturation_bins": Span(4, 96, log=True),
    "value_bins": Span(4, 96, log=True),
    "smoothing_bins": Span(0.0, 4.0),
    "ridge_share": Span(0.0, 1.0),
    "match_colour": Span(0.0, 1.0),
    "match_level": Span(0.0, 1.0),
    "adapt_share": Span(0.0, 1.0),
    "blur_kernel_px": _KERNELS,
    "threshold_method": Choice(("fixed", "otsu", "triangle", "percentile")),
    "fixed_threshold": Span(1, 254),
    "food_percent": Span(1.0, 99.0),
    "open_kernel_px": _KERNELS,
    "open_iterations": Span(0, 5),
    "close_kernel_px": _KERNELS,
    "close_iterations": Span(0, 5),
    "min_object_mm2": Span(0.0, 300.0),
    "film_share": Span(0.0, 2.0),
    "other_share": Span(0.0, 2.0),
    "use_texture": Choice((True, False)),
    "texture_low_percent": Span(0.0, 30.0),
    "texture_high_percent": Span(70.0, 100.0),
    "area_exponent": Span(1.0, 1.5),
    "specular_value_min": Span(0, 255),
    "specular_saturation_max": Span(0, 255),
}
#: Share of the parameters redrawn in a neighbour of the start.
_REDRAWN = 0.15


def suggest(trial: Trial) -> BackprojectionParameters:
    """Draws one set of parameters."""
    return parameters_of({name: way.suggest(trial, name) for name, way in SPACE.items()})


def parameters_of(draw: Mapping[str, Value]) -> BackprojectionParameters:
    """The parameters that a complete draw stands for."""
    values = dict(draw)
    method = values.pop("threshold_method")
    percentile = method == "percentile"
    values |= {"use_percentile": percentile, "threshold": "fixed" if percentile else method}
    return BackprojectionParameters.model_validate(values)


def drawn_from(parameters: BackprojectionParameters) -> dict[str, Value]:
    """The draw that stands for these parameters; what lies outside the space is left out."""
    values = parameters.model_dump()
    percentile, method = values.pop("use_percentile"), values.pop("threshold")
    values["threshold_method"] = "percentile" if percentile else method
    return {name: values[name] for name, way in SPACE.items() if way.holds(values[name])}


def neighbours(start: Mapping[str, Value], count: int, *, seed: int) -> Iterator[dict[str, Value]]:
    """Draws that differ from ``start`` in about a fifth of the parameters.

    Random draws over the whole space are nearly all useless (median error 70 points): the
    search learns more from the surroundings of what a site already uses.
    """
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield {
            name: SPACE[name].draw(rng, value) if rng.random() < _REDRAWN else value
            for name, value in start.items()
        }
