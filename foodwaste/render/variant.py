"""Which Mitsuba variant works on this machine.

``llvm_ad_rgb`` is five times as fast as ``scalar_rgb`` but needs LLVM 17 or newer, and an older
LLVM can abort the whole process: so it is tried in a child process first.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from foodwaste.errors import ModelMissing

MENDING = "pip install 'foodwaste[render]'"
_PROBE = (
    "import mitsuba as mi, drjit as dr; mi.set_variant({variant!r});"
    "s = mi.load_dict({{'type': 'scene', 'e': {{'type': 'constant'}},"
    "'i': {{'type': 'path'}}, 's': {{'type': 'sphere'}},"
    "'c': {{'type': 'perspective', 'f': {{'type': 'hdrfilm', 'width': 4, 'height': 4}}}}}});"
    "dr.eval(mi.render(s, spp=1)); dr.sync_thread(); print('ready')"
)
_PROBE_LIMIT_S = 60.0


def _libraries() -> list[Path | None]:
    """Candidates for the LLVM library, newest first; ``None`` is drjit's own search."""
    if "DRJIT_LIBLLVM_PATH" in os.environ:
        return [None]
    found: list[tuple[int, Path]] = []
    for folder in (
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/local/lib",
        "/opt/homebrew/opt/llvm/lib",
    ):
        for path in Path(folder).glob("libLLVM*"):
            version = re.search(r"(\d+)", path.name)
            if version and int(version[1]) >= 17:
                found.append((int(version[1]), path))
    return [*(path for _, path in sorted(found, reverse=True)), None]


def _works(variant: str, library: Path | None) -> bool:
    environment = dict(os.environ)
    if library is not None:
        environment["DRJIT_LIBLLVM_PATH"] = str(library)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE.format(variant=variant)],
            env=environment, capture_output=True, timeout=_PROBE_LIMIT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and b"ready" in done.stdout


@lru_cache(maxsize=1)
def usable_variant() -> tuple[str, str | None]:
    """The fastest variant that renders here, and the LLVM library it needs (or ``None``).

    Raises:
        ModelMissing: Mitsuba is not installed, or nothing renders.
    """
    if importlib.util.find_spec("mitsuba") is None:
        raise ModelMissing(f"rendering needs Mitsuba 3: {MENDING}")
    for library in _libraries():
        if _works("llvm_ad_rgb", library):
            return "llvm_ad_rgb", None if library is None else str(library)
    if _works("scalar_rgb", None):
        return "scalar_rgb", None
    raise ModelMissing(
        f"Mitsuba is installed but renders nothing here; install it again: {MENDING}"
    )


def mitsuba() -> Any:  # noqa: ANN401 - its own types differ from variant to variant
    """The renderer, once :func:`use_variant` has chosen one."""
    return importlib.import_module("mitsuba")


def use_variant(variant: str, library: str | None, threads: int) -> None:
    """Sets the variant in this process, before its first scene, with a fixed number of threads."""
    if library is not None:
        os.environ["DRJIT_LIBLLVM_PATH"] = library
    mitsuba().set_variant(variant)
    importlib.import_module("drjit").set_thread_count(threads)
