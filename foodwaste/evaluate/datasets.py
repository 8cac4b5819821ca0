"""Opens labelled trays by name or path: a manifest, or one of the known picture sets."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from foodwaste.evaluate.canteen_tray import read_canteen_tray
from foodwaste.evaluate.labels import Dataset, DatasetError
from foodwaste.evaluate.manifest import read_manifest
from foodwaste.evaluate.steel_tray import read_steel_tray
from foodwaste.profile import DEFAULT_PROFILE, Profile

#: Picture sets known by their folder's name, below ``FOODWASTE_DATA`` or given as a path.
KNOWN: dict[str, Callable[[Path], Dataset]] = {
    "steel-tray": read_steel_tray,
    "canteen-tray": read_canteen_tray,
}
#: Known sets that are not of the default profile's tray.
_PROFILES = {"canteen-tray": "canteen-plates"}
#: What ``foodwaste render`` leaves beside its manifest; it names the profile.
_RENDERED = "render.json"


def profile_for(name_or_path: str) -> str:
    """The profile a dataset is judged with when none is named: its own tray's, if that is known.

    Raises:
        DatasetError: a rendered folder's settings cannot be read.
    """
    path = Path(name_or_path)
    settings = (path if path.is_dir() else path.parent) / _RENDERED
    if path.exists() and settings.is_file():
        try:
            return str(json.loads(settings.read_text(encoding="utf-8"))["profile"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(
                f"{settings} does not say which profile was rendered: give --profile"
            ) from error
    return _PROFILES.get(path.name, DEFAULT_PROFILE)


def open_dataset(name_or_path: str, profile: Profile) -> Dataset:
    """Opens a manifest (CSV, or a folder that holds ``manifest.csv``) or a known picture set.

    Raises:
        DatasetError: not found, or not in the expected form.
    """
    path = Path(name_or_path)
    if path.is_dir() and path.name in KNOWN:
        return _fitting(KNOWN[path.name](path), profile)
    if path.is_dir():
        path = path / "manifest.csv"
    if path.is_file():
        return read_manifest(path, tuple(profile.layout.compartments))
    if name_or_path in KNOWN:
        folder = os.environ.get("FOODWASTE_DATA")
        if not folder:
            raise DatasetError(
                f"{name_or_path}: set FOODWASTE_DATA to the folder that holds it, or give its path"
            )
        return _fitting(KNOWN[name_or_path](Path(folder) / name_or_path), profile)
    raise DatasetError(
        f"{name_or_path}: no such manifest or folder (known picture sets: {', '.join(KNOWN)})"
    )


def _fitting(dataset: Dataset, profile: Profile) -> Dataset:
    known = profile.layout.compartments
    for tray in dataset.trays:
        if tray.plates:
            continue  # plates bring their own layout
        for label in tray.labels:
            if label.compartment not in known:
                raise DatasetError(
                    f"{dataset.name} has a compartment {label.compartment!r}, the profile "
                    f"{profile.name!r} has {', '.join(known)}: give a fitting --profile"
                )
    return dataset
