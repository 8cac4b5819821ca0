"""Times several functions so that they can be compared on a shared machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np


def median_seconds(runs: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Median processor time of each, taken in turn so that a busy neighbour disturbs all alike.

    Processor time of the whole process: for one thread that is what a quiet core would show on
    the clock, and it stays so on a machine where others wait for the same core. One unmeasured
    run of each comes first.
    """
    for run in runs:
        run()
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for index, run in enumerate(runs):
            start = time.process_time()
            run()
            times[index].append(time.process_time() - start)
    return [float(np.median(each)) for each in times]
