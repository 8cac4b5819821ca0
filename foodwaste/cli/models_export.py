"""``foodwaste models export`` and ``bench``: make files that run faster, and time them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from foodwaste.models.session import Session

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


def _pictures(folder: Path | None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures for parity, and others for calibration."""
    from foodwaste.models.drawn_trays import drawn_trays

    if folder is None:
        return drawn_trays(_PARITY_PICTURES), drawn_trays(_CALIBRATION_PICTURES, seed=1)
    from foodwaste.models.picture_folder import load_pictures

    loaded = load_pictures(folder, _PARITY_PICTURES + _CALIBRATION_PICTURES)
    parity_count = min(_PARITY_PICTURES, max(3, len(loaded) // 2))
    return loaded[:parity_count], loaded[parity_count:]
