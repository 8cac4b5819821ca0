"""What labelled trays have taught a profile: how wrong each estimator is, and when.

Written by ``foodwaste calibrate --fit``; all errors are differences of leftover ratios
(truth minus answer), in 0..1.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from foodwaste.profile.strict import Fraction, Positive, Strict

Kind = Literal["solid", "liquid", "tray"]
Reference = Literal["before", "meal", "serving"]
Policy = Literal["thresholds", "calibrated"]
Correlation = Annotated[float, Field(ge=-1, le=1)]


class ErrorCurve(Strict):
    """Root-mean-square error of one estimator against its own confidence.

    Between the knots the error is interpolated, outside them held.
    """

    confidence: tuple[Fraction, ...] = Field(min_length=1)
    error: tuple[Positive, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _knots_fit(self) -> ErrorCurve:
        if len(self.confidence) != len(self.error):
            raise ValueError("an error curve has as many confidences as errors")
        if any(b <= a for a, b in zip(self.confidence, self.confidence[1:], strict=False)):
            raise ValueError("an error curve's confidences rise")
        return self


class ReadingCurve(Strict):
    """The leftover ratio that labelled trays had where one estimator read ``reading``.

    Between the knots the truth is interpolated; both run from 0 to 1 and never fall.
    """

    reading: tuple[Fraction, ...] = Field(min_length=2)
    truth: tuple[Fraction, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _knots_rise(self) -> ReadingCurve:
        if len(self.reading) != len(self.truth):
            raise ValueError("a reading curve has as many readings as truths")
        if (self.reading[0], self.reading[-1]) != (0.0, 1.0):
            raise ValueError("a reading curve runs from 0 to 1")
        if any(b <= a for a, b in zip(self.reading, self.reading[1:], strict=False)):
            raise ValueError("a reading curve's readings rise")
        if any(b < a for a, b in zip(self.truth, self.truth[1:], strict=False)):
            raise ValueError("a reading curve's truths never fall")
        return self


class IntervalBand(Strict):
    """How far truth lies below and above an answer, in 9 of 10 cases of one kind.

    Fitted by split conformal prediction on answers between ``from_ratio`` and ``to_ratio`` that
    came from these ``estimators`` against this ``reference``; it speaks for no others.
    ``below`` and ``above`` are in units of the answer's own stated error (of 1 for a whole tray),
    so that an unsure answer gets a wider interval than a sure one.
    """

    kind: Kind
    estimators: str = Field(description="names joined by '+', in their usual order")
    reference: Reference
    from_ratio: Fraction
    to_ratio: Fraction
    below: float = Field(ge=0)
    above: float = Field(ge=0)
    count: int = Field(ge=1)


class Spread(Strict):
    """How errors of one kind are made up; what remains of them in a mean over many trays.

    ``bias`` is the mean error; ``within`` one standard deviation from tray to tray of a meal;
    ``between`` one from meal to meal, which more trays of the same meal do not lower.
    """

    bias: float = Field(ge=-1, le=1)
    within: Fraction
    between: Fraction


class FitSource(Strict):
    """On what the measured part of a profile was fitted.

    ``parameters_sha256`` is of the back-projection parameters it was fitted with: intervals
    measured with other parameters say nothing about these, and are then left aside.
    """

    data_sha256: str
    parameters_sha256: str
    trays: int = Field(ge=1)
    meals: int = Field(ge=1)
    policy: Policy


class FusionParameters(Strict):
    """How the estimators are weighed, and what is known of their errors."""

    policy: Policy = "thresholds"
    error_curves: dict[str, dict[Kind, ErrorCurve]] = Field(
        default_factory=dict, description="by estimator, then kind of dish"
    )
    error_correlations: dict[str, dict[Kind, Correlation]] = Field(
        default_factory=dict,
        description="by two estimators joined by '+', in their usual order, then kind of dish",
    )
    intervals: tuple[IntervalBand, ...] = ()
    spreads: dict[Kind, Spread] = Field(default_factory=dict)
    residue_floors: dict[str, dict[str, Fraction]] = Field(
        default_factory=dict,
        description="by estimator, then dish or compartment: the leftover ratio that an "
        "eaten-clean one still reads; a reading up to it is 0",
    )
    reading_curves: dict[str, dict[Kind, ReadingCurve]] = Field(
        default_factory=dict,
        description="by estimator, then kind of dish: what a reading above its floor is worth; by "
        "several joined by '+': what their weighted median is worth",
    )
    fitted_on: FitSource | None = None

    @model_validator(mode="after")
    def _calibrated_means_measured(self) -> FusionParameters:
        if self.policy == "calibrated" and not self.error_curves:
            raise ValueError(
                "the policy 'calibrated' needs measured errors: "
                "make them with 'foodwaste calibrate --fit MANIFEST'"
            )
        return self
