"""Finds the files that ship with the project: models, calibration, samples.

They live at the top level of a checkout and under ``foodwaste/_data`` in a wheel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: Literal["models", "calibration", "samples"]) -> Path:
    """Folder of shipped files called ``name``.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        folder = root / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the installation has no {name!r} folder: install foodwaste again")
