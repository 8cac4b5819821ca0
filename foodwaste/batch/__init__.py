"""Whole folders: find, pair, analyse in parallel, keep, resume, and sum up."""

from foodwaste.batch.options import BatchOptions
from foodwaste.batch.run import run_batch
from foodwaste.batch.totals import Listener, Totals

__all__ = ["BatchOptions", "Listener", "Totals", "run_batch"]
