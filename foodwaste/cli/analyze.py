"""``foodwaste analyze``: photographs to leftovers, dish by dish."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from foodwaste.cli.corners import parse_corners
from foodwaste.cli.estimator_options import DEFAULT_DEPTH, DEFAULT_QUANTITY, Depth, Quantity
from foodwaste.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from foodwaste.report import TrayReport

_EXAMPLE = """Example: foodwaste analyze after.jpg --before before.jpg --audit sheet.png"""


def analyze(
    images: Annotated[
        list[str], typer.Argument(metavar="IMG...", help="Photographs; '-' reads one from stdin.")
    ],
    before: Annotated[
        str | None, typer.Option(metavar="IMG", help="The same tray before the meal.")
    ] = None,
    meal_reference: Annotated[
        str | None,
        typer.Option(metavar="IMG", help="One served tray, for every photograph of this meal."),
    ] = None,
    profile: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Tray profile ('foodwaste profiles').")
    ] = "steel-5",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per photograph on stdout.")
    ] = False,
    audit: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG", help="Write the audit sheet here (a folder for several photographs)."
        ),
    ] = None,
    budget: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.0, help="Time for one photograph.")
    ] = 5.0,
    corners: Annotated[
        str | None,
        typer.Option(
            metavar="'X,Y X,Y X,Y X,Y'",
            help="The tray's four corners in pixels, when it is not found by itself.",
        ),
    ] = None,
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
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 6 when a fallback answered.")
    ] = False,
) -> None:
    """Measure what is left on meal trays, dish by dish."""
    if before is not None and meal_reference is not None:
        raise UsageError("give --before or --meal-reference, not both")
    if before is not None and len(images) > 1:
        raise UsageError(
            "--before belongs to one photograph: use --meal-reference for several, "
            "or 'foodwaste batch' for pairs"
        )
    if budget <= 0:
        raise UsageError("--budget must be more than 0 seconds")
    if policy not in (None, "thresholds", "calibrated"):
        raise UsageError(f"no policy called {policy!r} (known: thresholds, calibrated)")
    if quantity not in ("off", "embedded"):
        raise UsageError(f"--quantity is off or embedded, not {quantity!r}")
    if not re.fullmatch(r"off|embedded|midas:\w+", depth):
        raise UsageError(f"--depth is off, embedded or midas:NAME, not {depth!r}")
    from foodwaste.pool.cores import available_cores

    settings = {
        "profile": profile,
        "depth": depth,
        "quantity": quantity,
        "hub_dir": None if hub_dir is None else str(hub_dir),
        "policy": policy,
        "max_mpixels": max_mpixels,
        # A folder wants one thread a worker; one photograph has the machine to itself.
        "threads": available_cores(),
    }
    common = {
        "before": before,
        "meal_reference": meal_reference,
        "corners_px": None if corners is None else parse_corners(corners),
        "budget_s": budget,
    }
    jobs = [
        {**common, "image": image, "audit": None if sheet is None else str(sheet)}
        for image, sheet in zip(images, _audit_paths(audit, images), strict=True)
    ]
    code = _answer(settings, jobs, budget, as_json=as_json, strict=strict)
    if code is not ExitCode.OK:
        raise typer.Exit(code)


def _answer(
    settings: dict[str, Any],
    jobs: list[dict[str, Any]],
    budget_s: float,
    *,
    as_json: bool,
    strict: bool,
) -> ExitCode:
    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.pool.single import answer_within, process_started_s

    reports: list[TrayReport] = []
    sheets = [job["audit"] for job in jobs if job["audit"] is not None]
    stamps = {sheet: _modified_ns(sheet) for sheet in sheets}
    with protected_stdout() as out:

        def show(report: TrayReport) -> None:
            sheet = jobs[len(reports)]["audit"]
            reports.append(report)
            if report.status == "failed":
                say(f"foodwaste: {_failure_line(report)}")
            elif sheet is not None:
                written = _modified_ns(sheet) not in (None, stamps[sheet])
                say(f"audit sheet: {sheet}" if written else f"no audit sheet written: {sheet}")
            if as_json:
                print(report.to_json(), file=out, flush=True)
            elif report.status != "failed":
                _table(report, settings["profile"], out)

        answer_within(settings, jobs, budget_s, show, started_s=process_started_s())
    return exit_code(reports, strict=strict)


def _modified_ns(path: str) -> int | None:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return None


def _failure_line(report: TrayReport) -> str:
    """The reason with the photograph's name, which a reader's error already begins with."""
    reason = report.reason or "no reason given"
    about_another = reason.startswith(("before picture", "meal picture"))
    if report.failure == "unreadable" and not about_another:
        return reason
    return f"{report.image}: {reason}"


def _table(report: TrayReport, profile: str, out: TextIO) -> None:
    from foodwaste.cli.table import show
    from foodwaste.profile import load_profile

    show(report, load_profile(profile).profile, out)


def exit_code(reports: list[TrayReport], *, strict: bool) -> ExitCode:
    """The exit code for these reports."""
    failed = [report for report in reports if report.status == "failed"]
    if failed:
        unreadable = all(report.failure == "unreadable" for report in failed)
        nothing = unreadable and len(failed) == len(reports)
        return ExitCode.NOTHING_READABLE if nothing else ExitCode.SOME_FAILED
    if strict and any(report.status == "fallback" for report in reports):
        return ExitCode.FALLBACK
    return ExitCode.OK


def _audit_paths(audit: Path | None, images: list[str]) -> list[Path | None]:
    if audit is None:
        return [None] * len(images)
    if len(images) == 1 and not audit.is_dir():
        if not audit.parent.is_dir():
            raise UsageError(f"--audit: there is no folder {audit.parent}")
        return [audit]
    if not audit.is_dir():
        raise UsageError(f"--audit for several photographs is an existing folder, not {audit}")
    stems = ["stdin" if image == "-" else Path(image).stem for image in images]
    # after.jpg of two folders: the second sheet must not replace the first.
    counts = [stems[: index + 1].count(stem) for index, stem in enumerate(stems)]
    return [
        audit / (f"{stem}.audit.png" if count == 1 else f"{stem}.{count}.audit.png")
        for stem, count in zip(stems, counts, strict=True)
    ]


analyze.__doc__ = f"{analyze.__doc__}\n\n{_EXAMPLE}"
