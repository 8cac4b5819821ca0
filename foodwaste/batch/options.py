"""What is asked of a folder run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foodwaste.pipeline import DEFAULT_BUDGET_S, Settings

PairRule = Literal["names", "none"]
Language = Literal["en", "ko"]


class BatchOptions(BaseModel):
    """One folder run.

    Attributes:
        folder: searched recursively for pictures.
        out: folder of the results; made when missing.
        pair: ``names`` pairs by before/after in file and folder names, ``none`` pairs nothing.
        before_folder: second folder with the before pictures, under the same names.
        pairs_csv: table of pairs; replaces searching.
        limit: analyse at most so many pictures in this run; what is done already costs nothing.
        settings: of the analysis; part of what decides whether a picture is done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    out: Path
    settings: Settings = Settings()
    budget_s: float = Field(default=DEFAULT_BUDGET_S, gt=0)
    pair: PairRule = "names"
    before_folder: Path | None = None
    pairs_csv: Path | None = None
    audit: bool = False
    resume: bool = True
    retry_failed: bool = False
    limit: int | None = Field(default=None, ge=1)
    watch: bool = False
    workers: int = Field(default=1, ge=1)
    memory_limit_bytes: int | None = Field(default=None, ge=1)
    language: Language = "en"
