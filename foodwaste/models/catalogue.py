"""The models this version knows by name, apart from those that ship or were made here.

Hashes of the MiDaS weights: their first eight digits are part of the file names under which
the weights were first published (``dpt_large-midas-2f21e586.pt``,
``dpt_hybrid-midas-501f0c75.pt``, ``model-small-70d6b9c8.pt``); later releases renamed the
files, after which torch.hub's ``check_hash`` checks nothing, so the whole hash stands here.
"""

from __future__ import annotations

from foodwaste.models.card import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    BackboneSource,
    HubRepository,
    HubSource,
    ModelCard,
    Preprocessing,
)

#: Last revision of MiDaS (23 August 2024).
MIDAS = HubRepository(
    repository="intel-isl/MiDaS",
    revision="454597711a62eabcbf7d1e89f3fb9f569051ac9b",
    code_sha256="2e83fa34f3bdd7057322eed67e14039e13c211d23fa58e030130946e112bdd8f",
    package="midas",
)
#: MiDaS_small builds its encoder from this second repository.
EFFICIENTNET = HubRepository(
    repository="rwightman/gen-efficientnet-pytorch",
    revision="771ce082b2ce6d033f55b3d47c1f77389ad3c180",
    code_sha256="d9e154ccc2d299527f91c77459673393d095fed5691c0e1ae1ca3251c4b2a08c",
    package="geffnet",
)
_RELEASES = "https://github.com/isl-org/MiDaS/releases/download"
_TORCHVISION = "https://download.pytorch.org/models"

# The size is the answer of the hub's rule for the rectified tray, 288 x 384: DPT sees it
# pixel for pixel; MiDaS_small's rule keeps the longer side at 256.
_DPT_INPUT = Preprocessing(
    height_px=288,
    width_px=384,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    hub_target_px=384,
    hub_method="minimal",
    multiple_of=32,
)
_SMALL_INPUT = Preprocessing(
    height_px=192,
    width_px=256,
    mean=IMAGENET_MEAN,
    std=IMAGENET_STD,
    hub_target_px=256,
    hub_method="upper_bound",
    multiple_of=32,
)
_RESNET_INPUT = Preprocessing(height_px=224, width_px=224, mean=IMAGENET_MEAN, std=IMAGENET_STD)


def _midas(
    name: str,
    *,
    weights: str,
    older_name: str,
    sha256: str,
    size_mb: float,
    preprocessing: Preprocessing,
    nested: tuple[HubRepository, ...] = (),
) -> ModelCard:
    return ModelCard(
        name=name,
        task="depth",
        title=f"MiDaS {name}: inverse depth from one picture (Ranftl et al.)",
        version="3.0" if name.startswith("DPT") else "2.1",
        licence="MIT",
        origin="https://github.com/isl-org/MiDaS",
        source=HubSource(
            code=MIDAS,
            entry=name,
            weights_url=f"{_RELEASES}/{weights}",
            weights_file=weights.rpartition("/")[2],
            other_weights_files=(older_name,),
            nested=nested,
        ),
        preprocessing=preprocessing,
        outputs=("inverse_depth",),
        sha256=sha256,
        size_mb=size_mb,
    )


def _resnet(name: str, library: str, weights: str, sha256: str, size_mb: float) -> ModelCard:
    # timm and torchvision name the parameters of these two nets alike, so that one file of
    # weights serves both.
    return ModelCard(
        name=name if library == "torchvision" else f"{name}.{library}",
        task="backbone",
        title=f"{name} ({library}), ImageNet weights: a start for training, no estimator",
        version="1",
        licence="BSD-3-Clause",
        origin="https://github.com/pytorch/vision",
        source=BackboneSource(
            kind="timm" if library == "timm" else "torchvision",
            architecture=name,
            weights_url=f"{_TORCHVISION}/{weights}",
            weights_file=weights,
        ),
        preprocessing=_RESNET_INPUT,
        outputs=("logits",),
        sha256=sha256,
        size_mb=size_mb,
    )


_RESNET18 = ("f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 46.8)
_RESNET50 = ("11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca", 102.5)

BUILT_IN: tuple[ModelCard, ...] = (
    _midas(
        "DPT_Large",
        weights="v3/dpt_large_384.pt",
        older_name="dpt_large-midas-2f21e586.pt",
        sha256="2f21e586477d90cb9624c7eef5df7891edca49a1c4795ee2cb631fd4daa6ca69",
        size_mb=1376,
        preprocessing=_DPT_INPUT,
    ),
    _midas(
        "DPT_Hybrid",
        weights="v3/dpt_hybrid_384.pt",
        older_name="dpt_hybrid-midas-501f0c75.pt",
        sha256="501f0c75b3bca7daec6b3682c5054c09b366765aef6fa3a09d03a5cb4b230853",
        size_mb=493,
        preprocessing=_DPT_INPUT,
    ),
    _midas(
        "MiDaS_small",
        weights="v2_1/midas_v21_small_256.pt",
        older_name="model-small-70d6b9c8.pt",
        sha256="70d6b9c891758c67f974a6097fb0c608c7ee67fb81ac3e5588847d5596d56fca",
        size_mb=86,
        preprocessing=_SMALL_INPUT,
        nested=(EFFICIENTNET,),
    ),
    _resnet("resnet18", "torchvision", "resnet18-f37072fd.pth", *_RESNET18),
    _resnet("resnet50", "torchvision", "resnet50-11ad3fa6.pth", *_RESNET50),
    _resnet("resnet18", "timm", "resnet18-f37072fd.pth", *_RESNET18),
    _resnet("resnet50", "timm", "resnet50-11ad3fa6.pth", *_RESNET50),
)

#: Networks this project trains and ships, with what to do where a version lacks them.
EMBEDDED: dict[str, str] = {
    "tray-embedded": "height of the food, from the rectified tray",
    "quantity-embedded": "share of a serving and kind of food, from each compartment",
}
