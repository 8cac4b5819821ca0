"""``foodwaste train``: trains the networks that ship, from rendered trays."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foodwaste.cli.train_options import Config, Data, HeldOut, Out, Start

if TYPE_CHECKING:
    from foodwaste.train.trainer import Progress, Trainer

train_app = typer.Typer(
    name="train",
    help="Train the project's own networks on rendered trays (extra 'train').",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@train_app.command("tray")
def train_tray_command(
    data: Data,
    held_out: HeldOut,
    out: Out,
    config: Config = None,
    start: Start = None,
    cache: Annotated[
        Path | None, typer.Option("--cache", help="Folder for prepared meals [OUT/packed].")
    ] = None,
    ship: Annotated[
        Path | None, typer.Option("--ship", help="Folder for the ONNX file and its card.")
    ] = None,
    version: Annotated[
        str, typer.Option("--weights-version", help="Version of the weights on their card.")
    ] = "1",
) -> None:
    """Train the network that reads height and food from the whole tray.

    A stopped run goes on where it stood when the same command is given again.

    Example: foodwaste train tray --data trays --held-out other-trays --out run
    """
    from foodwaste.cli.streams import protected_stdout
    from foodwaste.train.config import read_config, write_config
    from foodwaste.train.tray_config import TrayConfig

    settings = read_config(TrayConfig, config)
    with protected_stdout() as result:
        from foodwaste.train.tray_task import train_tray

        trainer, task = train_tray(settings, data, held_out, out, cache=cache, start=start or ())
        write_config(settings, out / "config.yaml")
        advise(trainer)
        with training_bar() as progress:
            trainer.run(progress=progress)
        best = out / "best.pt"
        if ship is not None:
            from foodwaste.cli.streams import say
            from foodwaste.train.tray_export import ship_tray

            done = ship_tray(settings, best, task.held_out, ship, version=version)
            say(f"{done.path}: {done.parity}; {done.onnx_s * 1e3:.0f} ms on one thread")
            best = done.path
        print(best, file=result)


def advise(trainer: Trainer) -> None:
    """Says so when this machine would be done much sooner with another setting."""
    from foodwaste.cli.streams import say

    if trainer.emulates_bfloat16:
        say("this processor has no AVX-512: with `mixed_precision: false` among the trainer's "
            "settings it trains several times as fast")  # fmt: skip


@contextmanager
def training_bar() -> Iterator[Progress]:
    """A progress bar on stderr when it is a terminal, else a line every now and then."""
    import time

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from foodwaste.cli.streams import say

    terminal = sys.stderr.isatty()
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
    )
    last_said = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), disable=not terminal) as bar:
        task = bar.add_task("training", total=None, loss=0.0)

        def advance(step: int, steps: int, loss: float) -> None:
            nonlocal last_said
            bar.update(task, completed=step, total=steps, loss=loss)
            if not terminal and time.monotonic() - last_said > 30.0:
                last_said = time.monotonic()
                say(f"step {step} of {steps}, loss {loss:.3f}")

        yield advance
