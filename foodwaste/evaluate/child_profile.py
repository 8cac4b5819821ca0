"""Writes a profile that changes another's back-projection and keeps everything else."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from foodwaste.profile import (
    BackprojectionParameters,
    FusionParameters,
    LoadedProfile,
    available_profiles,
)

#: A profile's ``fusion``: its line and all that is indented below it.
_FUSION_BLOCK = re.compile(r"^fusion:.*\n(?:[ \t#-].*\n|\n)*", re.MULTILINE)


def write_child(
    loaded: LoadedProfile,
    path: Path,
    *,
    name: str,
    backprojection: BackprojectionParameters | None = None,
    fusion: FusionParameters | None = None,
) -> None:
    """Writes ``path`` with ``loaded`` as its parent and only what changes, whole or not at all.

    Pictures that the parent names are named relative to the new file.
    """
    folder = path.resolve().parent
    data: dict[str, Any] = {
        "schema": 1,
        "name": name,
        "parent": _parent(loaded, folder),
    }
    if loaded.empty_picture is not None:
        data["empty_tray"] = {"picture": _relative(loaded.empty_picture, folder)}
    if loaded.served_picture is not None:
        data["served_picture"] = _relative(loaded.served_picture, folder)
    if backprojection is not None:
        data["backprojection"] = backprojection.model_dump(mode="json")
    if fusion is not None:
        parents = loaded.profile.fusion.model_dump(mode="json", exclude_none=True)
        own = fusion.model_dump(mode="json", exclude_none=True)
        data["fusion"] = _instead_of(parents, own)
    _write(path, data)


def _instead_of(parents: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What a child must say so that its parent's mapping is replaced rather than merged with."""
    said: dict[str, Any] = {key: None for key in parents if key not in own}
    for key, value in own.items():
        known = parents.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            said[key] = _instead_of(known, value)
        else:
            said[key] = value
    return said


def _parent(loaded: LoadedProfile, folder: Path) -> str:
    for name, shipped in available_profiles().items():
        if shipped.resolve() == loaded.path.resolve():
            return name
    relative = _relative(loaded.path, folder)
    return relative if "/" in relative else f"./{relative}"


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder)).as_posix()


def replace_fusion(path: Path, fusion: FusionParameters) -> None:
    """Puts other fusion parameters at the end of a profile's own file; the rest stays as it is."""
    text = path.read_text(encoding="utf-8")
    own = fusion.model_dump(mode="json", exclude_none=True)
    block = _FUSION_BLOCK.sub("", text).rstrip() + "\n" + _yaml({"fusion": own})
    _write_text(path, block)


def _write(path: Path, data: dict[str, Any]) -> None:
    _write_text(path, _yaml(data))


def _yaml(data: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return text


def _write_text(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
