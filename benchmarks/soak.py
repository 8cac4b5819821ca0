"""A long run with faults, watched from outside; then killed three times and resumed.

    python benchmarks/soak.py --trays 5000

Of the pictures 1 % make their worker misbehave (stuck in C, asleep, gone, killed, stopped, out
of memory) and 2 % are no readable pictures. Prints what was lost or doubled, the longest answer,
and the slope of the resident memory of the whole process tree; then compares the database of an
undisturbed run with that of one killed with SIGKILL at three random moments.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from photographs import make_photographs
from soak_work import FACTORY, FAULTS

from foodwaste.batch import BatchOptions, run_batch
from foodwaste.batch.store import Store
from foodwaste.report import TrayReport

_BASE_PICTURES = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trays", type=int, default=5000)
    parser.add_argument("--resumed-trays", type=int, default=None, help="for the killed run")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scratch", type=Path, default=Path("soak-scratch"))
    parser.add_argument("--run", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run is not None:
        run(*arguments.run, arguments.workers)
        return
    day = arguments.scratch / f"day-{arguments.trays}"
    expected = make_day(day, arguments.trays, arguments.seed)
    undisturbed = arguments.scratch / f"undisturbed-{arguments.trays}"
    watch_whole_run(day, undisturbed, arguments.workers, expected)

    fewer = arguments.resumed_trays or arguments.trays
    if fewer != arguments.trays:
        day = arguments.scratch / f"day-{fewer}"
        make_day(day, fewer, arguments.seed)
        reference = arguments.scratch / f"undisturbed-{fewer}"
        finish(start(day, reference, arguments.workers))
    else:
        reference = undisturbed
    kill_and_resume(day, reference, arguments)


def make_day(folder: Path, trays: int, seed: int) -> int:
    """Links ``trays`` names to a few hundred pictures, with faults and bad files among them."""
    base = folder.parent / "pictures"
    make_photographs(base, min(trays, _BASE_PICTURES), sizes=(2.0,))
    pictures = sorted(base.glob("*.jpg"))
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    faults = sorted(FAULTS)
    for index in range(trays):
        draw = chance.random()
        name = f"{index:05}"
        if draw < 0.01:
            path = folder / f"{name}-fault-{faults[chance.randrange(len(faults))]}.jpg"
        else:
            path = folder / f"{name}.jpg"
        if path.exists():
            continue
        source = pictures[index % len(pictures)]
        if 0.01 <= draw < 0.03:
            data = source.read_bytes()
            path.write_bytes(data[: len(data) // 20] if index % 2 else b"not a picture")
        else:
            os.link(source, path)
    return trays


class Silent:
    """Nobody listens."""

    def planned(self, trays: int) -> None:
        """Nothing."""

    def known(self, key: str) -> None:
        """Nothing."""

    def finished(self, report: TrayReport) -> None:
        """Nothing."""

    def said(self, message: str) -> None:
        """Nothing."""


def run(folder: Path, out: Path, workers: int) -> None:
    """The run itself, in a process of its own."""
    options = BatchOptions(folder=folder, out=out, workers=workers)
    started_s = time.monotonic()
    totals = run_batch(options, Silent(), factory=FACTORY)
    print(
        f"{totals.made} trays in {time.monotonic() - started_s:.0f} s: {totals.ok} ok, "
        f"{totals.fallback} fallback, {totals.failed} failed; longest {totals.longest_s:.3f} s",
        flush=True,
    )


def start(folder: Path, out: Path, workers: int) -> subprocess.Popen[bytes]:
    """Starts a run in a session of its own, so that its whole tree can be seen."""
    program = [sys.executable, __file__, "--workers", str(workers), "--run", str(folder), str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        program, start_new_session=True, env=environment, stderr=subprocess.DEVNULL
    )


def finish(child: subprocess.Popen[bytes]) -> None:
    if child.wait() != 0:
        raise SystemExit(f"the run ended with {child.returncode}")


def watch_whole_run(day: Path, out: Path, workers: int, expected: int) -> None:
    child = start(day, out, workers)
    started_s = time.monotonic()
    samples: list[tuple[float, float]] = []
    while child.poll() is None:
        samples.append((time.monotonic() - started_s, tree_mb(child.pid)))
        time.sleep(2.0)
    finish(child)
    rows = content(out)
    statuses = Counter(row["status"] for row in rows.values())
    longest_s = max(elapsed for (elapsed,) in query(out, "SELECT elapsed_s FROM trays"))
    doubled = len(query(out, "SELECT path FROM trays")) - len(rows)
    print(f"rows {len(rows)} of {expected}: {dict(statuses)}")
    print(f"lost {expected - len(rows)}, double {doubled}")
    print(f"longest answer {longest_s:.3f} s")
    print(f"processes left {left_after(child.pid, 3.0)}")
    settled = samples[len(samples) // 10 :]
    if len(settled) > 10:
        slope = statistics.linear_regression(*zip(*settled, strict=True)).slope
        levels = [level for _, level in settled]
        print(
            f"resident memory of the tree: median {statistics.median(levels):.0f} MB, first "
            f"tenth {statistics.median(levels[: len(levels) // 10 or 1]):.0f}, last tenth "
            f"{statistics.median(levels[-(len(levels) // 10 or 1) :]):.0f}, slope "
            f"{slope * 3600:+.1f} MB/h"
        )


def kill_and_resume(day: Path, reference: Path, arguments: argparse.Namespace) -> None:
    chance = random.Random(arguments.seed)
    expected = content(reference)
    out = day.parent / f"killed-{len(expected)}"
    done = 0
    for attempt in range(3):
        goal = done + chance.randrange(len(expected) // 8, len(expected) // 4)
        child = start(day, out, arguments.workers)
        while count(out) < goal and child.poll() is None:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 1.0))
        child.send_signal(signal.SIGKILL)
        child.wait()
        left = left_after(child.pid, 3.0)
        done = count(out)
        print(f"killed {attempt + 1}: {done} recorded, {left} processes left", flush=True)
    finish(start(day, out, arguments.workers))
    found = content(out)
    different = [path for path in expected if found.get(path) != expected[path]]
    print(f"after three kills: {len(found)} rows, {len(different)} differ from the undisturbed run")
    for path in different[:5]:
        print(f"  {path}: {expected[path]} / {found.get(path)}")


def content(out: Path) -> dict[str, dict]:
    """The database without the clock's part; reasons of stuck pictures hold no clock either."""
    store = Store(out)
    rows = store.content()
    store.close()
    return rows


def query(out: Path, sql: str) -> list[tuple]:
    import sqlite3

    db = sqlite3.connect(out / "results.sqlite")
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def count(out: Path) -> int:
    import sqlite3

    try:
        return query(out, "SELECT count(*) FROM trays")[0][0]
    except sqlite3.OperationalError:  # not made yet
        return 0


def session(pid: int) -> list[int]:
    """Living processes of the run's session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[3] == str(pid) and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def left_after(pid: int, limit_s: float) -> int:
    """How many processes of a run are still there after so many seconds at most."""
    end_s = time.monotonic() + limit_s
    while session(pid) and time.monotonic() < end_s:
        time.sleep(0.05)
    return len(session(pid))


def tree_mb(pid: int) -> float:
    """Proportional resident memory of the session, MB (shared pages counted once)."""
    total = 0
    for member in session(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


if __name__ == "__main__":
    main()
