"""Builds a network by torch.hub, offline and from pinned code. Imports torch: an edge.

Three things about MiDaS's hub entry points stand in the way of a kitchen without a network,
and are met here without touching its code:

- ``MiDaS_small`` builds its encoder by a second ``torch.hub.load`` of another repository, at
  no revision, and asks it for pretrained weights even when called with ``pretrained=False``.
  While a network is built, ``torch.hub.load`` leads to the pinned second repository and to no
  weights.
- It prints to stdout; that goes to stderr.
- Its package stays in ``sys.modules``, where a second checkout would find the first one's
  code, and its activations travel through a module global. Its modules are taken out again
  after the build, so that each network has its own.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import torch

from foodwaste.models.card import HubSource
from foodwaste.models.errors import ModelDamaged


def build(
    source: HubSource, code: Path, nested: Mapping[str, Path] | None = None
) -> torch.nn.Module:
    """Builds the network of one hub entry point, without weights of its own.

    Args:
        source: which entry point.
        code: the repository's folder.
        nested: folders of the repositories it loads in turn, by ``owner/name``.

    Returns:
        The network in eval mode, randomly initialised: load weights into it.

    Raises:
        ModelDamaged: the code is not whole, or does not run with the installed libraries.
    """
    if not (code / "hubconf.py").is_file():
        raise ModelDamaged(f"{code}: no hubconf.py in it")
    loader: Callable[..., torch.nn.Module] = torch.hub.load
    folders = {source.code.package: code}
    for each in source.nested:
        if each.repository in (nested or {}):
            folders[each.package] = (nested or {})[each.repository]
    with _confined(folders), _nested_redirected(loader, nested or {}):
        try:
            network = loader(str(code), source.entry, source="local", pretrained=False)
        except (ImportError, AttributeError, RuntimeError, OSError, SyntaxError) as error:
            raise ModelDamaged(
                f"{code}: {source.entry} cannot be built ({type(error).__name__}: {error})"
            ) from error
    return network.eval()


@contextlib.contextmanager
def _nested_redirected(
    loader: Callable[..., torch.nn.Module], folders: Mapping[str, Path]
) -> Iterator[None]:
    def load(repository: str, entry: str, *args: object, **kwargs: object) -> torch.nn.Module:
        name = repository.partition(":")[0]
        if name not in folders:
            raise RuntimeError(f"it loads {name}, which is not pinned")
        kwargs = {**kwargs, "pretrained": False}
        kwargs.pop("source", None)
        return loader(str(folders[name]), entry, *args, source="local", **kwargs)

    # setattr, as type checkers rightly refuse to see a module's function replaced.
    setattr(torch.hub, "load", load)  # noqa: B010
    try:
        yield
    finally:
        setattr(torch.hub, "load", loader)  # noqa: B010


@contextlib.contextmanager
def _confined(folders: Mapping[str, Path]) -> Iterator[None]:
    """Stdout to stderr, deprecations of others' code unheard, its modules and paths taken out.

    Bytecode is not written: it would fail in a read-only cache.
    """
    path, wrote = list(sys.path), sys.dont_write_bytecode
    others = _take_out(folders)
    sys.modules.update(_namespaces(folders))
    sys.dont_write_bytecode = True
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = wrote
        _take_out(folders)
        sys.modules.update(others)


def _namespaces(folders: Mapping[str, Path]) -> dict[str, ModuleType]:
    """Modules for packages without an ``__init__.py``, as MiDaS's is.

    Python prefers any ``midas.py`` or installed ``midas`` on its path to such a folder.
    """
    found: dict[str, ModuleType] = {}
    for package, folder in folders.items():
        place = folder / package
        if place.is_dir() and not (place / "__init__.py").is_file():
            found[package] = ModuleType(package)
            found[package].__path__ = [str(place)]
    return found


def _take_out(packages: Collection[str]) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in names}
