"""Options that say which estimators run above colour, alike in every command that measures."""

from __future__ import annotations

from typing import Annotated

import typer

#: What runs unless somebody asks for something else: the networks that come with the project.
DEFAULT_DEPTH = "embedded"
DEFAULT_QUANTITY = "embedded"

_DEPTHS, _QUANTITIES = "off|embedded|midas:NAME", "off|embedded"

Depth = Annotated[
    str,
    typer.Option(
        metavar=_DEPTHS,
        help="Where heights come from ('foodwaste models list' shows which are installed).",
    ),
]
Quantity = Annotated[
    str, typer.Option(metavar=_QUANTITIES, help="The network that looks at single wells.")
]
DepthToFit = Annotated[
    str, typer.Option(metavar=_DEPTHS, help="With --fit: where heights come from.")
]
QuantityToFit = Annotated[
    str, typer.Option(metavar=_QUANTITIES, help="With --fit: the network of single wells.")
]
