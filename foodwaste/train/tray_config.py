"""The configuration of the tray network's training."""

from __future__ import annotations

from pydantic import Field

from foodwaste.train.augment import AugmentConfig
from foodwaste.train.config import Strict, TrainerConfig


class TrayNetworkConfig(Strict):
    """The network's shape.

    Attributes:
        encoder: of timm, by the name that segmentation_models_pytorch knows it under.
        decoder_channels: of the four decoder stages, coarsest first.
        skip_channels: of the one stage that sees the input without the encoder.
        contrast: whether local contrast, whatever the light, is an input of its own.
        compares: whether an eaten tray is compared with the served one, pattern by pattern, and
            heights are carried over from it where nothing changed.
        deeper: residual blocks of whole 3 x 3 kernels after each of the encoder's stages.
    """

    encoder: str = "tu-regnetx_004"
    decoder_channels: tuple[int, int, int, int] = (64, 48, 32, 16)
    skip_channels: int = Field(default=16, ge=1)
    contrast: bool = False
    compares: bool = False
    deeper: tuple[int, int, int] = (0, 0, 0)


class KnownConfig(Strict):
    """How often each optional group of inputs is there.

    Attributes:
        empty: the empty tray's picture.
        other_empty: share of these that are another tray's of the same layout, in another
            light and from another place, as a site's one empty picture is.
        served: the served tray's picture and the heights seen in it, for eaten states.
        colour: the colour estimator's probability.
        surface_known: the empty surface from the camera's place rather than the usual one.
    """

    empty: float = 0.5
    other_empty: float = 0.5
    served: float = 0.8
    colour: float = 0.7
    surface_known: float = 0.4


class LossConfig(Strict):
    """Weights of the terms, and within the height term.

    Attributes:
        food: binary cross-entropy and Dice on food.
        residue: binary cross-entropy on residue.
        height: Huber loss of the height, by mm.
        volume: relative error of each well's volume.
        ratio: error of each well's leftover ratio.
        error: likelihood of the stated error under the height's actual one.
        unchanged: cross-entropy of the share of the served height that is carried over.
        consistent: how far eaten trays are held to what the served ones read rather than to the
            truth: 0 for not at all, 1 for all the way.
        bare_weight: of a pixel without food in the height term; food has 1.
        residue_weight: of a pixel of residue in the height term.
        huber_mm: where the height term turns from square to straight.
        volume_floor_ml: added to the true volume before dividing by it; wells that were served
            less have no ratio.
    """

    food: float = 1.0
    residue: float = 0.15
    height: float = 0.15
    volume: float = 1.0
    ratio: float = 1.0
    error: float = 0.05
    unchanged: float = 0.0
    consistent: float = Field(default=0.0, ge=0, le=1)
    bare_weight: float = 0.3
    residue_weight: float = 0.8
    huber_mm: float = 1.5
    volume_floor_ml: float = 20.0


class TrayConfig(Strict):
    """One run that trains the tray network.

    Attributes:
        grown_from: shape of the networks to start with, where that is a smaller one.
        held_out_meals: meals of each held-out folder that are judged after every epoch.
        empty_share: samples whose tray is eaten up and clean.
        untouched_share: samples in which nothing was eaten.
        texture_share: samples in which real food's texture is laid over one dish.
        dye_share: samples in which some dishes have other colours than any of the menu.
        wet_share: samples in which liquids mirror the room and climb their walls.
        rice_share: samples in which a dish or two are made white rice.
        pale_share: samples in which one dish is bleached.
        film_share: eaten states with films of what was served on floors that are bare by now.
        fleck_share: eaten states with flecks and sauce of what was served on such floors.
        shine_share: eaten states on steel with light on floors that are bare by now.
        cut_share: eaten states with some dishes cut in two, an empty tray's picture beside them.
        push_share: eaten and untouched states with some dishes turned and pushed about.
        stir_share: share of the pushed dishes that come apart, each piece pushed for itself.
        cover_share: states with a napkin or a wrapper thrown on a dish.
        rough_elsewhere: share of cuts beside which a floor that is not of steel is as rough to
            see as grains; on steel it is half of them.
        real_share: weight of the real development trays in the score, points against points.
    """

    network: TrayNetworkConfig = TrayNetworkConfig()
    grown_from: TrayNetworkConfig | None = None
    known: KnownConfig = KnownConfig()
    augment: AugmentConfig = AugmentConfig()
    loss: LossConfig = LossConfig()
    trainer: TrainerConfig = TrainerConfig()
    held_out_meals: int = Field(default=8, ge=1)
    empty_share: float = Field(default=0.06, ge=0, le=1)
    untouched_share: float = Field(default=0.06, ge=0, le=1)
    texture_share: float = Field(default=0.0, ge=0, le=1)
    dye_share: float = Field(default=0.0, ge=0, le=1)
    wet_share: float = Field(default=0.0, ge=0, le=1)
    rice_share: float = Field(default=0.0, ge=0, le=1)
    pale_share: float = Field(default=0.0, ge=0, le=1)
    film_share: float = Field(default=0.0, ge=0, le=1)
    fleck_share: float = Field(default=0.0, ge=0, le=1)
    shine_share: float = Field(default=0.0, ge=0, le=1)
    cut_share: float = Field(default=0.0, ge=0, le=1)
    push_share: float = Field(default=0.0, ge=0, le=1)
    stir_share: float = Field(default=0.0, ge=0, le=1)
    cover_share: float = Field(default=0.0, ge=0, le=1)
    rough_elsewhere: float = Field(default=0.5, ge=0, le=1)
    real_share: float = Field(default=0.25, ge=0)
