"""Reads one URL into one file, hashing on the way."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from foodwaste.errors import ModelMissing
from foodwaste.models.errors import ModelDamaged

#: Called with (bytes so far, bytes in all or None).
Progress = Callable[[int, "int | None"], None]

_CHUNK = 1 << 18
_TIMEOUT_S = 30.0


def download(url: str, target: Path, *, progress: Progress | None = None) -> str:
    """Downloads ``url`` to ``target`` and answers with its SHA-256.

    Raises:
        ModelMissing: no connection, or the server refuses.
        ModelDamaged: the connection broke before the announced length.
        OSError: ``target`` cannot be written.
    """
    digest = hashlib.sha256()
    done = 0
    request = urllib.request.Request(url, headers={"User-Agent": "foodwaste"})
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        raise ModelMissing(f"{url}: the server answers {error.code} {error.reason}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise ModelMissing(_no_connection(url, error)) from error
    with answer, target.open("wb") as out:
        header = answer.headers.get("Content-Length")
        total = int(header) if header else None
        while True:
            try:
                chunk = answer.read(_CHUNK)
            except (TimeoutError, ConnectionError) as error:
                raise ModelMissing(_no_connection(url, error)) from error
            if not chunk:
                break
            out.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    if total is not None and done != total:
        raise ModelDamaged(
            f"{url}: the connection broke after {done} of {total} bytes; run the command again"
        )
    return digest.hexdigest()


def _no_connection(url: str, error: Exception) -> str:
    return (
        f"{url}: no connection ({getattr(error, 'reason', error)}); run the command again, or "
        "fetch the file on a machine with a network and copy it"
    )
