"""``foodwaste render``: synthetic trays with exact truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from foodwaste.errors import FoodwasteError, UsageError


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise UsageError(f"--size {text}: write it as 1600x1200") from None
    if not (64 <= width <= 6000 and 64 <= height <= 6000):
        raise UsageError(f"--size {text}: each side must be 64 to 6000 pixels")
    return width, height


def render_command(
    out: Annotated[Path, typer.Option("--out", help="Folder for pictures and truth.")],
    meals: Annotated[int, typer.Option("--meals", min=1, help="How many meals.")] = 10,
    states: Annotated[
        int, typer.Option("--states", min=1, max=12, help="Eaten states of each meal.")
    ] = 2,
    layout: Annotated[
        str, typer.Option("--layout", help="Profile whose tray is rendered.")
    ] = "steel-5",
    size: Annotated[
        str | None, typer.Option("--size", help="Size of photographs (with --camera).")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option("--samples", min=1, max=4096, help="Light paths a pixel [5; camera 64]."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Everything follows from it.")] = 0,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=256, help="Processes [one a core].")
    ] = None,
    camera: Annotated[
        bool, typer.Option("--camera", help="Photographs instead of rectified trays.")
    ] = False,
    contact_sheet: Annotated[
        bool, typer.Option("--contact-sheet", help="Draw a sheet of the first meals.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check manifest, height maps and volumes after.")
    ] = False,
) -> None:
    """Render synthetic trays with exact volumes, masks and heights.

    An interrupted run goes on where it stopped when given the same command.

    Example: foodwaste render --out trays --meals 100 --states 3 --contact-sheet
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.pool.cores import available_cores
    from foodwaste.render.contact import write_contact_sheet
    from foodwaste.render.job import RenderJob, run_job
    from foodwaste.render.validate import validate

    if size is not None and not camera:
        raise UsageError("--size goes with --camera: trays in their own frame are 384x288")
    job = RenderJob(
        out=out,
        meals=meals,
        states=states,
        profile=layout,
        samples=samples or (64 if camera else 5),
        seed=seed,
        camera=camera,
        size_px=_size(size) if size else (1600, 1200),
    )
    console = Console(stderr=True)
    columns = (
        TextColumn("rendering"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pictures]} pictures"),
        TimeRemainingColumn(),
    )
    with (
        protected_stdout() as result,
        Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("rendering", total=meals, pictures=0)
        made = run_job(
            job,
            workers or available_cores(),
            lambda done, pictures: bar.update(task, completed=done, pictures=pictures),
        )
        say(f"{made} pictures rendered now; {meals} meals in {out}")
        if contact_sheet:
            say(f"contact sheet: {write_contact_sheet(out)}")
        if check:
            found = validate(out)
            for problem in found.problems:
                say(problem)
            if found.problems:
                raise FoodwasteError(f"{len(found.problems)} problems in {out}")
            say(f"checked {found.rows} rows: worst volume error {found.worst_volume_error:.2%}")
        print(out / "manifest.csv", file=result)
