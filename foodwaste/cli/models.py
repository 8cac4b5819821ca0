"""``foodwaste models``: what is installed, get it, check it, export it, time it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from foodwaste.cli.models_export import HubDir, bench, export

if TYPE_CHECKING:
    from foodwaste.models.registry import Known

models_app = typer.Typer(
    name="models",
    help="Models: list, fetch, verify, export, bench.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@models_app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    hub_dir: HubDir = None,
) -> None:
    """List known models: what is installed, size, licence, source.

    Example: foodwaste models list
    """
    import json

    from foodwaste.cli.streams import protected_stdout
    from foodwaste.models.catalogue import EMBEDDED
    from foodwaste.models.registry import installation, known_models

    with protected_stdout() as out:
        known = known_models()
        rows: list[dict[str, str | float | bool | None]] = []
        for name, purpose in EMBEDDED.items():
            if not any(each.startswith(name) for each in known):
                rows.append(_row(name, purpose, None, "does not come with this version"))
        for item in known.values():
            state = installation(item, hub_dir=hub_dir)
            rows.append(_row(item.card.name, item.card.title, item, state.reason))
        if as_json:
            print(json.dumps(rows, ensure_ascii=False), file=out)
            return
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for header in ("name", "for", "installed", "MB", "licence", "source"):
            table.add_column(header, justify="right" if header == "MB" else "left")
        for row in rows:
            installed = "yes" if row["installed"] else str(row["reason"])
            size = "" if row["size_mb"] is None else f"{row['size_mb']:.0f}"
            cells = (row["name"], row["task"], installed, size, row["licence"], row["source"])
            table.add_row(*(str(cell or "") for cell in cells))
        Console(file=out, highlight=False, width=None if out.isatty() else 110).print(table)


@models_app.command()
def fetch(
    names: Annotated[list[str], typer.Argument(help="Models, for example DPT_Large.")],
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no connection: only check what is there.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Download again.")] = False,
) -> None:
    """Get the published code and weights of models.

    Example: foodwaste models fetch DPT_Large
    """
    from foodwaste.cli.download_bar import download_bar
    from foodwaste.cli.streams import say
    from foodwaste.errors import UsageError
    from foodwaste.models.fetch_model import check_offline, fetch_model
    from foodwaste.models.registry import find_model

    if offline and force:
        raise UsageError("--offline and --force cannot be met together")
    for name in names:
        card = find_model(name, variants=False).card
        if offline:
            check_offline(card)
            say(f"{card.name}: all there")
            continue
        with download_bar() as report:
            fresh = fetch_model(card, force=force, report=report)
        say(f"{card.name}: {'fetched' if fresh else 'was there already'}")
        if card.task == "depth":
            say(
                f"next, for a run of about a third of the time: "
                f"'foodwaste models export {card.name} --quantize dynamic'"
            )


@models_app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; all installed ones by default.")
    ] = None,
    hub_dir: HubDir = None,
) -> None:
    """Check installed models: every byte's hash, load, one run.

    Example: foodwaste models verify
    """
    from foodwaste.cli.streams import protected_stdout
    from foodwaste.errors import ModelMissing
    from foodwaste.models.registry import find_model, known_models
    from foodwaste.models.verify import verify as check

    wanted = [find_model(name, variants=False) for name in names or ()]
    with protected_stdout() as out:
        verdicts = [
            check(item, hub_dir=hub_dir) for item in wanted or list(known_models().values())
        ]
        for verdict in verdicts:
            if verdict.ok is None and not wanted:
                continue
            word = {True: "ok", False: "BAD", None: "missing"}[verdict.ok]
            print(f"{verdict.name}: {word}: {verdict.note}", file=out)
        if not any(verdict.ok is not None for verdict in verdicts):
            print("no model is installed", file=out)
    bad = [v for v in verdicts if v.ok is False or (v.ok is None and wanted)]
    if bad:
        raise ModelMissing(f"{len(bad)} of {len(verdicts)} models are not as they should be")


models_app.command()(export)
models_app.command()(bench)


def _row(
    name: str, title: str, item: Known | None, reason: str | None
) -> dict[str, str | float | bool | None]:
    card = None if item is None else item.card
    return {
        "name": name,
        "title": title,
        "task": name.partition("-")[0] if card is None else card.task,
        "installed": reason is None,
        "reason": reason,
        "size_mb": None if card is None else card.size_mb,
        "licence": None if card is None else card.licence,
        "source": None if card is None else card.source.kind,
        "version": None if card is None else card.version,
    }
