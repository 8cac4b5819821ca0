"""What today's dishes look like: one direction per dish in the quantity network's embedding."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from foodwaste.profile.strict import Strict


class MenuPrototypes(Strict):
    """Prototypes of the dishes of one menu, by the dish's name.

    A prototype is a direction: signed bytes, base64. It means something only to the network
    that made it.

    Attributes:
        model: SHA-256 of the weights that the embedding is of.
        dishes: by the dish's name.
    """

    model: str = Field(pattern=r"^[0-9a-f]{64}$")
    dishes: dict[str, str] = Field(min_length=1)

    @field_validator("dishes")
    @classmethod
    def _readable(cls, value: dict[str, str]) -> dict[str, str]:
        lengths = {len(_bytes(text)) for text in value.values()}
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError("prototypes of one menu are of one length, and not empty")
        return value

    def directions(self) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """The dishes' names and their directions ``(N, D)``, each of length 1."""
        rows = [np.frombuffer(_bytes(text), np.int8) for text in self.dishes.values()]
        raw = np.stack(rows).astype(np.float64)
        lengths = np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9)
        return tuple(self.dishes), raw / lengths


def menu_prototypes(model: str, directions: Mapping[str, NDArray[np.floating]]) -> MenuPrototypes:
    """Prototypes as a profile stores them; a byte a number turns a direction by under 1 degree."""
    texts = {}
    for dish, direction in directions.items():
        largest = max(float(np.abs(direction).max()), 1e-9)
        small = np.rint(np.asarray(direction, np.float64) / largest * 127).astype(np.int8)
        texts[dish] = base64.b64encode(small.tobytes()).decode("ascii")
    return MenuPrototypes(model=model, dishes=texts)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a prototype is base64") from error
