"""``foodwaste train quantity``: trains the network that judges compartment by compartment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foodwaste.cli.train_options import Config, Data, HeldOut, Out, Start


def train_quantity_command(
    data: Data,
    held_out: HeldOut,
    out: Out,
    config: Config = None,
    weighed: Annotated[
        Path | None, typer.Option("--weighed", help="Folder of 'weighed-food': real foods.")
    ] = None,
    start: Start = None,
) -> None:
    """Train the network that reads amount, leftover ratio and food of each compartment.

    A stopped run goes on where it stood when the same command is given again. At its end the
    checkpoint, the ONNX file and its card lie in the run's folder.

    Example: foodwaste train quantity --data trays --held-out other-trays --out run
    """
    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.cli.train import advise, training_bar
    from foodwaste.train.config import read_config, write_config
    from foodwaste.train.quantity_config import QuantityConfig

    settings = read_config(QuantityConfig, config)
    with protected_stdout() as result:
        from foodwaste.train.quantity_ship import ship_quantity
        from foodwaste.train.quantity_task import train_quantity

        trainer = train_quantity(settings, data, held_out, out, weighed=weighed, start=start or ())
        write_config(settings, out / "config.yaml")
        advise(trainer)
        with training_bar() as progress:
            trainer.run(progress=progress)
        facts = {
            "trained_on": f"rendered meals of {', '.join(each.name for each in data)}"
            + ("" if weighed is None else "; weighed-food (ECUSTFD, arXiv 1705.07632)"),
            "steps": str(trainer.step),
            "batch": str(settings.trainer.batch),
        }
        done = ship_quantity(settings, data, held_out, out, trained_on=facts)
        say(f"{done.path}: {done.parity}")
        print(done.path, file=result)
