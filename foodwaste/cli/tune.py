"""``foodwaste tune``: searches the colour estimator's parameters on labelled trays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foodwaste.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from foodwaste.evaluate.labels import Dataset
    from foodwaste.profile import LoadedProfile
    from foodwaste.tune.prepared import RawServed
    from foodwaste.tune.search import SearchState, SearchTask


def tune(
    dataset: Annotated[
        str, typer.Argument(metavar="MANIFEST|DATASET", help="Labelled trays of several meals.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="YAML", help="The new profile, if it is better.")
    ] = Path("tuned.yaml"),
    profile: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="The profile to start from and to beat.")
    ] = "steel-5",
    trials: Annotated[
        int, typer.Option(metavar="N", min=1, help="Trials in all, earlier runs included.")
    ] = 200,
    estimator: Annotated[
        str, typer.Option(metavar="NAME", help="Which estimator: backprojection.")
    ] = "backprojection",
    objective: Annotated[
        str, typer.Option(metavar="mae|rmse|mae+clean", help="What is made small.")
    ] = "mae",
    held_out: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.1, max=0.8, help="Share of meals kept to judge on."),
    ] = 0.25,
    guard: Annotated[
        list[str] | None,
        typer.Option(metavar="MANIFEST|DATASET", help="Trays that may not get worse; repeatable."),
    ] = None,
    storage: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where trials are kept.  [default: OUT with .sqlite]"),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=1.0, help="Stop searching after this.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=64, help="Processes [one a core].")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Everything drawn follows from it.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Search the colour estimator's parameters; adopt them only if they beat the old ones.

    An interrupted search goes on where it stopped when given the same command.

    Example: foodwaste tune labelled/manifest.csv --profile our-tray.yaml --out better.yaml
    """
    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.evaluate.datasets import open_dataset
    from foodwaste.pool.cores import available_cores
    from foodwaste.profile import load_profile
    from foodwaste.tune.objective import OBJECTIVES
    from foodwaste.tune.outcome import decide, split
    from foodwaste.tune.search import (
        best_parameters,
        importances,
        need_optuna,
        open_study,
        search,
    )

    if estimator != "backprojection":
        raise UsageError(f"no parameters to search for {estimator!r}: only backprojection has any")
    if objective not in OBJECTIVES:
        raise UsageError(f"--objective is one of {', '.join(OBJECTIVES)}, not {objective!r}")
    if not out.parent.is_dir():
        raise UsageError(f"--out: there is no folder {out.parent}")
    need_optuna()
    with protected_stdout() as stream:
        loaded = load_profile(profile)
        searched, judged_on = split(open_dataset(dataset, loaded.profile), held_out, seed=seed)
        guards = tuple(open_dataset(name, loaded.profile) for name in guard or [])
        task = _task(
            loaded, searched, guards, objective, seed, storage or out.with_suffix(".sqlite")
        )
        say(
            f"{len(searched.trays)} trays of {len(searched.meals)} meals to search on, "
            f"{len(judged_on.trays)} of {len(judged_on.meals)} to judge on; "
            f"trials in {task.storage}"
        )
        with _bar(trials) as progress:
            complete = search(
                task,
                trials=trials,
                workers=workers or available_cores(),
                timeout_s=timeout,
                progress=progress,
            )
        if not complete and timeout is None:
            say("interrupted: the same command goes on from here")
            raise typer.Exit(ExitCode.INTERRUPTED)
        study = open_study(task)
        outcome = decide(loaded, best_parameters(study), judged_on, guards, importances(study), out)
        from foodwaste.cli.tuning_table import as_json_text, show

        if as_json:
            print(as_json_text(outcome, study), file=stream)
        else:
            show(outcome, study, stream)


def _task(
    loaded: LoadedProfile,
    searched: Dataset,
    guards: tuple[Dataset, ...],
    objective: str,
    seed: int,
    storage: Path,
) -> SearchTask:
    import hashlib

    from foodwaste.evaluate.judge import rectified_tray
    from foodwaste.tune.search import SearchTask

    trays = _rectified(searched, loaded)
    guarded = tuple(tray for one in guards for tray in _rectified(one, loaded))
    empty = loaded.empty_picture
    # A study belongs to its data, its start and its objective: another would spoil it.
    parts = [
        searched.sha256(),
        *(one.sha256() for one in guards),
        loaded.profile.model_dump_json(),
        objective,
        str(seed),
    ]
    return SearchTask(
        profile=loaded.profile,
        trays=trays,
        guard=guarded,
        empty_rgb=None if empty is None else rectified_tray(empty, loaded).rgb,
        objective=objective,  # type: ignore[arg-type]
        seed=seed,
        storage=storage,
        study=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16],
    )


def _rectified(dataset: Dataset, loaded: LoadedProfile) -> tuple[RawServed, ...]:
    from foodwaste.cli.streams import say
    from foodwaste.evaluate.labels import DatasetError
    from foodwaste.tune.prepared import rectify_all

    trays, failed = rectify_all(dataset, loaded)
    for reason in failed.values():
        say(f"foodwaste: left out: {reason}")
    if not trays:
        raise DatasetError(f"{dataset.name}: none of its trays could be used")
    return trays


@contextmanager
def _bar(trials: int) -> Iterator[Callable[[SearchState], None]]:
    """Trials done, given up and best so far, where somebody watches."""
    if not sys.stderr.isatty():
        yield lambda _state: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("trials"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[best]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("trials", total=trials, best="")

        def progress(state: SearchState) -> None:
            best = ""
            if state.best is not None:
                start = "" if state.start is None else f" from {100 * state.start:.1f}"
                best = f"best {100 * state.best:.1f}{start} points, {state.pruned} given up"
            bar.update(task, completed=state.trials, best=best)

        yield progress
