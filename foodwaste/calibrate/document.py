"""The profile as a short YAML text that people edit: only what differs from its parent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from foodwaste.errors import ProfileError
from foodwaste.profile import Profile

_HEADER = (
    "# Made by 'foodwaste calibrate'. What each field means, and its unit: docs/profiles.md\n"
    "# Lengths are mm in the tray's own frame: origin at its top left corner, y down.\n"
)


def child_document(profile: Profile, parent: Profile, parent_name: str) -> dict[str, Any]:
    """A profile that names its parent and holds only what it changes."""
    changes = difference(_dump(parent), _dump(profile))
    changes.pop("name", None)
    return {"schema": 1, "name": profile.name, "parent": parent_name, **changes}


def whole_document(profile: Profile) -> dict[str, Any]:
    """A profile that stands alone; parameters at their defaults are left out."""
    data = profile.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    return {"schema": 1, "name": profile.name, **data}


def updated_document(written: Mapping[str, Any], before: Profile, after: Profile) -> dict[str, Any]:
    """The document as it was written, with what changed between two readings of it."""
    changes = difference(_dump(before), _dump(after))
    changes.pop("name", None)
    return merged(written, changes)


def difference(base: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be merged into ``base`` to make it ``changed``; ``None`` takes away."""
    found: dict[str, Any] = {}
    for key, value in changed.items():
        known = base.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            inner = difference(known, value)
            if inner:
                found[key] = inner
        elif value != known:
            found[key] = _without_none(value) if isinstance(value, Mapping) else value
    return found


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``change`` put over it, mapping by mapping."""
    result = dict(base)
    for key, value in change.items():
        known = result.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            result[key] = merged(known, value)
        else:
            result[key] = value
    return result


def as_text(document: Mapping[str, Any], header: str = _HEADER) -> str:
    """YAML with points and other lists on one line each."""
    body = yaml.dump(
        _plain_numbers(document),
        Dumper=_OneLineLists,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=100,
    )
    return header + body


def header_of(text: str) -> str:
    """The comment lines at the top of a YAML text."""
    lines = text.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if line[:1] != "#"), len(lines))
    return "".join(lines[:count])


def has_inner_comments(text: str) -> bool:
    """Whether comments stand elsewhere than at the top, where rewriting would lose them."""
    return re.search(r"(^|\s)#", text[len(header_of(text)) :]) is not None


def write_text(path: Path, text: str) -> None:
    """Writes a text whole or not at all.

    Raises:
        ProfileError: the file cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProfileError(f"profile {path}: cannot be written ({reason})") from error


class _OneLineLists(yaml.SafeDumper):
    """Mappings as blocks, lists inline."""


_OneLineLists.add_representer(
    list,
    lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True),
)


def _dump(profile: Profile) -> dict[str, Any]:
    return profile.model_dump(mode="json", by_alias=True)


def _without_none(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(inner) if isinstance(inner, Mapping) else inner
        for key, inner in value.items()
        if inner is not None
    }


def _plain_numbers(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    """Whole numbers without a decimal point: ``375`` rather than ``375.0``."""
    if isinstance(value, Mapping):
        return {key: _plain_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_numbers(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
