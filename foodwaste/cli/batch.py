"""``foodwaste batch``: a folder of photographs, in parallel and resumable."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foodwaste.cli.estimator_options import DEFAULT_DEPTH, DEFAULT_QUANTITY, Depth, Quantity
from foodwaste.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from foodwaste.batch import BatchOptions, Totals


def batch_command(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Searched with all its subfolders.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where results.sqlite, .csv and summary.html go.")
    ],
    profile: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Tray profile ('foodwaste profiles').")
    ] = "steel-5",
    pair: Annotated[
        str,
        typer.Option(
            metavar="names|none",
            help="names: 'x_before' belongs to 'x_after', 'before/x' to 'after/x'.",
        ),
    ] = "names",
    before_folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The before pictures, under the same names as FOLDER's."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Columns after, before, meal_reference: just these."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes; by default the cores it may use."),
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Leave out what is done: same content, profile and models.")
    ] = True,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed before.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Analyse at most N pictures now.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with new pictures until stopped (Ctrl-C).")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per tray on stdout, as they finish.")
    ] = False,
    audit: Annotated[
        bool, typer.Option("--audit", help="An audit sheet of every tray in DIR/audit.")
    ] = False,
    lang: Annotated[
        str, typer.Option(metavar="en|ko", help="Language of the table and the summary.")
    ] = "en",
    budget: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.0, help="Time for one photograph.")
    ] = 5.0,
    depth: Depth = DEFAULT_DEPTH,
    quantity: Quantity = DEFAULT_QUANTITY,
    hub_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A local checkout of MiDaS.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Fusion policy, instead of the profile's.")
    ] = None,
    max_mpixels: Annotated[
        float, typer.Option(metavar="N", min=0.01, help="Refuse pictures of more megapixels.")
    ] = 60.0,
    memory_limit_mb: Annotated[
        int | None,
        typer.Option(metavar="MB", min=256, help="Address space of one worker; default: no limit."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 6 when a fallback answered.")
    ] = False,
) -> None:
    """Measure a whole folder of photographs; stop and start again as you like.

    Example: foodwaste batch lunch/ --out results/ --lang ko
    """
    from foodwaste.batch import run_batch
    from foodwaste.cli.batch_progress import BatchProgress
    from foodwaste.cli.streams import protected_stdout, say

    options = _options(
        folder=folder,
        out=out,
        pair=pair,
        before_folder=before_folder,
        pairs_csv=pairs,
        workers=workers,
        resume=resume,
        retry_failed=retry_failed,
        limit=limit,
        watch=watch,
        audit=audit,
        language=lang,
        budget_s=budget,
        memory_limit_bytes=None if memory_limit_mb is None else memory_limit_mb * 1_000_000,
        settings={
            "profile": profile,
            "depth": depth,
            "quantity": quantity,
            "hub_dir": None if hub_dir is None else str(hub_dir),
            "policy": policy,
            "max_mpixels": max_mpixels,
        },
    )
    with (
        protected_stdout() as results,
        _stop_on_signals() as stop,
        BatchProgress(results if as_json else None, limit=limit) as progress,
    ):
        totals = run_batch(options, progress, stop=lambda: stop() or progress.reader_left)
    say(_closing_line(totals, options))
    code = exit_code(totals, strict=strict)
    if code is not ExitCode.OK:
        raise typer.Exit(code)


def exit_code(totals: Totals, *, strict: bool) -> ExitCode:
    """The exit code of a run; pictures done before count as if done now."""
    if totals.interrupted:
        return ExitCode.INTERRUPTED
    answered = totals.ok + totals.fallback + totals.known - totals.known_failed
    if not answered and totals.failed == totals.unreadable and not totals.known:
        return ExitCode.NOTHING_READABLE
    if totals.failed or totals.known_failed:
        return ExitCode.SOME_FAILED
    if strict and (totals.fallback or totals.known_fallback):
        return ExitCode.FALLBACK
    return ExitCode.OK


def _options(**values: Any) -> BatchOptions:  # noqa: ANN401 - pydantic checks each
    from pydantic import ValidationError

    from foodwaste.batch import BatchOptions
    from foodwaste.pool.cores import available_cores

    if values["pairs_csv"] is not None and values["before_folder"] is not None:
        raise UsageError("give --pairs or --before-folder, not both")
    if values["workers"] is None:
        values["workers"] = available_cores()
    try:
        return BatchOptions.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][-1]).removesuffix("_s").replace("_", "-")
        name = {"language": "lang"}.get(name, name)
        raise UsageError(f"--{name} {problem['input']!r}: {problem['msg']}") from error


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Ctrl-C (and SIGTERM) asks the run to stop well; a second one stops it where it is."""
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:  # noqa: ARG001
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _closing_line(totals: Totals, options: BatchOptions) -> str:
    if not totals.made and not totals.known and not totals.interrupted:
        return f"foodwaste: no pictures in {options.folder}"
    known = f", {totals.known} done before" if totals.known else ""
    end = "stopped: " if totals.interrupted else ""
    return (
        f"foodwaste: {end}{totals.ok} ok, {totals.fallback} fallback, {totals.failed} failed"
        f"{known}; slowest {totals.longest_s:.2f} s; results in {options.out}"
    )
