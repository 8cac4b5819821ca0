"""``foodwaste evaluate``: how wrong the answers are, beside trivial ones and the original's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foodwaste.cli.estimator_options import DEFAULT_DEPTH, DEFAULT_QUANTITY, Depth, Quantity
from foodwaste.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from foodwaste.pipeline import Settings


def evaluate(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="MANIFEST|DATASET", help="Labelled trays: a CSV, its folder, or a known set."
        ),
    ],
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Tray profile ('foodwaste profiles') [the set's own, else steel-5].",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="HTML", help="Write a page with charts and pictures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    after_only: Annotated[
        bool, typer.Option("--after-only", help="Leave the before-pictures aside.")
    ] = False,
    depth: Depth = DEFAULT_DEPTH,
    quantity: Quantity = DEFAULT_QUANTITY,
    policy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Fusion policy, instead of the profile's.")
    ] = None,
) -> None:
    """Measure how far the answers are from the truth on labelled trays.

    Example: foodwaste evaluate labelled/manifest.csv --profile our-tray.yaml --out report.html
    """
    import json

    from foodwaste.cli.evaluation_table import show_quantities
    from foodwaste.cli.progress import progress_bar
    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.evaluate.datasets import open_dataset, profile_for
    from foodwaste.evaluate.judge import Judge
    from foodwaste.evaluate.run import run
    from foodwaste.evaluate.summarise import summarise
    from foodwaste.evaluate.weighed_food import (
        find_weighed_food,
        mass_baselines,
        read_weighed_food,
    )

    check_page(out)
    weighed = find_weighed_food(dataset)
    with protected_stdout() as stream:
        if weighed is not None:
            scores = mass_baselines(read_weighed_food(weighed))
            if as_json:
                print(json.dumps([score.model_dump() for score in scores]), file=stream)
            else:
                show_quantities(scores, stream)
            return
        settings = settings_of(
            profile=profile or profile_for(dataset), depth=depth, quantity=quantity, policy=policy
        )
        judge = Judge(settings, after_only=after_only)
        loaded = judge.loaded
        labelled = open_dataset(dataset, loaded.profile)
        with progress_bar("trays") as progress:
            results = run(judge, labelled, progress=progress)
        summary = summarise(results, loaded.profile)
        for name, reason in results.failed.items():
            say(f"foodwaste: {name}: {reason}")
        if as_json:
            print(summary.model_dump_json(), file=stream)
        else:
            from foodwaste.cli.evaluation_table import show

            show(summary, stream)
        if out is not None:
            from foodwaste.evaluate.page import evaluation_page

            out.write_text(evaluation_page(summary, results, judge), encoding="utf-8")
            say(f"page: {out}")
    if results.failed:
        nothing = len(results.failed) == len(labelled.trays)
        raise typer.Exit(ExitCode.NOTHING_READABLE if nothing else ExitCode.SOME_FAILED)


def settings_of(**values: object) -> Settings:
    """Pipeline settings from options; a value out of range is a usage error."""
    from pydantic import ValidationError

    from foodwaste.pipeline import Settings

    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        option = "--" + str(problem["loc"][0]).replace("_", "-")
        raise UsageError(f"{option}: {problem['input']!r}: {problem['msg'].lower()}") from error


def check_page(out: Path | None) -> None:
    """Refuses early what could not be written late."""
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"--out: there is no folder {out.parent}")
