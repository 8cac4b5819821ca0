"""Stages against the deadline: one photograph in, a ladder of complete reports out."""

from foodwaste.pipeline.analyzer import Analysis, Analyzer
from foodwaste.pipeline.job import DEFAULT_BUDGET_S, Job, Settings

__all__ = ["DEFAULT_BUDGET_S", "Analysis", "Analyzer", "Job", "Settings"]
