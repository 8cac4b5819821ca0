"""What decides whether a picture is done: content, profile, models, options. Never its date."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from foodwaste import __version__
from foodwaste.batch.options import BatchOptions
from foodwaste.batch.pair import TrayPictures
from foodwaste.models.registry import find_model
from foodwaste.pipeline import Settings
from foodwaste.profile import load_profile
from foodwaste.resources import resource_dir

_CHUNK_BYTES = 1 << 20
_KEPT = 4096


class Fingerprints:
    """Fingerprints of trays under one set of options.

    Content hashes of before and reference pictures, which many trays share, are kept by size
    and time of change.

    Raises:
        ProfileError: the profile cannot be read.
    """

    def __init__(self, options: BatchOptions) -> None:
        self._common = _common(options)
        self._kept: dict[tuple[str, int, int], str] = {}

    def of(self, tray: TrayPictures) -> str:
        """The fingerprint of one tray.

        Raises:
            OSError: one of its pictures cannot be read.
        """
        parts = {
            "image": content_hash(tray.image),
            "before": self._shared(tray.before),
            "meal_reference": self._shared(tray.meal_reference),
            "options": self._common,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _shared(self, path: Path | None) -> str | None:
        if path is None:
            return None
        try:
            status = path.stat()
        except FileNotFoundError:
            return "missing"  # the analysis says so, and a later run tries again when it is there
        key = (str(path), status.st_size, status.st_mtime_ns)
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = content_hash(path)
        return self._kept[key]


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _common(options: BatchOptions) -> str:
    loaded = load_profile(options.settings.profile)
    empty = loaded.empty_picture
    what = {
        "version": __version__,
        "profile": loaded.profile.model_dump(mode="json"),
        "empty": None if empty is None or not empty.is_file() else content_hash(empty),
        "models": _models(options.settings),
        # The path of the profile and where MiDaS lies say nothing about the answer.
        "settings": options.settings.model_dump(
            mode="json", exclude={"profile", "hub_dir", "offline", "threads"}
        ),
        "budget_s": options.budget_s,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _models(settings: Settings) -> list[str]:
    """The cards of the networks in use; a card holds the hash of its weights."""
    cards = []
    if settings.depth.startswith("midas:"):
        cards.append(find_model(settings.depth).card.model_dump_json())
    if "embedded" in (settings.depth, settings.quantity):
        folder = resource_dir("models")
        cards += [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))]
    return cards
