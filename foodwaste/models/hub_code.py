"""The code of torch.hub repositories: found, checked against its pin, fetched. No torch here.

torch.hub keeps a revision in ``<hub cache>/<owner>_<name>_<revision>``. The same folders are
used here, so that what a user has fetched by torch.hub itself is found, and the other way
round; but they are filled under a lock, from a temporary folder, by one rename, and run only
when their Python files have the pinned digest. torch.hub trusts any folder of that name.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from foodwaste.errors import ModelMissing
from foodwaste.models.cache import hub_cache_dir
from foodwaste.models.card import HubRepository
from foodwaste.models.download import Progress, download
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.lock import exclusive


def code_digest(folder: Path) -> str:
    """SHA-256 over the paths and contents of a repository's Python files.

    Hidden folders and compiled files do not count, so that a used checkout has the digest of a
    fresh one.
    """
    digest = hashlib.sha256()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    for name in sorted(files):
        if name.startswith(".") or "/." in name or "__pycache__" in name:
            continue
        content = files[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def find_code(
    repository: HubRepository, *, hub_dir: Path | None = None, mend: str
) -> tuple[Path, bool]:
    """Finds a repository's folder.

    Args:
        repository: what to look for.
        hub_dir: a local checkout, or a folder that holds checkouts; looked at before the hub
            cache and used at whatever revision it stands.
        mend: the command that fetches it, for the message.

    Returns:
        The folder, and whether it is the pinned revision.

    Raises:
        ModelMissing: it is nowhere.
        ModelDamaged: the hub cache has it, but not whole or not this code.
    """
    for folder in _local_candidates(repository, hub_dir):
        if (folder / "hubconf.py").is_file():
            return folder, code_digest(folder) == repository.code_sha256
    cached = hub_cache_dir() / repository.folder_name
    if not cached.is_dir():
        where = f"{hub_dir} or " if hub_dir is not None else ""
        raise ModelMissing(f"no code of {repository.repository} in {where}{cached}; {mend}")
    if code_digest(cached) != repository.code_sha256:
        raise ModelDamaged(
            f"{cached} is incomplete or not revision {repository.revision[:10]} of "
            f"{repository.repository}; {mend}"
        )
    return cached, True


def fetch_code(
    repository: HubRepository,
    *,
    force: bool = False,
    progress: Progress | None = None,
    on_wait: Callable[[], None] | None = None,
) -> bool:
    """Makes sure the hub cache holds the pinned revision; replaces a half-written one.

    Returns:
        True when it was downloaded.

    Raises:
        ModelMissing: no connection, or a cache that cannot be written.
        ModelDamaged: what arrived is not the pinned code.
    """
    cache = hub_cache_dir()
    target = cache / repository.folder_name
    if not force and _is_pinned(target, repository):
        return False
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with exclusive(cache / f"{repository.folder_name}.lock", on_wait=on_wait):
            if not force and _is_pinned(target, repository):
                return False
            with tempfile.TemporaryDirectory(prefix=".foodwaste-", dir=cache) as room:
                fresh = _unpack(repository, Path(room), progress)
                if target.exists():
                    # Renamed first: a reader sees the old folder, none, or the new one.
                    target.rename(Path(room) / "replaced")
                fresh.rename(target)
    except OSError as error:
        raise ModelMissing(
            f"{cache} cannot be written ({error.strerror}); set TORCH_HOME to a folder that can"
        ) from error
    return True


def _local_candidates(repository: HubRepository, hub_dir: Path | None) -> list[Path]:
    """Where a checkout may lie: the folder itself, inside it, or beside it."""
    if hub_dir is None:
        return []
    owner, name = repository.repository.split("/")
    names = (repository.folder_name, name, f"{owner}_{name}", f"{owner}_{name}_master")
    inside = [hub_dir / each for each in names]
    beside = [hub_dir.parent / each for each in names]
    itself = [hub_dir] if _declares(hub_dir, repository) else []
    return [*itself, *inside, *beside]


def _declares(folder: Path, repository: HubRepository) -> bool:
    """Whether a checkout is of this repository: by its package, as folders get renamed.

    A ``hubconf.py`` alone does not tell MiDaS from its encoder's repository.
    """
    return (folder / "hubconf.py").is_file() and (folder / repository.package).is_dir()


def _is_pinned(folder: Path, repository: HubRepository) -> bool:
    return folder.is_dir() and code_digest(folder) == repository.code_sha256


def _unpack(repository: HubRepository, room: Path, progress: Progress | None) -> Path:
    archive = room / "archive.zip"
    download(repository.zip_url, archive, progress=progress)
    unpacked = room / "unpacked"
    try:
        with zipfile.ZipFile(archive) as bundle:
            for member in bundle.namelist():
                parts = PurePosixPath(member).parts
                if member.startswith("/") or ".." in parts:
                    raise ModelDamaged(f"{repository.zip_url}: the archive leaves its folder")
            bundle.extractall(unpacked)
    except zipfile.BadZipFile as error:
        raise ModelDamaged(f"{repository.zip_url}: not a zip archive; run again") from error
    tops = [folder for folder in unpacked.iterdir() if folder.is_dir()]
    if len(tops) != 1 or code_digest(tops[0]) != repository.code_sha256:
        raise ModelDamaged(
            f"{repository.zip_url}: not the pinned code of {repository.repository}; "
            "nothing was kept"
        )
    return tops[0]
