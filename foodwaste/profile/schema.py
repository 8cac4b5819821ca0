"""The profile: what one site knows about its tray, its camera and its servings.

All lengths are millimetres in the tray's own frame: origin at the outline's top left corner,
x to the right, y down, seen from above. Heights and depths are positive; a well's depth is
measured down from the rim plane.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from foodwaste.profile.measured import FusionParameters
from foodwaste.profile.menu import MenuPrototypes
from foodwaste.profile.polygon import polygon_area, rounded_polygon
from foodwaste.profile.strict import Fraction, Positive, Strict

SCHEMA_VERSION = 1

PointMm = tuple[float, float]
OddKernel = Annotated[int, Field(ge=0, le=31)]

Material = Literal["steel", "white", "canteen"]
Channels = Literal["H+S", "H+V", "S+V", "H", "S"]


class Label(Strict):
    """A compartment's name as people read it."""

    en: str
    ko: str | None = None


class Compartment(Strict):
    """One well of the tray, or one plate.

    ``rim_polygon_mm`` is the outline where the well meets the rim plane and
    ``floor_polygon_mm`` the flat floor; walls slope straight between them. Corners are rounded
    by the radii, so that a circle is a square with a radius of half its side.
    """

    label: Label
    rim_polygon_mm: tuple[PointMm, ...] = Field(min_length=3)
    rim_radius_mm: float = Field(default=0.0, ge=0)
    floor_polygon_mm: tuple[PointMm, ...] = Field(min_length=3)
    floor_radius_mm: float = Field(default=0.0, ge=0)
    depth_mm: Positive
    capacity_ml: Positive
    liquid: bool = Field(
        default=False, description="soup or stew is served here: the liquid is the dish"
    )

    def rim_outline_mm(self) -> list[PointMm]:
        """The rim polygon with its corners rounded."""
        return rounded_polygon(self.rim_polygon_mm, self.rim_radius_mm)

    def floor_outline_mm(self) -> list[PointMm]:
        """The floor polygon with its corners rounded."""
        return rounded_polygon(self.floor_polygon_mm, self.floor_radius_mm)

    @model_validator(mode="after")
    def _floor_fits_rim(self) -> Compartment:
        rim, floor = polygon_area(self.rim_polygon_mm), polygon_area(self.floor_polygon_mm)
        if floor > rim * 1.001:
            raise ValueError("floor_polygon_mm is larger than rim_polygon_mm")
        prism = rim * self.depth_mm / 1000.0
        if self.capacity_ml > prism * 1.05:
            raise ValueError(
                f"capacity_ml {self.capacity_ml:g} is more than the well can hold ({prism:.0f} ml)"
            )
        return self


class Layout(Strict):
    """A tray's geometry. ``compartments`` maps ids (``rice``, ``side-1``) to wells."""

    width_mm: Positive
    height_mm: Positive
    rim_height_mm: Positive = Field(description="height of the rim plane above the table")
    corner_radius_mm: float = Field(default=0.0, ge=0)
    material: Material
    compartments: dict[str, Compartment] = Field(min_length=1)

    def outline_mm(self) -> list[PointMm]:
        """The tray's outline with its corners rounded."""
        w, h = self.width_mm, self.height_mm
        return rounded_polygon(((0.0, 0.0), (w, 0.0), (w, h), (0.0, h)), self.corner_radius_mm)

    @model_validator(mode="after")
    def _wells_inside(self) -> Layout:
        for name, well in self.compartments.items():
            for x, y in well.rim_polygon_mm:
                if not (-1 <= x <= self.width_mm + 1 and -1 <= y <= self.height_mm + 1):
                    raise ValueError(f"compartment {name!r} reaches outside the tray: {x:g},{y:g}")
        return self


class Serving(Strict):
    """The standard serving of one compartment, against which an after-only picture is read.

    ``relative_error`` is one standard deviation of what is really served, as a share of it:
    kitchens report 5-25 %.
    """

    dish: str | None = None
    liquid: bool | None = Field(default=None, description="overrides the compartment's")
    area_fraction: Annotated[float, Field(gt=0, le=1)] | None = None
    volume_ml: Positive | None = None
    mass_g: Positive | None = None
    relative_error: Annotated[float, Field(ge=0, le=1)] = 0.15
    tray_coloured: bool = Field(
        default=False,
        description="the dish has the tray's own colour (white rice on steel or white plastic): "
        "colour alone cannot see it without a picture of it as served",
    )


class EmptyTray(Strict):
    """What the empty tray looks like: a rectified picture, or colour statistics alone."""

    picture: str | None = Field(
        default=None, description="rectified picture, path relative to the profile"
    )


class BackprojectionParameters(Strict):
    """Every knob of the colour estimator. Lengths in mm are lengths on the tray."""

    channels: Channels = "H+S"
    tray_coloured_channels: Channels = Field(
        default="S+V",
        description="for dishes marked tray_coloured: white rice differs from steel in brightness "
        "alone, other dishes mostly in hue",
    )
    hue_bins: int = Field(default=18, ge=2, le=180)
    saturation_bins: int = Field(default=24, ge=2, le=256)
    value_bins: int = Field(default=16, ge=2, le=256)
    smoothing_bins: float = Field(
        default=1.5, ge=0, le=4, description="neighbouring colours are alike: blur of histograms"
    )
    ridge_share: Fraction = Field(
        default=0.7,
        description="how far steel's colours are taken from the bare ridges of the same "
        "photograph, the rest from what steel can look like at all",
    )
    match_colour: Fraction = Field(
        default=1.0,
        description="how far a picture is brought to the served picture's white balance, "
        "measured on the bare ridges of both",
    )
    match_level: Fraction = Field(
        default=0.2, description="how far it is brought to the served picture's brightness"
    )
    adapt_share: Fraction = Field(
        default=0.4,
        description="how far a dish's colours are learned anew from what surely is that dish in "
        "the picture itself: its light is not the served picture's",
    )
    blur_kernel_px: OddKernel = 5
    threshold: Literal["fixed", "otsu", "triangle"] = "fixed"
    fixed_threshold: int = Field(default=140, ge=1, le=254)
    use_percentile: bool = False
    food_percent: float = Field(default=50.0, gt=0, lt=100)
    open_kernel_px: OddKernel = 3
    open_iterations: int = Field(default=1, ge=0, le=5)
    close_kernel_px: OddKernel = 5
    close_iterations: int = Field(default=1, ge=0, le=5)
    min_object_mm2: float = Field(default=80.0, ge=0)
    film_share: float = Field(
        default=0.3, ge=0, le=2, description="prior of the dish smeared thinly over the tray"
    )
    other_share: float = Field(
        default=0.3, ge=0, le=2, description="prior of colours of neither dish nor tray"
    )
    use_texture: bool = Field(
        default=True, description="what is smoother or rougher than the served dish is residue"
    )
    texture_low_percent: float = Field(
        default=2.0, ge=0, le=30, description="smoother than this share of the served dish is odd"
    )
    texture_high_percent: float = Field(
        default=98.0, ge=70, le=100, description="and rougher than 1.1 times this percentile"
    )
    area_exponent: float = Field(
        default=1.5,
        ge=1,
        le=1.5,
        description="amount of food grows as its area to this power: 1 when eaten from one "
        "side, 1.5 when a heap shrinks keeping its shape",
    )
    specular_value_min: int = Field(default=245, ge=0, le=255)
    specular_saturation_max: int = Field(default=25, ge=0, le=255)

    @field_validator("blur_kernel_px", "open_kernel_px", "close_kernel_px")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value and value % 2 == 0:
            raise ValueError("a kernel size is odd, or 0 for none")
        return value


class Profile(Strict):
    """One site's calibration, as stored in ``calibration/*.yaml``."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    name: str = Field(pattern=r"^[\w][\w.\- ]*$")
    title: str = ""
    layout: Layout
    empty_tray: EmptyTray = EmptyTray()
    served_picture: str | None = Field(
        default=None,
        description="rectified picture of one standard meal, path relative to the profile",
    )
    servings: dict[str, Serving] = Field(default_factory=dict)
    densities_g_per_ml: dict[str, Positive] = Field(default_factory=dict)
    backprojection: BackprojectionParameters = BackprojectionParameters()
    fusion: FusionParameters = FusionParameters()
    menu: MenuPrototypes | None = Field(
        default=None, description="what today's dishes look like to the quantity network"
    )

    @model_validator(mode="after")
    def _servings_have_wells(self) -> Profile:
        unknown = sorted(set(self.servings) - set(self.layout.compartments))
        if unknown:
            known = ", ".join(self.layout.compartments)
            raise ValueError(f"servings name unknown compartment {unknown[0]!r} (known: {known})")
        return self

    def is_liquid(self, compartment_id: str) -> bool:
        """Whether the dish in this compartment is a liquid (today's serving decides)."""
        serving = self.servings.get(compartment_id)
        if serving is not None and serving.liquid is not None:
            return serving.liquid
        return self.layout.compartments[compartment_id].liquid
