"""The ``foodwaste`` command. Command modules import their work only when they run."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from foodwaste.cli.analyze import analyze
from foodwaste.cli.batch import batch_command
from foodwaste.cli.calibrate import calibrate
from foodwaste.cli.compare import compare
from foodwaste.cli.doctor import doctor_command
from foodwaste.cli.evaluate import evaluate
from foodwaste.cli.models import models_app
from foodwaste.cli.profiles import profiles
from foodwaste.cli.render import render_command
from foodwaste.cli.streams import say
from foodwaste.cli.train import train_app
from foodwaste.cli.train_quantity import train_quantity_command
from foodwaste.cli.tune import tune
from foodwaste.errors import ExitCode, FoodwasteError

app = typer.Typer(
    name="foodwaste",
    help="Measure what is left on meal trays, dish by dish, from photographs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(analyze)
app.command("batch")(batch_command)
app.command()(calibrate)
app.command()(profiles)
app.command()(tune)
app.command()(evaluate)
app.command()(compare)
app.command("render")(render_command)
train_app.command("quantity")(train_quantity_command)
app.add_typer(train_app)
app.add_typer(models_app)
app.command("doctor")(doctor_command)


def _version(wanted: bool) -> None:
    if wanted:
        from foodwaste import __version__

        typer.echo(f"foodwaste {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line; every known error is one line on stderr and an exit code."""
    # One thread until somebody asks for more; read by OpenMP and OpenBLAS at import.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    try:
        app()
    except FoodwasteError as error:
        say(f"foodwaste: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:
        if os.environ.get("FOODWASTE_DEBUG"):
            raise
        say(
            f"foodwaste: internal error: {type(error).__name__}: {error} "
            "(run again with FOODWASTE_DEBUG=1 for the whole story, and please report it)"
        )
        sys.exit(ExitCode.INTERNAL)


if __name__ == "__main__":
    main()
