"""How long one photograph takes: cold (a whole process) and warm (decode to report).

    python benchmarks/analyze_speed.py [PICTURE] [--profile NAME] [--runs N] [--by-colour]

Prints medians with their range. The cold run is compared with bare imports in the same run
(a Python that only imports NumPy and OpenCV), because machines differ and ratios travel.
A ``before.jpg`` beside PICTURE is compared with in cold runs of their own; ``--by-colour``
leaves the networks out. Without PICTURE the shipped sample is used; for the warm run it is
enlarged to 5 megapixels.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "steel" / "after.jpg"
WARM_PIXELS = 5_000_000
STAGES = ("imaging", "tray", "backprojection", "depth", "quantity")


def cold(picture: Path, profile: str, runs: int, *, by_colour: bool) -> None:
    """Times whole processes, in turn with bare imports."""
    ours = [sys.executable, "-m", "foodwaste.cli.main", "analyze", str(picture), "--json"]
    ours += ["--profile", profile]
    if by_colour:
        ours += ["--depth", "off", "--quantity", "off"]
    commands = {"analyze": ours, "bare imports": [sys.executable, "-c", "import numpy, cv2"]}
    before = picture.with_name("before.jpg")
    if before.exists():
        commands["analyze with the picture before"] = [*ours, "--before", str(before)]
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            begun = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - begun)
    for name, values in seconds.items():
        report(f"cold, {name}", values[1:], "s")
    ratio = statistics.median(seconds["analyze"][1:]) / statistics.median(
        seconds["bare imports"][1:]
    )
    print(f"cold, ratio to bare imports: {ratio:.2f}")


def warm(picture: Path, profile: str, runs: int, *, by_colour: bool) -> None:
    """Times one photograph of 5 megapixels in a process that has everything loaded."""
    import cv2

    from foodwaste.imaging import encode_jpeg, load
    from foodwaste.pipeline import Analyzer, Job, Settings

    cv2.setNumThreads(1)
    rgb = load(picture).rgb
    scale = (WARM_PIXELS / (rgb.shape[0] * rgb.shape[1])) ** 0.5
    large = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.jpg"
        path.write_bytes(encode_jpeg(large))
        off = {"depth": "off", "quantity": "off"} if by_colour else {}
        analyzer = Analyzer(Settings(profile=profile, **off))
        job = Job(image=str(path), meal_reference=str(path))
        walls: list[float] = []
        stages: dict[str, list[float]] = {name: [] for name in STAGES}
        for run in range(runs + 3):
            begun = time.perf_counter()
            result = analyzer.analyze(job)
            elapsed = time.perf_counter() - begun
            if result.status != "ok":
                sys.exit(f"the warm run did not end well: {result.status} ({result.reason})")
            if run >= 3:
                walls.append(elapsed * 1000)
                for stage in result.stages:
                    stages[stage.name].append(stage.elapsed_s * 1000)
    size = f"{large.shape[1]} x {large.shape[0]}"
    report(f"warm, {size} JPEG, one thread", walls, "ms")
    for name, values in stages.items():
        if values:
            report(f"  {name}", values, "ms")


def report(name: str, values: list[float], unit: str) -> None:
    """One line: median, and the range."""
    middle, low, high = statistics.median(values), min(values), max(values)
    print(f"{name}: {middle:.3g} {unit} (min {low:.3g}, max {high:.3g}, n = {len(values)})")


def main() -> None:
    """Runs both."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("picture", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--profile", default="steel-5")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--by-colour", action="store_true", help="without the networks")
    given = parser.parse_args()
    cold(given.picture, given.profile, given.runs, by_colour=given.by_colour)
    warm(given.picture, given.profile, 2 * given.runs, by_colour=given.by_colour)


if __name__ == "__main__":
    main()
