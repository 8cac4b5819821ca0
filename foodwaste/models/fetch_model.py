"""Gets everything a catalogue model needs: the code it is built by, and its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from foodwaste.errors import UsageError
from foodwaste.models.cache import hub_cache_dir
from foodwaste.models.card import BackboneSource, HubSource, ModelCard
from foodwaste.models.download import Progress
from foodwaste.models.fetch import fetch_file
from foodwaste.models.hashing import check_file
from foodwaste.models.hub_code import fetch_code, find_code
from foodwaste.models.registry import find_weights, mending_command


class Report(Protocol):
    """How a fetch tells what it is doing."""

    def start(self, what: str) -> Progress:
        """A download begins; answers with what to call for each piece."""
        ...

    def waiting(self) -> None:
        """Another process is fetching the same."""
        ...


def fetch_model(card: ModelCard, *, force: bool = False, report: Report | None = None) -> bool:
    """Fetches what is missing of a model's code and weights into torch.hub's cache.

    Returns:
        True when anything was downloaded.

    Raises:
        ModelMissing: no connection, no room, or a cache that cannot be written.
        ModelDamaged: what arrived is not what was published; nothing of it was kept.
        UsageError: the model is not published anywhere.
    """
    source = card.source
    if not isinstance(source, (HubSource, BackboneSource)):
        raise UsageError(f"model {card.name!r} is not published anywhere: nothing to fetch")
    waiting: Callable[[], None] | None = None if report is None else report.waiting
    fresh = False
    if isinstance(source, HubSource):
        for repository in (source.code, *source.nested):
            progress = None if report is None else report.start(repository.repository)
            fresh |= fetch_code(repository, force=force, progress=progress, on_wait=waiting)
    if not force and _has_weights(card):
        return fresh
    progress = None if report is None else report.start(source.weights_file)
    fresh |= fetch_file(
        source.weights_url,
        hub_cache_dir() / "checkpoints" / source.weights_file,
        sha256=card.sha256,
        size_mb=card.size_mb,
        force=force,
        progress=progress,
        on_wait=waiting,
    )
    return fresh


def check_offline(card: ModelCard) -> None:
    """Checks that a model's code and weights are there and right, without any connection.

    Raises:
        ModelMissing: something is not there.
        ModelDamaged: something is there but is not what was published.
    """
    mend = mending_command(card)
    if isinstance(card.source, HubSource):
        for repository in (card.source.code, *card.source.nested):
            find_code(repository, mend=mend)
    check_file(find_weights(card), card.sha256, mend=mend)


def _has_weights(card: ModelCard) -> bool:
    from foodwaste.errors import ModelMissing

    try:
        check_file(find_weights(card), card.sha256, mend="")
    except ModelMissing:
        return False
    return True
