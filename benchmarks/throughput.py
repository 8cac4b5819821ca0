"""Trays per second with one and with two workers, what the pool costs, and where the time goes.

    python benchmarks/throughput.py --trays 60 --repeats 3

Prints medians over the repeats; the order of the worker counts alternates, so that a busy
neighbour hits both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from photographs import make_photographs

from foodwaste.errors import ModelMissing
from foodwaste.pipeline import Analyzer, Job, Settings
from foodwaste.pool import Task, WorkerSpec, answers
from foodwaste.pool.cores import available_cores
from foodwaste.pool.pool import Pool
from foodwaste.pool.tray_work import FACTORY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trays", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--depth", default="embedded")
    parser.add_argument("--quantity", default="embedded")
    parser.add_argument("--folder", type=Path, help="keep the pictures here")
    arguments = parser.parse_args()
    settings = installed(arguments.depth, arguments.quantity)
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        make_photographs(folder, arguments.trays)
        pictures = sorted(folder.glob("*.jpg"))[: arguments.trays]
        size_mb = statistics.mean(path.stat().st_size for path in pictures) / 1e6
        print(
            f"{len(pictures)} pictures of 2-5 megapixels, {size_mb:.1f} MB each; "
            f"depth {settings.depth}, quantity {settings.quantity}; "
            f"{available_cores()} cores to be used"
        )
        rates: dict[int, list[float]] = {1: [], 2: []}
        processor_ms: dict[int, list[float]] = {1: [], 2: []}
        stages: Counter[str] = Counter()
        longest_s = 0.0
        for repeat in range(arguments.repeats):
            for workers in (1, 2) if repeat % 2 == 0 else (2, 1):
                rate, spent, slowest_s, cpu_s = run(settings, pictures, workers)
                rates[workers].append(rate)
                processor_ms[workers].append(1000 * cpu_s / len(pictures))
                longest_s = max(longest_s, slowest_s)
                if workers == 1:
                    stages.update(spent)
        for workers, found in rates.items():
            shown = ", ".join(f"{rate:.2f}" for rate in found)
            print(f"{workers} worker(s): {statistics.median(found):.2f} trays/s  ({shown})")
        ratios = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
        print(f"speed-up of the second worker: {statistics.median(ratios):.2f}")
        one, two = (statistics.median(processor_ms[workers]) for workers in (1, 2))
        print(
            f"processor time a tray: {one:.0f} ms with 1 worker, {two:.0f} ms with 2: two free "
            f"cores would give {2 * one / two:.2f}"
        )
        print(f"longest answer: {longest_s:.2f} s")
        total = sum(stages.values())
        print("share of the time, one worker:")
        for name, seconds in stages.most_common():
            mean_ms = 1000 * seconds / len(pictures) / arguments.repeats
            print(f"  {name:15} {seconds / total:5.1%}  {mean_ms:6.1f} ms a tray")
    print(f"supervision: {1000 * supervision_s():.2f} ms a tray (median over 500 empty tasks)")


def installed(depth: str, quantity: str) -> Settings:
    """Settings with the networks that this installation has; what is left out is said."""
    found = {}
    for name, wanted in (("depth", depth), ("quantity", quantity)):
        found[name] = wanted if opens(Settings.model_validate({name: wanted})) else "off"
    return Settings.model_validate(found)


def opens(settings: Settings) -> bool:
    """Whether the models of these settings are there."""
    try:
        Analyzer(settings)
    except ModelMissing as error:
        print(f"left out: {error}")
        return False
    return True


def run(
    settings: Settings, pictures: list[Path], workers: int
) -> tuple[float, Counter[str], float, float]:
    """Trays per second, seconds by stage, the longest answer, and the workers' processor time.

    Loading is not counted.
    """
    spec = WorkerSpec(FACTORY, {"settings": settings.model_dump(mode="json")})
    tasks = [
        Task(str(path), Job(image=str(path)).model_dump(mode="json"), 5.0) for path in pictures
    ]
    spent: Counter[str] = Counter()
    longest_s = 0.0
    with Pool(spec, workers) as pool:
        warm = [Task(f"warm-{index}", task.payload) for index, task in enumerate(tasks[:4])]
        list(answers(pool, warm))
        used_before_s = sum(map(processor_s, pool.worker_pids()))
        started_s = time.perf_counter()
        for answer in answers(pool, tasks):
            if answer.outcome != "finished":
                print(f"{answer.key}: {answer.outcome}: {answer.reason}")
            longest_s = max(longest_s, answer.elapsed_s)
            for stage in (answer.payload or {}).get("stages", ()):
                spent[stage["name"]] += stage["elapsed_s"]
        elapsed_s = time.perf_counter() - started_s
        used_s = sum(map(processor_s, pool.worker_pids())) - used_before_s
    return len(tasks) / elapsed_s, spent, longest_s, used_s


def processor_s(pid: int) -> float:
    """Processor time of a process so far; a busy machine leaves it nearly unchanged."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class NoWork:
    """Work that costs nothing, and answers as much as a tray's report is long."""

    def rungs(self, payload: dict, budget_s: float) -> list[dict]:  # noqa: ARG002
        """One rung, at once."""
        return [{"report": "x" * 4000}]

    def fallback(self, payload: dict) -> dict:
        """The task itself."""
        return payload


def supervision_s() -> float:
    """Seconds from submitting a task that costs nothing to having its answer."""
    with Pool(WorkerSpec("throughput:NoWork"), 1) as pool:
        costs = []
        for index in range(500):
            started_s = time.perf_counter()
            pool.submit(Task(str(index), Job(image="/a/picture.jpg").model_dump(mode="json")))
            pool.next_answer()
            costs.append(time.perf_counter() - started_s)
    return statistics.median(costs)


if __name__ == "__main__":
    main()
