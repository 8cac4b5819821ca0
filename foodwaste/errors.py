"""What can go wrong, what it is called, and the exit code it ends in.

Every error a user can meet carries one line that says what happened and, where there is
one, the next step. Anything else that escapes is a defect and exits with 5.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command (fixed: scripts rely on them)."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    MISSING = 3
    NOTHING_READABLE = 4
    INTERNAL = 5
    FALLBACK = 6
    INTERRUPTED = 130


class FoodwasteError(Exception):
    """Base of all errors meant for the user: one line, and an exit code."""

    exit_code: ExitCode = ExitCode.SOME_FAILED


class ImageError(FoodwasteError):
    """A picture could not be read: missing, empty, damaged, of no known format, too large."""


class TrayNotFound(FoodwasteError):  # noqa: N818 - the name is the finding, as in "tray not found"
    """No tray of the profile's layout was found with enough certainty.

    ``score`` is the best candidate's score, 0..1; ``looks_like`` is the shipped profile whose tray
    this is, where it is one.
    """

    def __init__(
        self,
        message: str = "tray not found",
        *,
        score: float = 0.0,
        looks_like: str | None = None,
    ) -> None:
        super().__init__(message)
        self.score = score
        self.looks_like = looks_like


class ProfileError(FoodwasteError):
    """A profile is missing, is no valid YAML, or does not describe a possible tray."""

    exit_code = ExitCode.USAGE


class UsageError(FoodwasteError):
    """The command's arguments cannot be met together."""

    exit_code = ExitCode.USAGE


class ModelMissing(FoodwasteError):  # noqa: N818 - names the finding
    """Weights or an optional dependency are missing; the message holds the mending command."""

    exit_code = ExitCode.MISSING
