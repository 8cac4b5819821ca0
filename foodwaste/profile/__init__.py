"""One site's calibration: tray layout, empty tray, standard servings, parameters."""

from foodwaste.profile.schema import (
    BackprojectionParameters,
    Compartment,
    EmptyTray,
    FusionParameters,
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
)

__all__ = [
    "DEFAULT_PROFILE",
    "BackprojectionParameters",
    "Compartment",
    "EmptyTray",
    "FusionParameters",
    "Label",
    "Layout",
    "LoadedProfile",
    "Profile",
    "Serving",
    "available_profiles",
    "load_profile",
    "save_profile",
]
