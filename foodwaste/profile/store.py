"""Finds, reads, inherits and writes profiles."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from foodwaste.errors import ProfileError
from foodwaste.profile.measured import FusionParameters, Policy
from foodwaste.profile.schema import Profile
from foodwaste.resources import resource_dir

DEFAULT_PROFILE = "steel-5"
_MAX_PARENTS = 8
#: A measured profile has a thousand numbers, a tenth of a second for the parser in Python.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class LoadedProfile:
    """A validated profile and the file it came from (paths in it are relative to that)."""

    profile: Profile
    path: Path

    @property
    def empty_picture(self) -> Path | None:
        """Path of the rectified empty tray's picture, or ``None`` when there is none."""
        return self._beside(self.profile.empty_tray.picture)

    @property
    def served_picture(self) -> Path | None:
        """Path of the rectified standard meal's picture, or ``None`` when there is none."""
        return self._beside(self.profile.served_picture)

    def _beside(self, name: str | None) -> Path | None:
        return None if name is None else self.path.parent / name


def available_profiles() -> dict[str, Path]:
    """Shipped profiles by name."""
    return {path.stem: path for path in sorted(resource_dir("calibration").glob("*.yaml"))}


def load_profile(name_or_path: str | Path) -> LoadedProfile:
    """Reads a shipped profile by name, or any profile by the path of its YAML file.

    A profile with ``parent: NAME`` takes every field it does not set itself from that parent;
    mappings are merged field by field, lists are replaced whole.

    Raises:
        ProfileError: not found, no valid YAML, or not a possible tray; the message names the
            file and the field.
    """
    path = _find(name_or_path, near=None)
    data = _read_with_parents(path, depth=0)
    data.setdefault("name", path.stem)
    try:
        return LoadedProfile(Profile.model_validate(data), path)
    except ValidationError as error:
        raise ProfileError(f"profile {path}: {_first_problem(error)}") from error


def with_policy(loaded: LoadedProfile, policy: Policy | None) -> LoadedProfile:
    """The same profile with another fusion policy; unchanged for ``None``.

    Raises:
        ProfileError: ``calibrated`` is asked of a profile without measured errors.
    """
    if policy is None or policy == loaded.profile.fusion.policy:
        return loaded
    fusion = loaded.profile.fusion.model_dump() | {"policy": policy}
    try:
        changed = FusionParameters.model_validate(fusion)
    except ValidationError as error:
        raise ProfileError(f"profile {loaded.path}: {_first_problem(error)}") from error
    return LoadedProfile(loaded.profile.model_copy(update={"fusion": changed}), loaded.path)


def save_profile(profile: Profile, path: Path) -> None:
    """Writes a profile as YAML, whole or not at all."""
    data = profile.model_dump(mode="json", by_alias=True, exclude_none=True)
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _find(name_or_path: str | Path, near: Path | None) -> Path:
    text = str(name_or_path)
    looks_like_path = text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text
    if looks_like_path:
        path = Path(text) if near is None else near.parent / text
        if path.is_file():
            return path
        raise ProfileError(f"profile {path}: no such file")
    beside = None if near is None else near.parent / f"{text}.yaml"
    if beside is not None and beside.is_file():
        return beside
    shipped = available_profiles()
    if text in shipped:
        return shipped[text]
    raise ProfileError(
        f"no profile called {text!r} (shipped: {', '.join(shipped)}); "
        "'foodwaste calibrate' makes one"
    )


def _read_with_parents(path: Path, depth: int) -> dict[str, Any]:
    if depth > _MAX_PARENTS:
        raise ProfileError(f"profile {path}: more than {_MAX_PARENTS} parents, or a circle of them")
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"profile {path}: cannot be read ({error})") from error
    except yaml.YAMLError as error:
        raise ProfileError(f"profile {path}: not valid YAML{_where(error, text)}") from error
    if not isinstance(data, dict):
        raise ProfileError(f"profile {path}: not a profile (expected fields like 'layout:')")
    parent = data.pop("parent", None)
    if parent is None:
        return data
    inherited = _read_with_parents(_find(str(parent), near=path), depth + 1)
    inherited.pop("name", None)
    return _merge(inherited, data)


def _where(error: yaml.YAMLError, text: str) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return ""
    lines = text.split("\n")
    line, column = mark.line, mark.column
    if line >= len(lines):  # libyaml counts the end of the file as a line of its own
        line = len(lines) - 1
        column = len(lines[line])
    return f" (line {line + 1}, column {column + 1})"


def _merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(base)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    more = error.error_count() - 1
    return (f"{where}: " if where else "") + message + (f" (and {more} more)" if more else "")
