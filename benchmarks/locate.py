"""How often, how exactly and how fast trays are found, on variants of marked photographs.

FOODWASTE_DATA=<development pictures> python benchmarks/locate.py [--per-kind 33] [--seed 0]
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict

import cv2
import numpy as np
from marked_photographs import Photograph, corner_error, data_folder, marked_photographs
from tray_variants import variants, without_tray

from foodwaste.errors import TrayNotFound
from foodwaste.profile import load_profile
from foodwaste.tray import locate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=33)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="name every picture that is wrong")
    options = parser.parse_args()
    folder = data_folder()
    if folder is None:
        raise SystemExit("set FOODWASTE_DATA to the folder of development pictures")
    cv2.setNumThreads(1)
    real = marked_photographs(folder)
    results: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for photograph in [*real, *variants(real, options.per_kind, options.seed)]:
        error, score, elapsed_ms = _measure(photograph)
        results[photograph.kind].append((error, score, elapsed_ms))
        if options.verbose and not error <= 0.02:
            print(f"  {photograph.kind}: {photograph.name} error {error:.3f} score {score:.3f}")
    print(
        "with a tray              pictures  within 2 %  within 1 %   median    p95   score p5   ms"
    )
    for kind, rows in results.items():
        _print_row(kind, rows)
    _print_row("all", [row for rows in results.values() for row in rows])

    layouts = [load_profile(name).profile.layout for name in ("steel-5", "white-5")]
    refused: dict[str, list[tuple[bool, float, float]]] = defaultdict(list)
    for photograph in without_tray(folder, layouts, options.per_kind, options.seed):
        found, score, elapsed_ms = _seek(photograph)
        refused[photograph.kind].append((found is not None, score, elapsed_ms))
        if options.verbose and found is not None:
            print(f"  {photograph.kind}: {photograph.name} taken for a tray, score {score:.3f}")
    for other in real:
        layout = layouts[1] if other.layout.material == "steel" else layouts[0]
        found, score, elapsed_ms = _seek(Photograph("", "", other.rgb, layout, None))
        refused["the other kind of tray"].append((found is not None, score, elapsed_ms))
    print("without a tray           pictures  refused   highest score   ms")
    for kind, rejected in refused.items():
        right = sum(not found for found, _, _ in rejected)
        highest = max(score for _, score, _ in rejected)
        ms = float(np.median([row[2] for row in rejected]))
        print(f"{kind:24} {len(rejected):8} {right:8} {highest:14.3f} {ms:6.1f}")


def _seek(photograph: Photograph) -> tuple[np.ndarray | None, float, float]:
    start = time.perf_counter()
    try:
        location = locate(photograph.rgb, photograph.layout)
    except TrayNotFound as error:
        return None, error.score, (time.perf_counter() - start) * 1000
    return location.corners_px, location.score, (time.perf_counter() - start) * 1000


def _measure(photograph: Photograph) -> tuple[float, float, float]:
    corners, score, elapsed_ms = _seek(photograph)
    assert photograph.corners_px is not None
    error = np.inf if corners is None else corner_error(corners, photograph.corners_px)
    return float(error), score, elapsed_ms


def _print_row(kind: str, rows: list[tuple[float, float, float]]) -> None:
    errors, scores, ms = (np.array(column) for column in zip(*rows, strict=True))
    found = errors[errors <= 0.02]
    middle, high = np.percentile(found, [50, 95]) if len(found) else (np.nan, np.nan)
    print(
        f"{kind:24} {len(rows):8} {np.mean(errors <= 0.02):10.1%} {np.mean(errors <= 0.01):10.1%}"
        f" {middle:8.2%} {high:7.2%} {np.percentile(scores, 5):9.3f} {np.median(ms):6.1f}"
    )


if __name__ == "__main__":
    main()
