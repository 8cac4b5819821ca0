"""What is known about a model: a frozen, JSON-able record beside its name.

A card travels as data: built into the catalogue, next to an ONNX file as ``NAME.json``, or
inside a checkpoint of ours. The code that runs a model reads everything it needs from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foodwaste.models.errors import ModelDamaged

Task = Literal["depth", "tray", "quantity", "backbone"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Triple = tuple[float, float, float]
WeightBits = Literal[7, 8]

IMAGENET_MEAN: Triple = (0.485, 0.456, 0.406)
IMAGENET_STD: Triple = (0.229, 0.224, 0.225)


#: Output of a Siamese network: what it saw in a crop. A card that states their width names it.
FEATURES = "features"
#: Its further input: these features of the crop before and a 1, or zeros.
BEFORE = "before"


class Strict(BaseModel):
    """Immutable, and unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Preprocessing(Strict):
    """How RGB pixels become a network's input, as data.

    Pixels are divided by 255, resized to ``height_px`` x ``width_px`` with a bicubic kernel in
    float (as MiDaS's own transforms do), then ``(value - mean) / std`` per channel.

    ``hub_target_px``, ``hub_method`` and ``multiple_of`` state the rule by which a torch.hub
    model chooses its size for any picture; ``foodwaste.models.preprocess.hub_size`` applies it.
    The fixed size here is that rule's answer for the rectified tray (288 x 384).

    ``fold`` is the side of the squares of pixels that are folded into channels (as torch's
    ``pixel_unshuffle``): the network takes ``(N, 3 * fold**2, height / fold, width / fold)``,
    and outputs of ``(N, fold**2, height / fold, width / fold)`` are unfolded to pixels again.
    """

    height_px: int = Field(ge=1)
    width_px: int = Field(ge=1)
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)
    hub_target_px: int | None = None
    hub_method: Literal["minimal", "upper_bound"] | None = None
    multiple_of: int = 1
    fold: int = Field(default=1, ge=1)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the network's input."""
        side = self.fold
        return 3 * side**2, self.height_px // side, self.width_px // side


class HubRepository(Strict):
    """One repository that torch.hub loads code from, pinned.

    ``code_sha256`` is the digest of its Python files
    (:func:`foodwaste.models.hub_code.code_digest`); only code with this digest is run from
    the hub cache. ``package`` is the Python package in it, by which a local checkout under
    another name is recognised.
    """

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    code_sha256: Sha256
    package: str
    archive_url: str | None = None

    @property
    def folder_name(self) -> str:
        """The folder torch.hub itself would keep this revision in."""
        return f"{self.repository.replace('/', '_')}_{self.revision}"

    @property
    def zip_url(self) -> str:
        """Where the archive of this revision is."""
        default = f"https://github.com/{self.repository}/zipball/{self.revision}"
        return self.archive_url or default


class HubSource(Strict):
    """A model that a torch.hub repository builds, with its weights in one file."""

    kind: Literal["torch.hub"] = "torch.hub"
    code: HubRepository
    entry: str
    weights_url: str
    weights_file: str
    other_weights_files: tuple[str, ...] = ()
    nested: tuple[HubRepository, ...] = ()


class BackboneSource(Strict):
    """An ImageNet classifier of timm or torchvision, with its weights in one file."""

    kind: Literal["timm", "torchvision"]
    architecture: str
    weights_url: str
    weights_file: str


class OnnxSource(Strict):
    """An ONNX file beside the card. ``file`` is relative to the card's folder.

    ``weight_bits`` is what a quantised file's kernels use: sums of two products of uint8 and 7
    bits fit into 16, so that they are whole on every processor at its full speed.
    """

    kind: Literal["onnx"] = "onnx"
    file: str
    quantised: Literal["none", "dynamic", "static"] = "none"
    weight_bits: WeightBits = 8


class CheckpointSource(Strict):
    """A checkpoint of ours beside the card: weights and everything needed to build the net.

    ``architecture`` is read by :func:`foodwaste.models.architectures.build`.
    """

    kind: Literal["checkpoint"] = "checkpoint"
    file: str = ""
    architecture: dict[str, str | int | float | bool] = {}


Source = Annotated[
    HubSource | BackboneSource | OnnxSource | CheckpointSource, Field(discriminator="kind")
]


class QuantityHead(Strict):
    """What the outputs of a quantity network mean; belongs to the checkpoint, not to the code.

    Attributes:
        bins: amount of each bin as a fraction of a serving, rising (Q1..Qn).
        dishes: names of the food classes; empty when there is no food head.
        temperature: the quantity logits are divided by it before the softmax (Guo et al. 2017).
        amount_error: standard deviation of the amount on held-out data, when measured.
        features: width of the ``features`` that a Siamese network answers with and takes back,
            of the crop before, as its input ``before``; 0 where it compares nothing.
        ratio_bins: leftover ratio of each bin of a Siamese network, rising; else empty.
        ratio_temperature: as ``temperature``, of the ratio's logits.
        ratio_error: standard deviation of the leftover ratio on held-out data, when measured.
    """

    bins: tuple[float, ...] = Field(min_length=2)
    dishes: tuple[str, ...] = ()
    temperature: float = Field(default=1.0, gt=0)
    amount_error: float | None = Field(default=None, gt=0)
    features: int = Field(default=0, ge=0)
    ratio_bins: tuple[float, ...] = ()
    ratio_temperature: float = Field(default=1.0, gt=0)
    ratio_error: float | None = Field(default=None, gt=0)


class ModelCard(Strict):
    """One model. ``sha256`` is of the file that is loaded (weights or ONNX)."""

    name: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*$")
    task: Task
    title: str
    version: str
    licence: str
    origin: str = ""
    source: Source
    preprocessing: Preprocessing
    outputs: tuple[str, ...]
    sha256: Sha256
    size_mb: float = Field(ge=0)
    weights_sha256: Sha256 | None = None
    head: QuantityHead | None = None
    figures: dict[str, float | str] = Field(default_factory=dict)


def read_card(path: Path) -> ModelCard:
    """Reads ``NAME.json``.

    Raises:
        ModelDamaged: unreadable, or not a card.
    """
    try:
        return ModelCard.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ModelDamaged(f"model card {path}: not readable ({reason})") from error


def write_card(card: ModelCard, path: Path) -> None:
    """Writes a card whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(card.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    partial.replace(path)
