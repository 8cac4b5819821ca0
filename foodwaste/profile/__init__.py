"""One site's calibration: tray layout, empty tray, standard servings, parameters."""

from foodwaste.profile.measured import (
    ErrorCurve,
    FitSource,
    FusionParameters,
    IntervalBand,
    Kind,
    Policy,
    ReadingCurve,
    Spread,
)
from foodwaste.profile.menu import MenuPrototypes
from foodwaste.profile.schema import (
    BackprojectionParameters,
    Compartment,
    EmptyTray,
    Label,
    Layout,
    Profile,
    Serving,
)
from foodwaste.profile.store import (
    DEFAULT_PROFILE,
    LoadedProfile,
    available_profiles,
    load_profile,
    save_profile,
    with_policy,
)

__all__ = [
    "DEFAULT_PROFILE",
    "BackprojectionParameters",
    "Compartment",
    "EmptyTray",
    "ErrorCurve",
    "FitSource",
    "FusionParameters",
    "IntervalBand",
    "Kind",
    "Label",
    "Layout",
    "LoadedProfile",
    "MenuPrototypes",
    "Policy",
    "Profile",
    "ReadingCurve",
    "Serving",
    "Spread",
    "available_profiles",
    "load_profile",
    "save_profile",
    "with_policy",
]
