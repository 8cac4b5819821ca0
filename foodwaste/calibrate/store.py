"""Where a calibration starts from and where it goes: profile and pictures, side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from foodwaste.calibrate import document
from foodwaste.calibrate.measure import Calibration
from foodwaste.errors import UsageError
from foodwaste.imaging import save_png
from foodwaste.profile import (
    EmptyTray,
    LoadedProfile,
    available_profiles,
    load_profile,
)

_NAME = re.compile(r"\w[\w.\- ]*")


@dataclass(frozen=True)
class Target:
    """A profile file that is to be made or updated.

    Attributes:
        path: the YAML file.
        base: the profile that measuring starts from.
        parent: shipped profile to inherit from; ``None`` writes everything.
        update: ``path`` is there and is to be changed.
    """

    path: Path
    base: LoadedProfile
    parent: str | None
    update: bool

    @property
    def name(self) -> str:
        """The profile's name: that of its file."""
        return self.base.profile.name if self.update else self.path.stem


def new_target(path: Path, base: LoadedProfile) -> Target:
    """A profile to be made from a layout's profile.

    Raises:
        UsageError: something is there already, or the path cannot be a profile's.
    """
    _check_path(path)
    stem = path.stem
    for there in (path, *(path.with_name(f"{stem}.{kind}.png") for kind in ("empty", "served"))):
        if there.exists():
            raise UsageError(
                f"{there} exists: give another --out, or change the profile with --update {path}"
            )
    # A file of the parent's name beside the child would be taken for the parent.
    name = base.profile.name
    shipped = available_profiles().get(name) == base.path
    shadowed = stem == name or path.with_name(f"{name}.yaml").exists()
    # Pictures of another profile lie beside that one: they are not this tray's.
    bare = base.profile.model_copy(update={"empty_tray": EmptyTray(), "served_picture": None})
    parent = name if shipped and not shadowed else None
    return Target(path, LoadedProfile(bare, base.path), parent, update=False)


def update_target(path: Path) -> Target:
    """A profile to be changed.

    Raises:
        UsageError: it is one of the shipped profiles.
        ProfileError: it cannot be read.
    """
    _check_path(path)
    loaded = load_profile(path)
    if path.resolve() in {shipped.resolve() for shipped in available_profiles().values()}:
        raise UsageError(
            f"{path} is shipped with foodwaste and stays as it is: make your own with "
            f"--layout {path.stem} --out FILE"
        )
    return Target(path, loaded, None, update=True)


def write(calibration: Calibration, target: Target) -> tuple[Path, ...]:
    """Writes the pictures, then the profile that names them; returns what was written.

    An updated profile whose comments would be lost is kept beside the new one as ``.bak``.

    Raises:
        ImageError, ProfileError: a file cannot be written.
    """
    written: list[Path] = []
    profile = calibration.profile
    for sight, picture in (
        (calibration.empty, profile.empty_tray.picture),
        (calibration.served, profile.served_picture),
    ):
        if sight is not None and picture is not None:
            path = target.path.with_name(picture)
            save_png(path, sight.tray.rgb)
            written.append(path)
    text, backup = _text(calibration, target)
    if backup is not None:
        kept = target.path.with_name(target.path.name + ".bak")
        document.write_text(kept, backup)
        written.append(kept)
    document.write_text(target.path, text)
    load_profile(target.path)
    return (target.path, *written)


def _text(calibration: Calibration, target: Target) -> tuple[str, str | None]:
    """The new text, and the old one where rewriting loses some of it."""
    profile = calibration.profile
    if target.update:
        old = target.path.read_text(encoding="utf-8")
        raw: dict[str, Any] = yaml.safe_load(old)
        data = document.updated_document(raw, target.base.profile, profile)
        text = document.as_text(data, document.header_of(old))
        return text, old if document.has_inner_comments(old) else None
    if target.parent is not None:
        data = document.child_document(profile, target.base.profile, target.parent)
    else:
        data = document.whole_document(profile)
    return document.as_text(data), None


def _check_path(path: Path) -> None:
    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"a profile's file ends in .yaml, unlike {path}")
    if not _NAME.fullmatch(path.stem):
        raise UsageError(
            f"{path.name}: a profile is called by its file's name, which takes letters, digits, "
            "dots, dashes and spaces only"
        )
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}")
