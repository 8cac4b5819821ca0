"""How long a parameter search takes: trials over trays, wall and processor time.

    python benchmarks/tune_speed.py MANIFEST [--profile NAME] [--trays 200] [--trials 200]
                                    [--workers 2] [--seed 0]

Runs a fresh search (thrown away afterwards) over the first trays of the manifest and prints
wall time, processor time, milliseconds a tray and trial, and how many trials were given up
early. On a machine that others use, processor time divided by the workers is what an idle one
would take.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"


def main() -> None:
    from foodwaste.evaluate.datasets import open_dataset
    from foodwaste.evaluate.labels import Dataset
    from foodwaste.profile import load_profile
    from foodwaste.tune.prepared import rectify_all
    from foodwaste.tune.search import SearchTask, open_study, search, state_of

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest")
    parser.add_argument("--profile", default="steel-5")
    parser.add_argument("--trays", type=int, default=200)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    loaded = load_profile(arguments.profile)
    whole = open_dataset(arguments.manifest, loaded.profile)
    dataset = Dataset(whole.name, whole.trays[: arguments.trays])
    begun = time.perf_counter()
    trays, failed = rectify_all(dataset, loaded)
    ready = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        task = SearchTask(
            profile=loaded.profile,
            trays=trays,
            guard=(),
            empty_rgb=None,
            objective="mae",
            seed=arguments.seed,
            storage=Path(folder) / "search.sqlite",
            study="speed",
        )
        search(
            task,
            trials=arguments.trials,
            workers=arguments.workers,
            timeout_s=None,
            progress=lambda _state: None,
        )
        state = state_of(open_study(task))
    wall = time.perf_counter() - ready
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime
    count = len(dataset.trays) - len(failed)
    print(f"{count} trays of {len(dataset.meals)} meals made ready in {ready - begun:.1f} s")
    print(f"{state.trials} trials, {state.pruned} given up early, {arguments.workers} workers")
    print(f"wall {wall:.0f} s, processor {processor:.0f} s")
    print(f"processor / workers: {processor / arguments.workers:.0f} s")
    print(f"{1000 * processor / state.trials / count:.1f} ms a tray and trial")
    print(f"best {100 * (state.best or 0):.1f} points, start {100 * (state.start or 0):.1f}")


if __name__ == "__main__":
    main()
