"""A progress bar for downloads on stderr; silent lines where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from foodwaste.cli.streams import say
from foodwaste.models.download import Progress as OnPiece


class DownloadBar:
    """Shows the downloads of one fetch, one line each."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._shown = sys.stderr.isatty()

    def start(self, what: str) -> OnPiece:
        """A download begins; answers with what to call for each piece."""
        task = self._progress.add_task(what, total=None, start=False, visible=False)
        announced = False

        def piece(done: int, total: int | None) -> None:
            nonlocal announced
            if not announced:
                announced = True
                self._progress.start_task(task)
                if not self._shown:
                    say(f"downloading {what}" + (f", {total / 1e6:.0f} MB" if total else ""))
            self._progress.update(task, completed=done, total=total, visible=True)

        return piece

    def waiting(self) -> None:
        """Another process is fetching the same."""
        say("another foodwaste is fetching this; waiting for it")


@contextmanager
def download_bar() -> Iterator[DownloadBar]:
    """A bar while a fetch runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield DownloadBar(progress)
