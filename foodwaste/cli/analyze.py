"""``foodwaste analyze``: photographs to leftovers, dish by dish."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from foodwaste.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from foodwaste.pipeline import Analysis
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
    depth: Annotated[
        str,
        typer.Option(
            metavar="off|embedded|midas:NAME",
            help="Depth estimator ('foodwaste models list' shows which are installed).",
        ),
    ] = "off",
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
    from foodwaste.cli.streams import protected_stdout
    from foodwaste.pipeline import Analyzer, Job, Settings

    if before is not None and meal_reference is not None:
        raise UsageError("give --before or --meal-reference, not both")
    if before is not None and len(images) > 1:
        raise UsageError(
            "--before belongs to one photograph: use --meal-reference for several, "
            "or 'foodwaste batch' for pairs"
        )
    if budget <= 0:
        raise UsageError("--budget must be more than 0 seconds")
    if policy not in (None, "thresholds"):
        raise UsageError(f"no policy called {policy!r} (known: thresholds)")
    if not re.fullmatch(r"off|embedded|midas:\w+", depth):
        raise UsageError(f"--depth is off, embedded or midas:NAME, not {depth!r}")
    points = None if corners is None else _corners(corners)
    audits = _audit_paths(audit, images)
    reports = []
    with protected_stdout() as out:
        settings = Settings(
            profile=profile,
            depth=depth,
            hub_dir=None if hub_dir is None else str(hub_dir),
            policy=policy,
            max_mpixels=max_mpixels,
        )
        analyzer = Analyzer(settings)
        for image, sheet in zip(images, audits, strict=True):
            job = Job(
                image=image,
                before=before,
                meal_reference=meal_reference,
                corners_px=points,
                budget_s=budget,
            )
            analysis = analyzer.analyze_in_detail(job)
            reports.append(analysis.report)
            _write(analysis, as_json, sheet, out)
    code = exit_code(reports, strict=strict)
    if code is not ExitCode.OK:
        raise typer.Exit(code)


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


def _write(analysis: Analysis, as_json: bool, sheet: Path | None, out: TextIO) -> None:
    from foodwaste.cli.streams import say

    report = analysis.report
    if report.status == "failed":
        say(f"foodwaste: {report.image}: {report.reason}")
    if as_json:
        print(report.to_json(), file=out, flush=True)
    elif report.status != "failed":
        from foodwaste.cli.table import show

        show(report, analysis.profile.profile, out)
    if sheet is not None and report.status != "failed":
        from foodwaste.audit import draw_sheet
        from foodwaste.imaging import save_png

        save_png(sheet, draw_sheet(analysis))
        say(f"audit sheet: {sheet}")


def _corners(text: str) -> tuple[tuple[float, float], ...]:
    try:
        points = tuple((float(x), float(y)) for x, y in (part.split(",") for part in text.split()))
    except ValueError:
        points = ()
    if len(points) != 4:
        raise UsageError(f"--corners takes four points 'x,y x,y x,y x,y' in pixels, not {text!r}")
    return points


def _audit_paths(audit: Path | None, images: list[str]) -> list[Path | None]:
    if audit is None:
        return [None] * len(images)
    if len(images) == 1 and not audit.is_dir():
        if not audit.parent.is_dir():
            raise UsageError(f"--audit: there is no folder {audit.parent}")
        return [audit]
    if not audit.is_dir():
        raise UsageError(f"--audit for several photographs is an existing folder, not {audit}")
    return [audit / f"{Path(image).stem or 'stdin'}.audit.png" for image in images]


analyze.__doc__ = f"{analyze.__doc__}\n\n{_EXAMPLE}"
