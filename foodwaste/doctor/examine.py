"""Runs every check; one that cannot run is a finding, not a failure."""

from __future__ import annotations

from collections.abc import Callable

from foodwaste.doctor import installation, machine, packages
from foodwaste.doctor.check import Check, install_again, pip
from foodwaste.errors import FoodwasteError

_CHECKS: tuple[tuple[str, Callable[[], Check | list[Check]]], ...] = (
    ("python", machine.check_python),
    ("cores", machine.check_cores),
    ("memory", machine.check_memory),
    ("temporary folder", machine.check_temporary_folder),
    ("model folder", machine.check_model_folder),
    ("dependencies", packages.check_dependencies),
    ("one OpenCV", packages.check_opencv),
    ("torch pair", packages.check_torch_pair),
    ("extras", packages.check_extras),
    ("shipped files", installation.check_shipped_files),
    ("profiles", installation.check_profiles),
    ("sample tray", installation.check_sample),
    ("models", installation.check_models),
    ("Korean font", installation.check_font),
    ("HEIC", installation.check_heic),
)

#: Packages whose name differs from what is imported.
_PACKAGE_OF = {"cv2": "opencv-python", "yaml": "PyYAML", "PIL": "Pillow"}


def examine() -> list[Check]:
    """All findings, in the order in which they are shown; about a second."""
    checks: list[Check] = []
    for name, check in _CHECKS:
        try:
            found = check()
        except (ImportError, OSError, FoodwasteError) as error:
            # A dependency that fails to import is what the doctor is here to say.
            found = Check(name, "missing", " ".join(str(error).split()), _mend(error))
        checks += found if isinstance(found, list) else [found]
    return checks


def _mend(error: Exception) -> str:
    package = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ImportError) and package and package != "foodwaste":
        return pip("install", "--force-reinstall", _PACKAGE_OF.get(package, package))
    return install_again()
