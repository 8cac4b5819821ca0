"""Options that say which estimators run above colour, alike in every command that measures."""

from __future__ import annotations

from typing import Annotated

import typer

#: What runs unless somebody asks for something else: the networks that come with the project.
DEFAULT_DEPTH = "embedded"
DEFAULT_QUANTITY = "embedded"

Depth = Annotated[
    str,
    typer.Option(
        metavar="off|embedded|midas:NAME",
        help="Where heights come from ('foodwaste models list' shows which are installed).",
    ),
]
Quantity = Annotated[
    str, typer.Option(metavar="off|embedded", help="The network that looks at single wells.")
]
