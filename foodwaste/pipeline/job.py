"""What is asked of the pipeline: plain data that crosses process borders."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foodwaste.imaging import MAX_MPIXELS
from foodwaste.profile import DEFAULT_PROFILE, Policy

#: The promise: an answer within five seconds.
DEFAULT_BUDGET_S = 5.0

Corner = tuple[float, float]


class Settings(BaseModel):
    """What a process loads once, before its first picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str = DEFAULT_PROFILE
    depth: str = Field(default="embedded", pattern=r"^(off|embedded|midas:[\w]+)$")
    quantity: Literal["off", "embedded"] = "embedded"
    policy: Policy | None = None
    max_mpixels: float = Field(default=MAX_MPIXELS, gt=0)
    hub_dir: str | None = Field(default=None, description="a local checkout of MiDaS")
    offline: bool = True
    threads: int = Field(default=1, ge=1)


class Job(BaseModel):
    """One photograph, and what to compare it with.

    ``before`` is the same tray before the meal, ``meal_reference`` one served tray for the
    whole meal; with neither, the profile's standard serving is the reference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str
    before: str | None = None
    meal_reference: str | None = None
    corners_px: tuple[Corner, Corner, Corner, Corner] | None = None
    budget_s: float = Field(default=DEFAULT_BUDGET_S, gt=0)
    audit: str | None = None
