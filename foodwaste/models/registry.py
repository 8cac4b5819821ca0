"""Models by name: which are known, which are installed, and one way to open them.

Nothing here downloads: a worker must never wait for a network. What is missing is named
together with the command that gets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from foodwaste.errors import ModelMissing, UsageError
from foodwaste.models.cache import hub_cache_dir, models_dir
from foodwaste.models.card import (
    BackboneSource,
    CheckpointSource,
    HubSource,
    ModelCard,
    OnnxSource,
    read_card,
)
from foodwaste.models.catalogue import BUILT_IN, EMBEDDED
from foodwaste.models.errors import ModelDamaged
from foodwaste.models.hashing import check_file
from foodwaste.models.hub_code import find_code
from foodwaste.models.session import Session
from foodwaste.resources import resource_dir

#: Endings of a model's exported variants, in the order in which they are preferred: an int8
#: variant exists only when its export found it faster and close enough.
VARIANTS = (".int8", ".fp32", "")


@dataclass(frozen=True)
class Known:
    """A card and the folder its file lies in (``None`` for catalogue entries)."""

    card: ModelCard
    folder: Path | None


@dataclass(frozen=True)
class Installed:
    """Whether a model could be opened now. ``path`` is its file; ``reason`` why it could not."""

    path: Path | None
    reason: str | None


def known_models() -> dict[str, Known]:
    """All models by name: made here first, then shipped, then the catalogue."""
    found = {card.name: Known(card, None) for card in BUILT_IN}
    for folder in (resource_dir("models"), models_dir()):
        if folder.is_dir():
            for path in sorted(folder.glob("*.json")):
                card = read_card(path)
                found[card.name] = Known(card, folder)
    return found


def find_model(name: str, *, variants: bool = True) -> Known:
    """The card to use for ``name`` (``midas:NAME`` is understood too).

    Args:
        name: as listed by ``foodwaste models list``.
        variants: prefer an exported variant (``NAME.int8``, then ``NAME.fp32``).

    Raises:
        ModelMissing: one of the embedded networks, which this version lacks.
        UsageError: no such model.
    """
    plain = name.removeprefix("midas:")
    known = known_models()
    there = [
        known[plain + ending]
        for ending in (VARIANTS if variants else ("",))
        if plain + ending in known
    ]
    # What was made on this machine counts before what ships, in whichever variant.
    for each in there:
        if each.folder == models_dir():
            return each
    if there:
        return there[0]
    if plain in EMBEDDED:
        raise ModelMissing(
            f"{plain} does not come with this version of foodwaste; 'foodwaste train' makes one"
        )
    raise UsageError(f"no model called {name!r} (known: {', '.join(sorted(known))})")


def open_model(name: str, *, threads: int = 1, hub_dir: Path | None = None) -> Session:
    """Opens a model, ready to run.

    Args:
        name: as listed by ``foodwaste models list``, or the path of a ``.pt`` checkpoint of
            ours.
        threads: threads that one run may use; 1 in every worker.
        hub_dir: local checkout (or folder of checkouts) of torch.hub repositories. Given, it
            is what is used, past any exported variant.

    Raises:
        ModelMissing: weights or code are not on this machine; the message holds the command.
        ModelDamaged: they are, but are not what they should be.
        UsageError: no such model.
    """
    if name.endswith(".pt"):
        return _open_checkpoint(Path(name), None, threads)
    known = find_model(name, variants=hub_dir is None)
    source = known.card.source
    if isinstance(source, OnnxSource):
        return _open_onnx(known, threads)
    if isinstance(source, CheckpointSource):
        return _open_checkpoint(file_of(known), known.card, threads)
    return open_original(known.card, threads=threads, hub_dir=hub_dir)


def open_original(card: ModelCard, *, threads: int = 1, hub_dir: Path | None = None) -> Session:
    """Opens a catalogue model on torch, from its published weights.

    Raises:
        ModelMissing, ModelDamaged: as :func:`open_model`.
    """
    mend = mending_command(card)
    weights = find_weights(card, hub_dir=hub_dir)
    check_file(weights, card.sha256, mend=mend)
    source = card.source
    if isinstance(source, HubSource):
        code, _ = find_code(source.code, hub_dir=hub_dir, mend=mend)
        nested = {
            each.repository: find_code(each, hub_dir=hub_dir, mend=mend)[0]
            for each in source.nested
        }
        from foodwaste.models import hub

        network = hub.build(source, code, nested)
    elif isinstance(source, BackboneSource):
        from foodwaste.models.resnet import build_backbone

        network = build_backbone(source.architecture, source.kind)
    else:
        raise UsageError(f"model {card.name!r} has no published weights")
    from foodwaste.models.torch_session import TorchSession
    from foodwaste.models.weights import load_strictly, read_tensors

    load_strictly(network, read_tensors(weights, mend=mend), path=weights, mend=mend)
    return TorchSession(card, network, threads=threads)


def find_weights(card: ModelCard, *, hub_dir: Path | None = None) -> Path:
    """The published weights of a catalogue model on this machine (not yet hash-checked).

    Raises:
        ModelMissing: nowhere.
    """
    source = card.source
    if not isinstance(source, (HubSource, BackboneSource)):
        raise UsageError(f"model {card.name!r} has no published weights")
    names = [source.weights_file]
    if isinstance(source, HubSource):
        names += source.other_weights_files
    folders = [hub_cache_dir() / "checkpoints"]
    if hub_dir is not None:
        folders = [hub_dir, hub_dir / "weights", hub_dir / "checkpoints", *folders]
        folders += [hub_dir / "MiDaS" / "weights"]
    for folder in folders:
        for name in names:
            if (folder / name).is_file():
                return folder / name
    raise ModelMissing(
        f"no weights of {card.name} on this machine (looked for {source.weights_file} in "
        f"{', '.join(str(folder) for folder in folders)}); {mending_command(card)}"
    )


def file_of(known: Known) -> Path:
    """The file of an ONNX or checkpoint model."""
    source = known.card.source
    if known.folder is None or not isinstance(source, (OnnxSource, CheckpointSource)):
        raise UsageError(f"model {known.card.name!r} has no file of its own")
    return known.folder / source.file


def mending_command(card: ModelCard) -> str:
    """What to run when this model's files are missing or damaged."""
    source = card.source
    base = card.name.removesuffix(".int8").removesuffix(".fp32")
    if isinstance(source, (HubSource, BackboneSource)):
        return f"get it with 'foodwaste models fetch {base}'"
    if isinstance(source, OnnxSource):
        if base in EMBEDDED:
            return "install foodwaste again"
        kind = "" if source.quantised == "none" else f" --quantize {source.quantised}"
        return f"make it again with 'foodwaste models export {base}{kind}'"
    return "'foodwaste train' makes one"


def installation(known: Known, *, hub_dir: Path | None = None) -> Installed:
    """Whether a model's files are there (hashes are :mod:`foodwaste.models.verify`'s job)."""
    source = known.card.source
    try:
        if isinstance(source, (OnnxSource, CheckpointSource)):
            path = file_of(known)
            return Installed(path, None) if path.is_file() else Installed(None, "file missing")
        path = find_weights(known.card, hub_dir=hub_dir)
        if isinstance(source, HubSource):
            for repository in (source.code, *source.nested):
                find_code(repository, hub_dir=hub_dir, mend="")
        return Installed(path, None)
    except ModelDamaged:
        return Installed(None, "code incomplete")
    except ModelMissing:
        return Installed(None, "not fetched")


def _open_onnx(known: Known, threads: int) -> Session:
    path = file_of(known)
    mend = mending_command(known.card)
    if not path.is_file():
        raise ModelMissing(f"{path} is missing; {mend}")
    check_file(path, known.card.sha256, mend=mend)
    from foodwaste.models.onnx_session import OnnxSession

    return OnnxSession(known.card, path, threads=threads, mend=mend)


def _open_checkpoint(path: Path, card: ModelCard | None, threads: int) -> Session:
    if not path.is_file():
        raise ModelMissing(f"{path} is missing; 'foodwaste train' makes one")
    if card is not None:
        check_file(path, card.sha256, mend="'foodwaste train' makes it again")
    from foodwaste.models.checkpoint import load_checkpoint
    from foodwaste.models.torch_session import TorchSession

    inside, network = load_checkpoint(path)
    return TorchSession(card or inside, network, threads=threads)
