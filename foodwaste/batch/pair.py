"""Which pictures are trays, and what each is compared with."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from foodwaste.batch.discover import find_pictures, same_name

#: A picture of this name is the served reference tray for its folder and those below.
MEAL_REFERENCE_NAMES = frozenset({"_meal", "기준"})

_WORDS = {"before": "before", "식전": "before", "after": "after", "식후": "after"}
# Latin words stand alone ("tray-3_after", not "thereafter"); Korean ones need no separator.
_AT_END = re.compile(r"^(?P<rest>.*?)[ _.\-]*(?P<word>(?:(?<![a-z])(?:before|after))|식전|식후)$")
_AT_START = re.compile(r"^(?P<word>(?:(?:before|after)(?![a-z]))|식전|식후)[ _.\-]*(?P<rest>.*)$")

Role = Literal["before", "after"]


@dataclass(frozen=True)
class TrayPictures:
    """One tray to be analysed. ``key`` names it in the results: its path in the folder."""

    key: str
    image: Path
    before: Path | None = None
    meal_reference: Path | None = None


@dataclass
class Pairing:
    """The trays of a folder in order, and pictures that belong to none, with the reason."""

    trays: list[TrayPictures] = field(default_factory=list)
    left_over: list[tuple[str, str]] = field(default_factory=list)


def pair_by_names(folder: Path, pictures: list[Path]) -> Pairing:
    """Pairs ``tray-3_before`` with ``tray-3_after``, and ``before/3`` with ``after/3``.

    The word stands at the start or end of the file's name or is a folder's name; ``식전`` and
    ``식후`` do the same. What carries neither word is a tray without a before picture.
    """
    pairing = Pairing()
    trays, references = _without_references(folder, pictures, pairing)
    before_of: dict[tuple[str, ...], Path] = {}
    afters: list[tuple[tuple[str, ...] | None, Path]] = []  # None: no word in its name
    waiting: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for path in trays:
        role, key = _role(path)
        if role != "before":
            afters.append((None if role is None else key, path))
        elif key in before_of:
            pairing.left_over.append((key_of(path), "a second before picture of the same tray"))
        else:
            before_of[key] = path
            waiting[key].append(path)
    for after_key, path in afters:
        before = None
        if after_key is not None:
            before = before_of.get(after_key)
            waiting.pop(after_key, None)
        pairing.trays.append(_tray(folder, path, before, references))
    for paths in waiting.values():
        pairing.left_over += [(key_of(path), "no after picture of this tray") for path in paths]
    return pairing


def pair_with_folder(folder: Path, pictures: list[Path], before_folder: Path) -> Pairing:
    """Every picture is a tray; its before picture has the same path in the other folder.

    Endings may differ.
    """
    befores = {_path_key(path): path for path in find_pictures(before_folder).pictures}
    pairing = Pairing()
    trays, references = _without_references(folder, pictures, pairing)
    used = set()
    for path in trays:
        key = _path_key(path)
        before = befores.get(key)
        used.add(key)
        tray = _tray(folder, path, None, references)
        if before is not None:
            tray = TrayPictures(tray.key, tray.image, before_folder / before)
        pairing.trays.append(tray)
    for key, path in befores.items():
        if key not in used and same_name(path.stem) not in MEAL_REFERENCE_NAMES:
            pairing.left_over.append((str(before_folder / path), "no after picture of this tray"))
    return pairing


def pair_nothing(folder: Path, pictures: list[Path]) -> Pairing:
    """Every picture is a tray; meal references still count."""
    pairing = Pairing()
    trays, references = _without_references(folder, pictures, pairing)
    pairing.trays = [_tray(folder, path, None, references) for path in trays]
    return pairing


def key_of(path: Path) -> str:
    """A path as the results name it: with ``/``, and bytes that are no text made visible."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def key_in(folder: Path, path: Path) -> str:
    """A path as the results name it: relative to the folder where it lies in it."""
    try:
        return key_of(path.absolute().relative_to(folder.absolute()))
    except ValueError:
        return key_of(path.absolute())


def _without_references(
    folder: Path, pictures: list[Path], pairing: Pairing
) -> tuple[list[Path], dict[Path, Path]]:
    """The pictures that are no meal reference, and the references by folder."""
    references: dict[Path, Path] = {}
    trays = []
    for path in pictures:
        if same_name(path.stem) not in MEAL_REFERENCE_NAMES:
            trays.append(path)
        elif path.parent in references:
            pairing.left_over.append((key_of(path), "a second meal reference in one folder"))
        else:
            references[path.parent] = folder / path
    return trays, references


def _tray(
    folder: Path, path: Path, before: Path | None, references: dict[Path, Path]
) -> TrayPictures:
    if before is not None:
        return TrayPictures(key_of(path), folder / path, before=folder / before)
    nearest = next((references[up] for up in path.parents if up in references), None)
    return TrayPictures(key_of(path), folder / path, meal_reference=nearest)


def _role(path: Path) -> tuple[Role | None, tuple[str, ...]]:
    """Whether a picture is a before or an after, and the name both share."""
    *folders, _ = (same_name(part) for part in path.parts)
    stem = same_name(path.stem)
    for pattern in (_AT_END, _AT_START):
        if (match := pattern.match(stem)) is not None:
            role: Role = "before" if _WORDS[match["word"]] == "before" else "after"
            return role, (*folders, match["rest"])
    for index in range(len(folders) - 1, -1, -1):
        word = _WORDS.get(folders[index])
        if word is not None:
            shared = (*folders[:index], "*", *folders[index + 1 :], stem)
            return "before" if word == "before" else "after", shared
    return None, (*folders, stem)


def _path_key(path: Path) -> tuple[str, ...]:
    return (*(same_name(part) for part in path.parts[:-1]), same_name(path.stem))
