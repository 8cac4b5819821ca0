"""What a run tells while it goes on, and what it did in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from foodwaste.report import TrayReport


@dataclass
class Totals:
    """What one run did. ``known`` pictures were done before and not made again."""

    ok: int = 0
    fallback: int = 0
    failed: int = 0
    unreadable: int = 0
    known: int = 0
    known_failed: int = 0
    known_fallback: int = 0
    longest_s: float = 0.0
    interrupted: bool = False

    @property
    def made(self) -> int:
        """Pictures that this run recorded."""
        return self.ok + self.fallback + self.failed

    def count(self, report: TrayReport) -> None:
        """Takes in one report."""
        if report.status == "ok":
            self.ok += 1
        elif report.status == "fallback":
            self.fallback += 1
        else:
            self.failed += 1
            self.unreadable += report.failure == "unreadable"
        self.longest_s = max(self.longest_s, report.elapsed_s)


class Listener(Protocol):
    """Who wants to know how a run goes on."""

    def planned(self, trays: int) -> None:
        """So many more trays have been found."""

    def known(self, key: str) -> None:
        """One was done before."""

    def finished(self, report: TrayReport) -> None:
        """One has been analysed and recorded."""

    def said(self, message: str) -> None:
        """One line for the user."""
