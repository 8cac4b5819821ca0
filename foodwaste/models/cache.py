"""Where models are kept on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Folder for exported and trained models; overrides the platform's cache folder.
MODELS_VARIABLE = "FOODWASTE_MODELS"


def models_dir() -> Path:
    """Folder of exported and trained models and their cards (it may not exist yet).

    ``FOODWASTE_MODELS`` when set, else the platform's cache folder.
    """
    override = os.environ.get(MODELS_VARIABLE)
    if override:
        return Path(override).expanduser()
    return _cache_root() / "foodwaste" / "models"


def hub_cache_dir() -> Path:
    """torch.hub's own cache folder, found as torch finds it but without importing torch."""
    home = os.environ.get("TORCH_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    base = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(base).expanduser() / "torch" / "hub"


def _cache_root() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Caches").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
