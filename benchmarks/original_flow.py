"""The original system's way of working against this one, in one run on the same pictures.

    python benchmarks/original_flow.py CHECKOUT --trays 3

CHECKOUT is a folder with a checkout of MiDaS (``foodwaste models fetch`` gets one). What is
re-implemented is the flow: each compartment of the before and of the after picture is cut out
and goes through DPT_Large in torch eager (ten passes a tray), the after crops go through a
ResNet-50, and each through one histogram back-projection; three worker processes with the
libraries' own thread counts, models loaded once. Weights are random, which costs the same time;
accuracy is not compared here. Trays of both ways take turns.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from photographs import make_photographs
from throughput import installed

from foodwaste.pipeline import Job
from foodwaste.pool import Task, WorkerSpec
from foodwaste.pool.pool import Pool
from foodwaste.pool.tray_work import FACTORY
from foodwaste.profile import load_profile

WORKERS = 3
DEPTH_SIDE_PX = 384
_state: dict[str, object] = {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--trays", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="of this project's pool")
    arguments = parser.parse_args()
    settings = installed("embedded", "embedded")
    boxes = compartment_boxes()
    context = multiprocessing.get_context("spawn")
    spec = WorkerSpec(FACTORY, {"settings": settings.model_dump(mode="json")})
    with tempfile.TemporaryDirectory() as scratch:
        make_photographs(Path(scratch), 2 * arguments.trays + 2)
        pictures = sorted(Path(scratch).glob("*.jpg"))
        pairs = list(zip(pictures[0::2], pictures[1::2], strict=True))
        with (
            ProcessPoolExecutor(
                WORKERS, mp_context=context, initializer=load, initargs=(str(arguments.checkout),)
            ) as executor,
            Pool(spec, arguments.workers) as pool,
        ):
            original_tray(executor, *pairs[0], boxes)  # loads the models
            our_trays(pool, pairs[:1])
            theirs, ours = [], []
            for pair in pairs[1:]:
                theirs.append(original_tray(executor, *pair, boxes))
                ours.append(our_trays(pool, [pair]))
            together_s = our_trays(pool, pairs[1:]) / (len(pairs) - 1)
    their_s, our_s = statistics.median(theirs), statistics.median(ours)
    print(f"depth {settings.depth}, quantity {settings.quantity} here; random weights there")
    print(f"original's flow: {their_s:.2f} s a tray with its before picture ({len(theirs)} trays)")
    print(f"foodwaste, one tray at a time: {our_s:.3f} s, ratio {their_s / our_s:.0f}")
    print(
        f"foodwaste, {arguments.workers} workers busy: {together_s:.3f} s a tray, "
        f"ratio {their_s / together_s:.0f}"
    )


def compartment_boxes() -> list[tuple[float, float, float, float]]:
    """Each compartment's box as shares of the tray's width and height."""
    layout = load_profile("steel-5").profile.layout
    boxes = []
    for well in layout.compartments.values():
        points = np.array(well.rim_polygon_mm) / (layout.width_mm, layout.height_mm)
        boxes.append((*points.min(axis=0), *points.max(axis=0)))
    return boxes


def load(checkout: str) -> None:
    """Loads both networks in one worker, with random weights."""
    import torch
    import torchvision

    from foodwaste.models import hub
    from foodwaste.models.catalogue import BUILT_IN
    from foodwaste.models.hub_code import find_code

    card = next(card for card in BUILT_IN if card.name == "DPT_Large")
    code, _ = find_code(card.source.code, hub_dir=Path(checkout), mend="give its folder")
    _state["depth"] = hub.build(card.source, code)
    _state["quantity"] = torchvision.models.resnet50(num_classes=5).eval()
    _state["torch"] = torch


def original_tray(
    executor: ProcessPoolExecutor,
    before: Path,
    after: Path,
    boxes: list[tuple[float, float, float, float]],
) -> float:
    """Seconds for one tray: every compartment of both pictures is a task of its own."""
    started_s = time.perf_counter()
    jobs = [(str(path), box, path == after) for path in (before, after) for box in boxes]
    list(executor.map(original_compartment, jobs))
    return time.perf_counter() - started_s


def original_compartment(
    job: tuple[str, tuple[float, float, float, float], bool],
) -> tuple[float, float, int | None]:
    """One compartment of one picture: depth, back-projection and, after the meal, quantity."""
    path, (left, top, right, bottom), is_after = job
    torch = _state["torch"]
    data = np.frombuffer(Path(path).read_bytes(), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    height, width = picture.shape[:2]
    crop = picture[int(top * height) : int(bottom * height), int(left * width) : int(right * width)]
    with torch.inference_mode():
        depth = _state["depth"](tensor(torch, crop, DEPTH_SIDE_PX))
        quantity = None
        if is_after:
            quantity = int(_state["quantity"](tensor(torch, crop, 224)).argmax())
    hsv = cv2.cvtColor(crop, cv2.COLOR_BGR2HSV)
    centre = hsv[len(hsv) // 3 : 2 * len(hsv) // 3, hsv.shape[1] // 3 : 2 * hsv.shape[1] // 3]
    histogram = cv2.calcHist([centre], [0, 1], None, [30, 32], [0, 180, 0, 256])
    cv2.normalize(histogram, histogram, 0, 255, cv2.NORM_MINMAX)
    back = cv2.calcBackProject([hsv], [0, 1], histogram, [0, 180, 0, 256], 1)
    return float(depth.mean()), float((back > 50).mean()), quantity


def tensor(torch: object, crop: np.ndarray, side_px: int) -> object:
    small = cv2.resize(crop, (side_px, side_px)).astype(np.float32) / 255
    return torch.from_numpy(small.transpose(2, 0, 1)[None].copy())  # type: ignore[attr-defined]


def our_trays(pool: Pool, pairs: list[tuple[Path, Path]]) -> float:
    """Seconds for these trays through the pool, each with its before picture."""
    started_s = time.perf_counter()
    waiting = [
        Task(str(i), Job(image=str(after), before=str(before)).model_dump(mode="json"))
        for i, (before, after) in enumerate(pairs)
    ]
    while waiting or pool.in_flight:
        while waiting and pool.in_flight < pool.capacity:
            pool.submit(waiting.pop())
        answer = pool.next_answer()
        if answer is not None and (answer.payload or {}).get("status") != "ok":
            print(f"not ok: {answer.reason or (answer.payload or {}).get('reason')}")
    return time.perf_counter() - started_s


if __name__ == "__main__":
    main()
