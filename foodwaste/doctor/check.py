"""One finding of the examination."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

#: ``warn``: works, but not as well as it could. ``missing``: some command will fail.
Status = Literal["ok", "warn", "missing"]
_ORDER: tuple[Status, ...] = ("ok", "warn", "missing")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at, in a word or two.
        status: how it stands.
        detail: what was found.
        mend: the command or the act that makes it ``ok``; ``None`` where nothing is to do.
    """

    name: str
    status: Status
    detail: str
    mend: str | None = None


def worst(checks: Iterable[Check]) -> Status:
    """The worst status among ``checks``."""
    return _ORDER[max((_ORDER.index(check.status) for check in checks), default=0)]


def pip(*arguments: str) -> str:
    """A pip command for the very Python that runs this, ready to paste into a shell."""
    return shlex.join([sys.executable, "-m", "pip", *arguments])


def install_again() -> str:
    """The command that puts foodwaste's own files back, from where they once came."""
    try:
        origin = metadata.distribution("foodwaste").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        origin = None
    if origin is None:
        return pip("install", "--force-reinstall", "--no-deps", "foodwaste")
    where = json.loads(origin)
    if where.get("dir_info", {}).get("editable"):
        folder = where["url"].removeprefix("file://")
        return shlex.join(
            ["git", "-C", folder, "checkout", "--", "models", "calibration", "samples"]
        )
    return pip("install", "--force-reinstall", "--no-deps", where["url"])
