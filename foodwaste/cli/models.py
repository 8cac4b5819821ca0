"""``foodwaste models``: what is installed, get it, check it, export it, time it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from foodwaste.models.registry import Known
    from foodwaste.models.session import Session

models_app = typer.Typer(
    name="models",
    help="Models: list, fetch, verify, export, bench.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

HubDir = Annotated[
    Path | None,
    typer.Option(
        "--hub-dir",
        help="Local checkout of MiDaS (or a folder of checkouts) to use instead of the hub cache.",
        show_default=False,
    ),
]
#: Pictures drawn for parity and for int8 scales where the user gives none.
_PARITY_PICTURES = 6
_CALIBRATION_PICTURES = 16


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


@models_app.command()
def export(
    name: Annotated[str, typer.Argument(help="Model, for example DPT_Large, or a checkpoint.")],
    opset: Annotated[int, typer.Option(min=14, max=20, help="ONNX operator set.")] = 18,
    quantize: Annotated[
        Literal["none", "dynamic", "static"],
        typer.Option(help="int8: dynamic for transformers, static for convolutional nets."),
    ] = "none",
    format_: Annotated[
        Literal["onnx", "torchscript"], typer.Option("--format", help="File format.")
    ] = "onnx",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder; the models folder by default.", show_default=False),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Folder of tray pictures for parity and int8 scales; drawn ones by default.",
            show_default=False,
        ),
    ] = None,
    max_effect: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="How far int8 may move the answer, ml or shares of a serving; 5 or 0.01.",
            show_default=False,
        ),
    ] = None,
    hub_dir: HubDir = None,
) -> None:
    """Export a model, and keep the file only if it answers as the original does.

    Example: foodwaste models export DPT_Large --quantize dynamic
    """
    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.errors import UsageError
    from foodwaste.models.cache import models_dir
    from foodwaste.models.originals import open_trainable

    if format_ == "torchscript" and quantize != "none":
        raise UsageError("--quantize makes ONNX files; leave out --format torchscript")
    folder = out or models_dir()
    with protected_stdout() as results:
        session = open_trainable(name, hub_dir=hub_dir)
        parity_set, calibration = _pictures(pictures)
        if format_ == "torchscript":
            from foodwaste.models.torchscript import export_torchscript

            path, found = export_torchscript(session, folder, parity_set)
            print(path, file=results)
            say(f"{session.card.name}: {found}")
            return
        from foodwaste.models.export import export_onnx

        done = export_onnx(
            session,
            folder,
            parity_set,
            opset=opset,
            quantised=quantize,
            calibration=calibration,
            effect_limit=max_effect,
        )
        print(done.path, file=results)
        say(
            f"{done.card.name}: {done.parity}; one thread: torch {done.torch_s * 1e3:.0f} ms, "
            f"this file {done.onnx_s * 1e3:.0f} ms"
        )


@models_app.command()
def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; all installed ones by default.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Timed runs of each.")] = 5,
    hub_dir: HubDir = None,
) -> None:
    """Time models on one thread: torch, ONNX in full precision, int8.

    Example: foodwaste models bench DPT_Large
    """
    from foodwaste.cli.streams import protected_stdout
    from foodwaste.models.bench import measure, measure_peak

    with protected_stdout() as out:
        peak = measure_peak()
        print(
            f"one thread of this core: {peak.float_gops:.0f} GFLOP/s in float, "
            f"{peak.int8_gops:.0f} GOP/s in int8",
            file=out,
        )
        for group in _bench_groups(names, hub_dir):
            timings = measure(group, peak, rounds=rounds)
            for each in timings:
                ratio = timings[0].ms / each.ms
                share = "" if each.share is None else f"{each.share:6.0%} of peak"
                print(
                    f"{each.name:<24}{each.backend:<12}{each.ms:9.1f} ms {ratio:6.2f}x {share}",
                    file=out,
                )


def _bench_groups(names: list[str] | None, hub_dir: Path | None) -> list[list[Session]]:
    """All installed variants of each model, the original first."""
    import contextlib

    from foodwaste.errors import ModelMissing
    from foodwaste.models.card import OnnxSource
    from foodwaste.models.originals import open_trainable
    from foodwaste.models.registry import VARIANTS, find_model, known_models, open_model

    known = known_models()
    bases = names or sorted({_base(name) for name in known})
    groups: list[list[Session]] = []
    for name in bases:
        base = _base(find_model(name).card.name) if names else name
        group: list[Session] = []
        if base in known and isinstance(known[base].card.source, OnnxSource):
            group.append(open_model(base))
        else:
            # Without the original, its exported variants can still be timed.
            with contextlib.suppress(ModelMissing):
                group.append(open_trainable(base, hub_dir=hub_dir))
        variants = [base + ending for ending in reversed(VARIANTS[:-1])]
        group.extend(open_model(each) for each in variants if each in known)
        if group:
            groups.append(group)
    if not groups:
        raise ModelMissing("no model to time is installed; 'foodwaste models list' shows them")
    return groups


def _base(name: str) -> str:
    return name.removesuffix(".int8").removesuffix(".fp32")


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


def _pictures(folder: Path | None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures for parity, and others for calibration."""
    from foodwaste.models.drawn_trays import drawn_trays

    if folder is None:
        return drawn_trays(_PARITY_PICTURES), drawn_trays(_CALIBRATION_PICTURES, seed=1)
    from foodwaste.models.picture_folder import load_pictures

    loaded = load_pictures(folder, _PARITY_PICTURES + _CALIBRATION_PICTURES)
    parity_count = min(_PARITY_PICTURES, max(3, len(loaded) // 2))
    return loaded[:parity_count], loaded[parity_count:]
