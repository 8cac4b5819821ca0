"""Options that all of ``foodwaste train`` have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[list[Path], typer.Option("--data", help="Rendered folder to learn from (repeat).")]
HeldOut = Annotated[
    list[Path], typer.Option("--held-out", help="Rendered folder to judge by (repeat).")
]
Out = Annotated[Path, typer.Option("--out", help="Folder of the run.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="YAML; what it leaves out has its default.")
]
Start = Annotated[
    list[Path] | None,
    typer.Option(
        "--start",
        help="Checkpoint of another run, or a shipped ONNX file, to go on from "
        "(repeat: from their mean).",
    ),
]
