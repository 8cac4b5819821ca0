"""A folder run to be killed from outside: ``batch_program.py FOLDER OUT``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "faults")]

from foodwaste.batch import BatchOptions, run_batch  # noqa: E402 - the path comes first


class Silent:
    def planned(self, trays):
        pass

    known = finished = said = planned


folder, out = Path(sys.argv[1]), Path(sys.argv[2])
run_batch(
    BatchOptions(folder=folder, out=out, workers=2, budget_s=2.0),
    Silent(),
    factory="quick_work:QuickWork",
)
