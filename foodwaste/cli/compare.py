"""``foodwaste compare``: which of two profiles reads labelled trays better."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foodwaste.cli.estimator_options import DEFAULT_DEPTH, DEFAULT_QUANTITY, Depth, Quantity
from foodwaste.cli.evaluate import check_page, settings_of
from foodwaste.errors import ExitCode, UsageError


def compare(
    profile_a: Annotated[str, typer.Argument(metavar="A", help="A profile's name or file.")],
    profile_b: Annotated[str, typer.Argument(metavar="B", help="The profile to set beside it.")],
    dataset: Annotated[str, typer.Argument(metavar="MANIFEST|DATASET", help="Labelled trays.")],
    out: Annotated[
        Path | None, typer.Option(metavar="HTML", help="Write a page with wins and losses.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    depth: Depth = DEFAULT_DEPTH,
    quantity: Quantity = DEFAULT_QUANTITY,
) -> None:
    """Compare two profiles tray by tray, and say whether the difference can be shown.

    Example: foodwaste compare steel-5 better.yaml labelled/manifest.csv --out compare.html
    """
    from foodwaste.cli.progress import progress_bar
    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.evaluate.compare import compare as compare_records
    from foodwaste.evaluate.datasets import open_dataset
    from foodwaste.evaluate.judge import Judge
    from foodwaste.evaluate.run import run

    check_page(out)
    with protected_stdout() as stream:
        results, judges = [], []
        for profile in (profile_a, profile_b):
            judge = Judge(settings_of(profile=profile, depth=depth, quantity=quantity))
            labelled = open_dataset(dataset, judge.loaded.profile)
            with progress_bar(f"trays with {judge.loaded.profile.name}") as progress:
                results.append(run(judge, labelled, progress=progress))
            judges.append(judge)
        names = [profile_a, profile_b]
        found = compare_records(
            names[0], results[0].records, names[1], results[1].records, dataset=labelled.name
        )
        failed = {**results[0].failed, **results[1].failed}
        for name, reason in failed.items():
            say(f"foodwaste: {name}: {reason}")
        if found is None:
            if failed:
                raise typer.Exit(ExitCode.NOTHING_READABLE)
            raise UsageError("no compartment was measured with both profiles")
        if as_json:
            print(found.model_dump_json(), file=stream)
        else:
            from foodwaste.cli.comparison_table import show

            show(found, stream)
        if out is not None:
            from foodwaste.evaluate.page import comparison_page

            page = comparison_page(found, (results[0], judges[0]), (results[1], judges[1]))
            out.write_text(page, encoding="utf-8")
            say(f"page: {out}")
    if failed:
        raise typer.Exit(ExitCode.SOME_FAILED)
