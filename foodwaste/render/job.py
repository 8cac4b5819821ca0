"""Renders many meals in several processes; can be stopped and taken up again."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path

from foodwaste.errors import FoodwasteError, UsageError
from foodwaste.pool.parent import leave_with_parent
from foodwaste.render.manifest import write_manifest
from foodwaste.render.photograph import photographs, tray_pictures
from foodwaste.render.seeds import part_seed
from foodwaste.render.spec import SPEC_VERSION, draw_scene
from foodwaste.render.store import MEAL_FILE, meal_folder, write_meal
from foodwaste.render.variant import usable_variant, use_variant

SETTINGS_FILE = "render.json"
#: Grid steps: a pixel of the tray's frame is 1.04 mm; photographs show half of that.
FRAME_STEP_MM = 1.0
CAMERA_STEP_MM = 0.5
#: Up to this size a photograph resolves no more of the tray than the frame does.
SMALL_PHOTO_PX = 800


@dataclass(frozen=True)
class RenderJob:
    """What to render; two runs into one folder must agree in all of it but ``meals``."""

    out: Path
    meals: int
    states: int
    profile: str
    samples: int
    seed: int
    camera: bool = False
    size_px: tuple[int, int] = (1600, 1200)

    def settings(self) -> dict[str, object]:
        """What a folder is bound to."""
        values = asdict(self)
        for name in ("out", "meals"):
            del values[name]
        return {**values, "size_px": list(self.size_px), "version": SPEC_VERSION}


def bind_folder(job: RenderJob) -> None:
    """Marks the folder with the job's settings, or refuses when it holds others.

    Raises:
        UsageError: the folder was rendered with other settings.
    """
    job.out.mkdir(parents=True, exist_ok=True)
    path = job.out / SETTINGS_FILE
    wanted = job.settings()
    if path.is_file():
        there = json.loads(path.read_text(encoding="utf-8"))
        other = sorted(k for k in wanted | there if wanted.get(k) != there.get(k))
        if other:
            raise UsageError(
                f"{job.out} holds pictures rendered with other settings "
                f"({', '.join(other)}): choose another --out"
            )
        return
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def render_meal(job: RenderJob, index: int) -> int:
    """Renders one meal in this process; returns the number of pictures."""
    fine = job.camera and max(job.size_px) > SMALL_PHOTO_PX
    step = CAMERA_STEP_MM if fine else FRAME_STEP_MM
    spec = draw_scene(
        part_seed(job.seed, "meal", index), job.profile, job.states,
        size_px=job.size_px, step_mm=step,
    )  # fmt: skip
    make = photographs if job.camera else tray_pictures
    write_meal(job.out, index, spec, make(spec, job.samples), camera=job.camera)
    return len(spec.shots)


def _start_worker(parent_pid: int, variant: str, library: str | None) -> None:
    leave_with_parent(parent_pid)
    # Ctrl-C goes to the whole group: the parent decides what happens to its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_variant(variant, library, threads=1)
    import cv2

    cv2.setNumThreads(1)


def run_job(job: RenderJob, workers: int, progress: Callable[[int, int], None]) -> int:
    """Renders what is missing; returns the number of pictures rendered now.

    Args:
        job: what to render.
        workers: processes, each with one thread.
        progress: called with (meals finished in all, pictures made now).

    Raises:
        UsageError: the folder holds other settings.
        FoodwasteError: a worker died.
    """
    bind_folder(job)
    missing = [i for i in range(job.meals) if not (meal_folder(job.out, i) / MEAL_FILE).is_file()]
    done, pictures = job.meals - len(missing), 0
    progress(done, pictures)
    if missing:
        variant = usable_variant()
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = "1"
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(
            min(workers, len(missing)),
            context,
            initializer=_start_worker,
            initargs=(os.getpid(), *variant),
        )
        before = set(multiprocessing.active_children())
        try:
            waiting: set[Future[int]] = {pool.submit(render_meal, job, i) for i in missing}
            while waiting:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in ready:
                    pictures += future.result()
                    done += 1
                    progress(done, pictures)
        except BrokenProcessPool as error:
            raise FoodwasteError(
                "a rendering process died (out of memory?); run the same command again to go on"
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - before:
                child.kill()
            raise
        pool.shutdown()
    write_manifest(job.out)
    return pictures
